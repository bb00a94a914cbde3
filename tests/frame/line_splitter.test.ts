import { assertEquals, assertThrows } from "@std/assert";
import { describe, test } from "node:test";
import { ProtocolError } from "../../src/errors.ts";
import { LineSplitter } from "../../src/frame/line_splitter.ts";

const encoder = new TextEncoder();

function split(chunks: Iterable<Uint8Array>, maxLineBytes = 1_000_000): { lines: string[]; invalid: number } {
  let invalid = 0;
  const splitter = new LineSplitter({ maxLineBytes, onInvalidUtf8: () => invalid++ });
  const lines: string[] = [];
  for (const chunk of chunks) lines.push(...splitter.push(chunk));
  const last = splitter.end();
  if (last !== undefined) lines.push(last);
  return { lines, invalid };
}

function* cutAt(bytes: Uint8Array, ...at: number[]): Generator<Uint8Array> {
  let from = 0;
  for (const to of [...at, bytes.length]) {
    yield bytes.subarray(from, to);
    from = to;
  }
}

describe("LineSplitter", () => {
  test("[F1] cuts at byte 0x0A alone and drops a trailing CR", () => {
    const text = 'a\u2028b\u2029c\u0085d\rerest\r\n{"x":"\u2028"}\n\r\n\n';
    const { lines } = split([encoder.encode(text)]);
    assertEquals(lines, ["a\u2028b\u2029c\u0085d\rerest", '{"x":"\u2028"}', "", ""]);
  });

  test("[F2] decodes right wherever a chunk ends", () => {
    const text = "h\u00e9\n\u{1F600}\u20AC\nz\u00fc\r\n\uFEFFend";
    const bytes = encoder.encode(text);
    const expected = ["h\u00e9", "\u{1F600}\u20AC", "z\u00fc", "\uFEFFend"];
    for (let first = 0; first <= bytes.length; first++) {
      for (let second = first; second <= bytes.length; second++) {
        const { lines, invalid } = split(cutAt(bytes, first, second));
        assertEquals(lines, expected, `cut at ${first} and ${second}`);
        assertEquals(invalid, 0);
      }
    }
  });

  test("[F2] invalid bytes become U+FFFD and are reported; a U+FFFD that was sent is not", () => {
    const bytes = Uint8Array.of(0x61, 0xff, 0x62, 0x0a, 0xe2, 0x82, 0x0a);
    assertEquals(split([bytes]), { lines: ["a\uFFFDb", "\uFFFD"], invalid: 1 });
    assertEquals(split([encoder.encode("\uFFFD\n")]), { lines: ["\uFFFD"], invalid: 0 });
  });

  test("[F3] one-byte chunks, 100,000 lines in one chunk, and a long line in many chunks", () => {
    const small = encoder.encode("one\ntwo\nthree");
    assertEquals(split(cutAt(small, ...small.keys())).lines, ["one", "two", "three"]);

    const many = encoder.encode("x\n".repeat(100_000));
    const { lines } = split([many]);
    assertEquals([lines.length, new Set(lines).size, lines[0]], [100_000, 1, "x"]);

    const long = encoder.encode(`${"y".repeat(50_000_000)}\nz`);
    const cuts = Array.from({ length: Math.floor(long.length / 65_536) }, (_, i) => (i + 1) * 65_536);
    const result = split(cutAt(long, ...cuts), 60_000_000).lines;
    assertEquals(result.map((line) => line.length), [50_000_000, 1]);
  });

  test("[F4] a line over the limit is a ProtocolError, in one chunk or in many, and memory is let go", () => {
    const splitter = new LineSplitter({ maxLineBytes: 10 });
    assertEquals(splitter.push(encoder.encode("0123456789\n01234")), ["0123456789"]);
    const error = assertThrows(() => splitter.push(encoder.encode("567890")), ProtocolError, "more than 10 bytes");
    assertEquals(error.code, "PROTOCOL");
    assertEquals(splitter.end(), undefined);
    const another = new LineSplitter({ maxLineBytes: 10 });
    assertThrows(() => another.push(encoder.encode("ok\n0123456789a\n")), ProtocolError, "limits.maxLineBytes");
  });

  test("[F5] the last line is delivered without its newline, and only once", () => {
    const splitter = new LineSplitter({ maxLineBytes: 100 });
    assertEquals(splitter.push(encoder.encode("a\nb")), ["a"]);
    assertEquals([splitter.end(), splitter.end()], ["b", undefined]);
    assertEquals(split([encoder.encode("a\n")]).lines, ["a"]);
    assertEquals(split([]).lines, []);
  });
});
