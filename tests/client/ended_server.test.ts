import { Codex, type Transport, TransportClosedError, type TransportEnd } from "@codex-app-server/sdk";
import { assertEquals, assertRejects } from "@std/assert";
import { describe, test } from "node:test";
import { deferred } from "../../src/util/deferred.ts";

describe("a server that has ended", () => {
  test("[L6] that an ended server cannot be written to is not why it ended", async () => {
    const [closing, written, end] = [deferred<void>(), deferred<void>(), deferred<TransportEnd>()];
    let controller!: ReadableStreamDefaultController<string>;
    const result = { userAgent: "x/0.169.0", codexHome: "/x", platformFamily: "unix", platformOs: "linux" };
    const transport: Transport = {
      readable: new ReadableStream({ start: (each) => void (controller = each) }),
      writable: new WritableStream({
        write(line) {
          const { id, method } = JSON.parse(line);
          if (method === "initialize") return controller.enqueue(JSON.stringify({ id, result }));
          if (id === undefined) return;
          written.resolve();
          throw new Error("a bug in the runtime");
        },
      }),
      closed: end.promise,
      close: async () => {
        closing.resolve();
        await end.promise;
      },
    };
    const codex = await Codex.start({ transport });
    controller.close();
    await closing.promise;
    const call = codex.models();
    await Promise.race([written.promise, call]);
    end.resolve({ exit: { code: 0, signal: null }, stderrTail: "" });
    const error = await assertRejects(() => call, TransportClosedError);
    assertEquals(error.message, "The codex app-server ended with exit code 0");
  });
});
