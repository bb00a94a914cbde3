import { type Random, withSeed } from "@codex-app-server/sdk/testing";
import { assert, assertEquals, assertThrows } from "@std/assert";
import { describe, test } from "node:test";
import { encode, MAX_DEPTH } from "../../src/message/outgoing.ts";

const PIECES = ["a", "\\", '"', "\u{1F600}", "\ud83d", "\ude00", "\\ud83d", "\ufffd", "\u0000", "\n", "{", "]", "é"];

function text(random: Random): string {
  return Array.from({ length: random.below(8) }, () => PIECES[random.below(PIECES.length)]).join("");
}

function value(random: Random, depth: number): unknown {
  const kind = random.below(depth === 0 ? 3 : 5);
  if (kind < 2) return text(random);
  if (kind === 2) return [null, true, -1.5, 0][random.below(4)];
  const parts = Array.from({ length: random.below(4) }, () => value(random, depth - 1));
  return kind === 3 ? parts : Object.fromEntries(parts.map((part) => [text(random), part]));
}

/** What `TextEncoder` makes of a text, everywhere in a value. */
function wellFormed(given: unknown): unknown {
  if (typeof given === "string") return new TextDecoder().decode(new TextEncoder().encode(given));
  if (Array.isArray(given)) return given.map(wellFormed);
  if (typeof given !== "object" || given === null) return given;
  return Object.fromEntries(Object.entries(given).map(([key, part]) => [wellFormed(key), wellFormed(part)]));
}

const nested = (levels: number, inner: unknown = 1): unknown =>
  JSON.parse("[".repeat(levels) + JSON.stringify(inner) + "]".repeat(levels));

describe("encode", () => {
  test("[W1] whatever is sent is well-formed, and what was well-formed is sent as it is", () =>
    withSeed((random) => {
      let mended = 0;
      for (let i = 0; i < 3000; i++) {
        const params = value(random, 4);
        const encoded = encode({ id: 1, method: "m", params });
        assertEquals(JSON.parse(encoded.line).params, wellFormed(params));
        assert(!/\p{Cs}/u.test(encoded.line));
        const plain = JSON.stringify({ id: 1, method: "m", params });
        assertEquals(encoded.mended === null, encoded.line === plain);
        if (encoded.mended !== null) mended++;
      }
      assert(mended > 100);
    }));

  test("[W1] says where the first half of a character was", () => {
    const half = "x\ud83d";
    const at = (params: unknown) => encode({ id: 1, method: "m", params }).mended;
    assertEquals(at({ input: ["ok", { text: half }] }), "params.input[1].text");
    assertEquals(at({ deep: { [half]: 1 } }), "params.deep");
    assertEquals(at({ text: "\u{1F600}", other: "\\ud83d" }), null);
    assertEquals(encode({ id: 1, result: { text: half } }).mended, "result.text");
  });

  test("[W1] deeper than the server reads is a TypeError; as deep as that is not", () => {
    for (
      const wrap of [(params: unknown) => ({ id: 1, method: "m", params }), (result: unknown) => ({ id: 1, result })]
    ) {
      encode(wrap(nested(MAX_DEPTH - 1)));
      encode(wrap(nested(MAX_DEPTH - 1, '[[[[{{{{\\"[[[[\\')));
      for (const levels of [MAX_DEPTH, 1000, 100_000]) {
        let deep: unknown = 1;
        for (let i = 0; i < levels; i++) deep = i % 2 ? [deep] : { a: deep };
        assertThrows(() => encode(wrap(deep)), TypeError, "127 levels");
      }
    }
    encode({ id: 1, method: "m", params: Array.from({ length: 1000 }, () => nested(100)) });
  });

  test("what has no JSON is a TypeError, and never a message without its answer", () => {
    const circle: unknown[] = [];
    circle.push(circle);
    for (const result of [undefined, () => {}, Symbol("x"), 5n, circle, { toJSON: () => undefined }]) {
      assertThrows(() => encode({ id: 1, result }), TypeError);
    }
    assertEquals(encode({ id: 1, result: null }).line, '{"id":1,"result":null}');
  });
});
