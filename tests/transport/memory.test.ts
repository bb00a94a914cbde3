import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { describe, test } from "node:test";
import { memoryTransportPair } from "../../src/transport/memory.ts";

async function readAll(readable: ReadableStream<Uint8Array | string>): Promise<unknown[]> {
  const lines: unknown[] = [];
  for await (const line of readable) lines.push(line);
  return lines;
}

describe("memoryTransportPair", () => {
  test("carries lines both ways, in order, each as written", async () => {
    const [client, server] = memoryTransportPair();
    const toServer = client.writable.getWriter();
    const toClient = server.writable.getWriter();
    await toServer.write("a");
    await toClient.write("1");
    await toServer.write("b\u2028c");
    await toClient.close();
    assertEquals(await readAll(server.readable), ["a", "b\u2028c"]);
    assertEquals(await readAll(client.readable), ["1"]);
  });

  test("closing one end ends both; written lines are still read; later writes fail", async () => {
    const [client, server] = memoryTransportPair();
    const writer = client.writable.getWriter();
    await writer.write("last");
    await Promise.all([server.close(), client.close(), server.close()]);
    assertEquals(await client.closed, {});
    assertEquals(await server.closed, {});
    assertEquals(await readAll(server.readable), ["last"]);
    assertEquals(await readAll(client.readable), []);
    const error = await assertRejects(() => writer.write("more"));
    assert(error instanceof Error && error.message.includes("closed"), String(error));
    writer.closed.catch(() => {});
  });

  test("an abort fails both readables behind the waiting lines and is the error of both ends", async () => {
    const [client, server] = memoryTransportPair();
    const writer = server.writable.getWriter();
    await writer.write("before the crash");
    const crash = new Error("crash");
    await writer.abort(crash);
    const reader = client.readable.getReader();
    assertEquals((await reader.read()).value, "before the crash");
    assertEquals(await assertRejects(() => reader.read()), crash);
    reader.closed.catch(() => {});
    assertEquals((await client.closed).error, crash);
    assertEquals((await server.closed).error, crash);
    await assertRejects(() => readAll(server.readable));
    writer.closed.catch(() => {});
  });

  test("cancelling the readable closes the connection", async () => {
    const [client, server] = memoryTransportPair();
    await client.readable.cancel();
    await client.closed;
    assertEquals(await readAll(server.readable), []);
  });

  test("[F9] a write waits once the capacity is reached, and goes on when a line is read", async () => {
    const [client, server] = memoryTransportPair({ capacity: 3 });
    const writer = client.writable.getWriter();
    let written = 0;
    const writing = (async () => {
      for (let i = 0; i < 10; i++) {
        await writer.ready;
        await writer.write(String(i));
        written++;
      }
      await writer.close();
    })();
    const reader = server.readable.getReader();
    const first = await reader.read();
    assertEquals(first.value, "0");
    // Whatever the order of microtasks, no more than the capacity can have been accepted beyond what was read.
    for (let i = 0; i < 100; i++) await Promise.resolve();
    assert(written <= 3, `${written} writes were accepted`);
    let count = 1;
    while (!(await reader.read()).done) count++;
    await writing;
    assertEquals(count, 10);
  });

  test("a pending write settles when the other end closes", async () => {
    const [client, server] = memoryTransportPair({ capacity: 2 });
    const writer = client.writable.getWriter();
    await writer.write("a");
    const pending = writer.write("b");
    await server.close();
    await pending.catch(() => {});
    writer.closed.catch(() => {});
    assertEquals(await readAll(server.readable), ["a", "b"]);
  });

  test("a queue of 100,000 lines is read in linear work and to the last line", async () => {
    const [client, server] = memoryTransportPair({ capacity: Number.MAX_SAFE_INTEGER });
    const writer = client.writable.getWriter();
    for (let i = 0; i < 100_000; i++) await writer.write(String(i));
    await writer.close();
    let next = 0;
    for await (const line of server.readable) assertEquals(line, String(next++));
    assertEquals(next, 100_000);
  });

  test("refuses a capacity below one", () => {
    assertThrows(() => memoryTransportPair({ capacity: 0 }), RangeError);
    assertThrows(() => memoryTransportPair({ capacity: NaN }), RangeError);
  });
});
