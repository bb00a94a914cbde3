import { withSeed } from "@codex-app-server/sdk/testing";
import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import { describe, test } from "node:test";
import { visible, visibleData } from "../../src/util/visible.ts";

/** What no text may keep: it is about these. */
// deno-lint-ignore no-control-regex -- see above
const CONTROLS = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/;

describe("visible", () => {
  test("[P13] spells out what is not to be seen, leaves colours out, and keeps the rest", () => {
    assertEquals(visible("\x1b[2J\x1b[31mred\x1b[0m\x07"), "\\u{1b}[2Jred\\u{7}");
    assertEquals(visible("a\r\nb\rc\td"), "a\nb\\u{d}c\td");
    assertEquals(
      visible("\x9b2J\u202eabc\u2066\u200b\ufeff\u2028\u{e0041}"),
      "\\u{9b}2J\\u{202e}abc\\u{2066}\\u{200b}\\u{feff}\\u{2028}\\u{e0041}",
    );
    assertEquals(visible("\ud83d and \u{1F600} é 日本"), "\\u{d83d} and \u{1F600} é 日本");
  });

  test("[P13] nothing of any text passes that controls a terminal", () =>
    withSeed((random) => {
      for (let i = 0; i < 2000; i++) {
        const text = String.fromCharCode(
          ...Array.from({ length: random.below(20) }, () =>
            random.chance(0.7) ? random.below(0xa5) : random.below(0x10000)),
        );
        assert(
          !CONTROLS.test(visible(text)),
          JSON.stringify(text),
        );
      }
    }));

  test("[P13] of data, every text; what is not plain stays what it is", () => {
    const error = new Error("x\x1b");
    const given = { type: "t", list: [{ path: "a\x07", n: 1 }], error, none: null };
    const shown = visibleData(given);
    assertEquals([shown.list, shown.none], [[{ path: "a\\u{7}", n: 1 }], null]);
    assertStrictEquals(shown.error, error);
  });
});
