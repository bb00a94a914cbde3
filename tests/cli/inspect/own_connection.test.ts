import { main } from "@codex-app-server/sdk/cli";
import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { readdirSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import type { IncomingMessage } from "node:http";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { describe, test } from "node:test";
import { EventLog } from "../../../src/cli/inspect/server/event_log.ts";
import { admit } from "../../../src/cli/inspect/server/guard.ts";
import { NotSentError, OwnConnection } from "../../../src/cli/inspect/server/own_connection.ts";
import { deferred } from "../../../src/util/deferred.ts";
import type { Transport, TransportEnd, TransportFactory } from "../../../src/transport/transport.ts";
import { fakeIo } from "../fake_io.ts";
import { startInspect } from "./running.ts";

const QUESTION = '{"id":7,"method":"item/tool/requestUserInput","params":{}}\n';

/** A connection to a server that says one thing, and takes what `write` takes. */
function connect(write: (line: string) => Promise<void>, end: Partial<TransportEnd> = {}) {
  const closed = deferred<TransportEnd>();
  const transport: Transport = {
    readable: new ReadableStream({ start: (to) => to.enqueue(new TextEncoder().encode(QUESTION)) }),
    writable: new WritableStream({ write }),
    closed: closed.promise,
    close: () => Promise.resolve(closed.resolve(end)),
  };
  return own(() => transport);
}

function own(open: TransportFactory) {
  const log = new EventLog({ maxEvents: 100, maxChars: 1e6 });
  return { log, own: new OwnConnection(log, { title: "own", open, showSecrets: false }) };
}

describe("the inspector's own connection", () => {
  test("[C3] whoever ends the inspector does not wait for a server that does not answer", async () => {
    const { own: connection } = own(({ signal }) =>
      new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)))
    );
    const opening = assertRejects(() => connection.open(), NotSentError);
    await connection.close();
    await opening;
    await assertRejects(() => connection.request("thread/list", {}), NotSentError);
  });

  test("[C3] a server that ends at once is told of by its end and its last words", async () => {
    const broken = () => Promise.reject(new Error("write EPIPE"));
    const { own: connection } = connect(broken, { exit: { code: 3, signal: null }, stderrTail: "bad config\n" });
    const error = await assertRejects(() => connection.open(), Error);
    assertEquals(error.message, "The server did not listen: exit code 3\nbad config");
  });

  test("[C3] two pages do not both answer a question", async () => {
    const sent: string[] = [];
    const { own: connection, log } = connect((line) => Promise.resolve(void sent.push(line)));
    await connection.open();
    for await (const { events } of log.batches(0, new AbortController().signal)) {
      if (events.some(({ d }) => d === "in")) break;
    }
    const answers = await Promise.allSettled([1, 2].map((n) => connection.answer(0, 7, { result: { n } })));
    assertEquals(answers.map(({ status }) => status), ["fulfilled", "rejected"]);
    assertEquals(sent.filter((line) => line.includes("result")), ['{"id":7,"result":{"n":1}}']);
    await connection.close();
  });

  test("[C3] the page is told of a server without the secrets in its address, and its end waits for none", async () => {
    const server = createServer((socket) => void socket.on("error", () => {}));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    try {
      const inspect = await startInspect(["--attach", `ws://127.0.0.1:${port}/?access_token=s3cr3t`]);
      assertEquals((await inspect.hello()).target, `ws://127.0.0.1:${port}/?access_token=[redacted]`);
      assertEquals(await inspect.end(), 130);
    } finally {
      server.close();
    }
  });

  test("[C3] a recording of nothing is not left in the way of the next one", async () => {
    const folder = await mkdtemp(join(tmpdir(), "inspect-save-"));
    try {
      const file = join(folder, "saved.jsonl");
      const args = ["--save", file, "--codex", process.execPath, "--", join(folder, "no such client")];
      for (let times = 0; times < 2; times++) {
        const { io, err } = fakeIo({ cwd: folder });
        assertEquals(await main(["inspect", ...args], io), 2);
        assertStringIncludes(err(), "Cannot start");
      }
      assertEquals(readdirSync(folder), []);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test("[C3] a page on port 80 is reached by the names that browsers give it, and no other is", () => {
    const status = (host: string, port: number) => {
      const admission = admit({ url: "/t/", method: "GET", headers: { host } } as IncomingMessage, "t", port);
      return "status" in admission ? admission.status : 200;
    };
    for (const host of ["127.0.0.1", "localhost", "127.0.0.1:80"]) assertEquals(status(host, 80), 200, host);
    for (const host of ["evil.example", "evil.example:80", ""]) assertEquals(status(host, 80), 403, host);
    assertEquals(status("127.0.0.1", 8080), 403);
  });
});
