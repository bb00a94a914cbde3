import { assert, assertEquals } from "@std/assert";
import { setImmediate } from "node:timers";
import { describe, test } from "node:test";
import { paced } from "../../src/runtime/paced.ts";

const KIB = 1024;

describe("paced", () => {
  test("hands on every byte in order, at most 64 KiB at once", async () => {
    const bytes = Uint8Array.from({ length: 200 * KIB }, (_, i) => i % 251);
    const source = new ReadableStream<Uint8Array>({
      start(controller) {
        controller.enqueue(bytes.subarray(0, 150 * KIB));
        controller.enqueue(bytes.subarray(150 * KIB));
        controller.close();
      },
    });
    const pieces: Uint8Array[] = [];
    for await (const piece of paced(source)) pieces.push(piece);
    assertEquals(pieces.map(({ length }) => length / KIB), [64, 64, 22, 50]);
    assertEquals(pieces.flatMap((piece) => [...piece]).every((byte, i) => byte === bytes[i]), true);
  });

  test("of a stream that takes its reader's buffer, what was handed on stays as it was", async () => {
    const sizes = [1, 5, 30 * KIB, 7, 64 * KIB, 16 * KIB, 16 * KIB - 1, 3];
    let next = 0;
    const buffers = new Set<ArrayBufferLike>();
    const source = new ReadableStream({
      type: "bytes",
      pull(controller) {
        const view = controller.byobRequest?.view;
        assert(view instanceof Uint8Array);
        if (next === sizes.length) {
          controller.close();
          controller.byobRequest!.respond(0);
          return;
        }
        view.fill(next + 1, 0, sizes[next]!);
        controller.byobRequest!.respond(sizes[next++]!);
      },
    });
    const pieces: Uint8Array[] = [];
    for await (const piece of paced(source as ReadableStream<Uint8Array>)) {
      pieces.push(piece);
      buffers.add(piece.buffer);
    }
    assertEquals(pieces.map(({ length }) => length), sizes);
    assertEquals(pieces.every((piece, at) => piece.every((byte) => byte === at + 1)), true);
    assertEquals(buffers.size, sizes.length);
    const held = [...buffers].reduce((sum, { byteLength }) => sum + byteLength, 0);
    assert(held < 3 * 64 * KIB + 20 * KIB, `${held} bytes are held`);
  });

  for (const [what, size, chunks] of [["64 KiB", 64 * KIB, 20], ["16 chunks", 1, 320]] as const) {
    test(`leaves a turn of the event loop after ${what}, however fast they come`, async () => {
      let turns = 0;
      let counting = true;
      const count = () => {
        turns++;
        if (counting) setImmediate(count);
      };
      const endless = new ReadableStream<Uint8Array>({
        pull: (controller) => controller.enqueue(new Uint8Array(size)),
      });
      const reader = paced(endless).getReader();
      await reader.read();
      count();
      for (let i = 0; i < chunks; i++) await reader.read();
      counting = false;
      await reader.cancel();
      assert(turns >= 20, `${turns} turns for ${chunks} chunks`);
    });
  }

  test("cancels its source, and fails with it", async () => {
    let reason: unknown;
    await paced(new ReadableStream({ cancel: (why) => void (reason = why) })).cancel("enough");
    assertEquals(reason, "enough");
    const broken = new ReadableStream<Uint8Array>({ pull: (controller) => controller.error(new Error("broken")) });
    const failure = await paced(broken).getReader().read().then(() => null, (error: unknown) => error);
    assertEquals(failure instanceof Error && failure.message, "broken");
  });
});
