import { assert, assertThrows } from "@std/assert";
import process from "node:process";
import { describe, test } from "node:test";
import { LineSplitter } from "../../src/frame/line_splitter.ts";
import { fuzz } from "./fuzz.ts";
import { countWork } from "./work.ts";

/** The nightly run sets it to 1,000,000. */
const CASES = Number(process.env["FUZZ_CASES"] ?? 20_000);
/** Drawn anew for each run: what one run does not find, a later one may. A failure names it. */
const SEED = Number(process.env["FUZZ_SEED"] ?? Math.floor(Math.random() * 2 ** 32));

describe("fuzz", () => {
  test(`[F1] [F2] [F4] [F5] [F6] [F7] noise, JSON and mutated traffic: the lines and messages are what they should be`, () => {
    assert(CASES >= 1 && Number.isInteger(CASES) && Number.isInteger(SEED), "FUZZ_CASES and FUZZ_SEED are numbers");
    fuzz(SEED, CASES);
  });

  test("a failure names the seed that makes it again", () => {
    const decode = TextDecoder.prototype.decode;
    TextDecoder.prototype.decode = function (...args) {
      return `${decode.apply(this, args)}!`;
    };
    try {
      const error = assertThrows(() => fuzz(41, 5));
      const seed = /FUZZ_SEED=(\d+) FUZZ_CASES=1 makes it again/.exec((error as Error).message)?.[1];
      assert(seed !== undefined, String(error));
      assertThrows(() => fuzz(Number(seed), 1));
    } finally {
      TextDecoder.prototype.decode = decode;
    }
  });

  const shapes: Record<string, (length: number) => Uint8Array[]> = {
    "one long line, byte by byte": (length) => Array.from({ length }, () => Uint8Array.of(0x61)),
    "one long line, in chunks of 64": (length) =>
      Array.from({ length: length / 64 }, () => new Uint8Array(64).fill(0x61)),
    "one long line at once": (length) => [new Uint8Array(length).fill(0x61)],
    "short lines at once": (
      length,
    ) => [new Uint8Array(length).fill(0x61).map((byte, at) => at % 20 === 0 ? 0x0a : byte)],
    "short lines, byte by byte": (length) =>
      Array.from({ length }, (_, at) => Uint8Array.of(at % 20 === 0 ? 0x0a : 0x61)),
    "nothing but newlines": (length) => [new Uint8Array(length).fill(0x0a)],
  };
  for (const [shape, make] of Object.entries(shapes)) {
    test(`[F3] ${shape}: twice the bytes are at most twice the work`, () => {
      const work = (length: number) => {
        const chunks = [...make(length), Uint8Array.of(0x0a)];
        return countWork(() => {
          const splitter = new LineSplitter({ maxLineBytes: 2 ** 28 });
          for (const chunk of chunks) splitter.push(chunk);
          splitter.end();
        });
      };
      const once = work(32_768);
      const twice = work(65_536);
      assert(once >= 32_768, `the counter sees the work: ${once}`);
      assert(twice <= 2.1 * once, `${once} bytes were touched for 32,768, ${twice} for 65,536`);
      assert(twice <= 6 * 65_536, `${twice} bytes were touched for 65,536`);
    });
  }
});
