import { assertEquals } from "@std/assert";
import { describe, test } from "node:test";
import { RingBuffer } from "../../src/util/ring_buffer.ts";
import { makeRandom } from "../../src/testing/random.ts";

const encoder = new TextEncoder();

describe("RingBuffer", () => {
  test("[L9] keeps the last bytes, however they were written, and no lines", () => {
    const random = makeRandom(9);
    for (let run = 0; run < 500; run++) {
      const capacity = random.below(20);
      const ring = new RingBuffer(capacity);
      let all = "";
      for (let writes = random.below(10); writes > 0; writes--) {
        const text = "abcdefghijklm\nnopqrstuvwxyz".slice(random.below(26)).repeat(random.below(3));
        all += text;
        ring.write(encoder.encode(text));
        assertEquals(ring.text(), capacity === 0 ? "" : all.slice(-capacity), `run ${run}`);
      }
    }
  });

  test("[L9] a character that is cut at its front is left out", () => {
    for (const character of ["é", "€", "😀"]) {
      const { length } = encoder.encode(character);
      for (let cut = 1; cut < length; cut++) {
        const ring = new RingBuffer(length * 3 - cut);
        ring.write(encoder.encode(character.repeat(3)));
        assertEquals(ring.text(), character.repeat(2));
      }
    }
  });
});
