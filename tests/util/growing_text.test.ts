import { withSeed } from "@codex-app-server/sdk/testing";
import { assertEquals } from "@std/assert";
import { describe, test } from "node:test";
import { GrowingText } from "../../src/util/growing_text.ts";

describe("a text that grows", () => {
  test("is its pieces one after the other, however many there are and whenever it is read", () =>
    withSeed((random) => {
      const first = random.below(2) === 0 ? "" : "first ";
      const text = new GrowingText(first);
      let whole = first;
      for (let at = 0; at < 2_000; at++) {
        const piece = random.below(5) === 0 ? "" : `piece ${at}, \u{1f600} `;
        text.append(piece);
        whole += piece;
        assertEquals(text.length, whole.length);
        if (random.below(50) === 0) assertEquals(`${text}`, whole);
      }
      assertEquals(`${text}`, whole);
    }));
});
