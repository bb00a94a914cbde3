import { assert, assertEquals } from "@std/assert";
import { describe, test } from "node:test";
import type { Child, ExitStatus } from "../../src/runtime/child.ts";
import { childTransport } from "../../src/transport/child_transport.ts";
import { deferred } from "../../src/util/deferred.ts";
import { collectUntil } from "../collect_garbage.ts";

/** A child that exits with 0 when its stdin is closed, and whose stdout does what `pull` says. */
function child(pull: UnderlyingDefaultSource<Uint8Array>["pull"]): Child & { exit(status: ExitStatus): void } {
  const exited = deferred<ExitStatus>();
  const exit = exited.resolve;
  return {
    pid: 1,
    stdin: new WritableStream({ close: () => exit({ code: 0, signal: null }) }),
    stdout: new ReadableStream({ pull: pull! }, { highWaterMark: 0 }),
    stderr: new ReadableStream({ start: (controller) => controller.close() }),
    exited: exited.promise,
    exit,
    kill: () => {},
    groupRuns: () => Promise.resolve(false),
    ref: () => {},
    unref: () => {},
  };
}

describe("childTransport: a pipe that breaks", () => {
  const fault = new Error("cannot read");

  test("while the server lives, it is why the connection ended", async () => {
    const transport = childTransport(child(() => Promise.reject(fault)));
    assertEquals((await transport.readable.getReader().read()).done, true);
    await transport.close();
    assertEquals(await transport.closed, { exit: { code: 0, signal: null }, stderrTail: "", error: fault });
  });

  test("because the server died, it has simply ended", async () => {
    const dead = deferred<never>();
    const server = child(() => dead.promise);
    const transport = childTransport(server);
    const read = transport.readable.getReader().read();
    server.exit({ code: null, signal: "SIGKILL" });
    await server.exited;
    dead.reject(fault);
    assertEquals((await read).done, true);
    assertEquals(await transport.closed, { exit: { code: null, signal: "SIGKILL" }, stderrTail: "" });
  });
});

describe("childTransport", () => {
  const silence = () => new Promise<void>(() => {});

  test("[L5] climbs the ladder rung by rung, each once, and then waits for the exit", async () => {
    const rungs: string[] = [];
    const killed = deferred<void>();
    const server = child(silence);
    const transport = childTransport({
      ...server,
      stdin: new WritableStream({ close: () => void rungs.push("end of stdin") }),
      kill: (signal) => {
        rungs.push(signal);
        if (signal === "SIGKILL") killed.resolve();
      },
    }, { closeGraceMs: 5, killGraceMs: 5 });
    let over = false;
    const closing = Promise.all([transport.close(), transport.close()]).then(() => over = true);
    await killed.promise;
    for (let turn = 0; turn < 20; turn++) await Promise.resolve();
    assertEquals([rungs, over], [["end of stdin", "SIGTERM", "SIGKILL"], false]);
    server.exit({ code: null, signal: "SIGKILL" });
    await closing;
    await transport.close();
    assertEquals(rungs.length, 3);
  });

  test("[F9] what waits to be written is not copied before its turn", async () => {
    const gate = deferred<void>();
    const chunks: number[] = [];
    const stdin = new WritableStream<Uint8Array>({
      write: (chunk) => {
        chunks.push(chunk.length);
        return gate.promise;
      },
    });
    const transport = childTransport({ ...child(silence), stdin });
    const writer = transport.writable.getWriter();
    const lines = Array.from({ length: 5 }, (_, at) => "x".repeat(1_000 + at));
    const writing = Promise.all(lines.map((line) => writer.write(line)));
    for (let turn = 0; turn < 100; turn++) await Promise.resolve();
    assertEquals(chunks, [1_001]);
    gate.resolve();
    await writing;
    assertEquals(chunks, [1_001, 1_002, 1_003, 1_004, 1_005]);
  });

  test("[L9] of what was said on stderr nothing but its tail is kept", async () => {
    const said: WeakRef<Uint8Array>[] = [];
    const stderr = new ReadableStream<Uint8Array>({
      pull: (controller) => {
        const chunk = new Uint8Array(2 ** 20).fill(0x78);
        said.push(new WeakRef(chunk));
        controller.enqueue(chunk);
        if (said.length === 20) controller.close();
      },
    });
    let heard = 0;
    const server = child(silence);
    const transport = childTransport({ ...server, stderr }, {
      stderrTailBytes: 100,
      onStderr: (text) => heard += text.length,
    });
    while (heard < 20 * 2 ** 20) await new Promise((resolve) => setTimeout(resolve, 1));
    const kept = () => said.filter((chunk) => chunk.deref() !== undefined).length;
    assert(await collectUntil(() => kept() <= 2, 100), `${kept()} of ${said.length} chunks are kept`);
    await transport.close();
    assertEquals((await transport.closed).stderrTail, "x".repeat(100));
  });
});
