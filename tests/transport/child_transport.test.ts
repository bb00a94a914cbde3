import { assertEquals } from "@std/assert";
import { describe, test } from "node:test";
import type { Child, ExitStatus } from "../../src/runtime/child.ts";
import { childTransport } from "../../src/transport/child_transport.ts";
import { deferred } from "../../src/util/deferred.ts";

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
