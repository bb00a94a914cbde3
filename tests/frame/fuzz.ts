/**
 * A fuzzer for what lies between bytes and messages. Every case is compared with an oracle that is too simple to be
 * wrong: join the bytes, cut at 0x0A, decode each line by itself, `JSON.parse` it.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { readFileSync } from "node:fs";
import { ProtocolError } from "../../src/errors.ts";
import { LineSplitter } from "../../src/frame/line_splitter.ts";
import { classify } from "../../src/message/message.ts";
import { makeRandom, type Random } from "../../src/testing/random.ts";
import { parseTranscript } from "../../src/transport/transcript.ts";

/** What the server said in a recorded session. */
const TRAFFIC: readonly Uint8Array[] = parseTranscript(
  readFileSync(new URL("./traffic.jsonl", import.meta.url), "utf8"),
).filter((entry) => entry.dir === "in").map((entry) => new TextEncoder().encode(entry.line));

/** Bytes with which framing and decoding go wrong if they can. */
const NASTY: readonly (readonly number[])[] = [
  [0x0a],
  [0x0d],
  [0x0d, 0x0a],
  [0x00],
  [0x22],
  [0x5c],
  [0x7b],
  [0x7d],
  [0xe2, 0x80, 0xa8], // U+2028
  [0xc2, 0x85], // U+0085
  [0xef, 0xbb, 0xbf], // the byte order mark
  [0xef, 0xbf, 0xbd], // U+FFFD, sent as such
  [0xf0, 0x9f, 0x98, 0x80], // an emoji
  [0xed, 0xa0, 0x80], // half a surrogate pair
  [0xc3],
  [0x80],
  [0xff],
];

const NEWLINE = 0x0a;

/** Bytes without any sense. */
function noise(random: Random): Uint8Array {
  const bytes: number[] = [];
  for (const length = random.below(300); bytes.length < length;) {
    if (random.chance(0.5)) bytes.push(...NASTY[random.below(NASTY.length)]!);
    else bytes.push(random.below(256));
  }
  return Uint8Array.from(bytes);
}

/** Messages, and JSON that is none, as a server might write them. */
function json(random: Random): Uint8Array {
  const lines = Array.from({ length: random.below(8) }, () => JSON.stringify(randomMessage(random)));
  return new TextEncoder().encode(lines.join(random.chance(0.2) ? "\r\n" : "\n") + (random.chance(0.5) ? "\n" : ""));
}

/** Recorded traffic in which something has gone wrong. */
function traffic(random: Random): Uint8Array {
  const bytes: number[] = [];
  for (let lines = 1 + random.below(4); lines > 0; lines--) {
    bytes.push(...TRAFFIC[random.below(TRAFFIC.length)]!, NEWLINE);
  }
  for (let mutations = random.below(6); mutations > 0; mutations--) mutate(bytes, random);
  return Uint8Array.from(bytes);
}

const KINDS = [noise, json, traffic] as const;

/** Runs so many cases. A failure names the seed that makes it again: `fuzz(seed, 1)`. */
export function fuzz(seed: number, cases: number): void {
  for (let index = 0; index < cases; index++) {
    // Each case has a seed of its own, so that a failure is made again without all that came before it.
    const random = makeRandom(seed + index);
    const kind = random.below(KINDS.length);
    try {
      checkCase(KINDS[kind]!(random), random);
    } catch (cause) {
      const what = cause instanceof Error ? cause.message : String(cause);
      throw new Error(`${what}\n(FUZZ_SEED=${seed + index} FUZZ_CASES=1 makes it again)`, { cause });
    }
  }
}

function checkCase(bytes: Uint8Array, random: Random): void {
  const expected = expectedLines(bytes);
  const found = split(cut(bytes, random), 2 ** 20);
  assertSameLines(found.lines, expected.lines);
  assert(found.invalid > 0 === expected.invalid, `${found.invalid} reports of invalid UTF-8`);
  for (const line of found.lines) checkMessage(line);
  checkLimit(bytes, 1 + random.below(100), random);
}

/** A deep comparison costs more than all the rest, so only a difference is put into words. */
function assertSameLines(found: readonly string[], expected: readonly string[]): void {
  const same = found.length === expected.length && found.every((line, index) => line === expected[index]);
  if (!same) assertEquals(found, expected);
}

/** The lines and nothing but them, whatever the limit; beyond it, an error and nothing after it. */
function checkLimit(bytes: Uint8Array, limit: number, random: Random): void {
  const { lines, lengths } = expectedLines(bytes);
  const chunks = cut(bytes, random);
  try {
    assertSameLines(split(chunks, limit).lines, lines);
    // A limit in bytes may be counted in characters, which are never more.
    assert(lines.every((line) => line.length <= limit), "a line over the limit was let through");
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    assert(lengths.some((length) => length > limit), `no line is over the limit: ${error.message}`);
  }
}

function checkMessage(line: string): void {
  const message = classify(line);
  let parsed: unknown;
  try {
    // In front, a byte order mark or a banner's blanks are passed over.
    parsed = JSON.parse(line.startsWith("{") ? line : line.trim());
  } catch {
    parsed = undefined;
  }
  const isObject = typeof parsed === "object" && parsed !== null && !Array.isArray(parsed);
  if (message.kind === "skip") {
    const isJson = message.reason === "not-a-message" || message.reason === "unsafe-id";
    assert(isJson === isObject, `${message.reason}: ${line}`);
    assert((message.reason === "blank") === (line.trim() === ""), `${message.reason}: ${line}`);
    return;
  }
  assert(isObject, `${message.kind}: ${line}`);
  const { id, method } = parsed as Record<string, unknown>;
  if (message.kind === "notification") {
    assert(id === undefined && JSON.stringify(message.notification) === JSON.stringify(parsed), line);
  } else {
    assert(message.id === id && (message.kind === "request") === (typeof method === "string"), line);
  }
}

interface Expected {
  readonly lines: readonly string[];
  /** Of each line, in bytes, with its CR. */
  readonly lengths: readonly number[];
  /** Whether any of them is not UTF-8. */
  readonly invalid: boolean;
}

function expectedLines(bytes: Uint8Array): Expected {
  const parts: Uint8Array[] = [];
  let start = 0;
  bytes.forEach((byte, index) => {
    if (byte !== NEWLINE) return;
    parts.push(bytes.slice(start, index));
    start = index + 1;
  });
  if (start < bytes.length) parts.push(bytes.slice(start));
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  return {
    lines: parts.map((part) => decoder.decode(part).replace(/\r$/, "")),
    lengths: parts.map((part) => part.length),
    invalid: parts.some((part) => !isUtf8(part)),
  };
}

function isUtf8(bytes: Uint8Array): boolean {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}

function split(chunks: readonly Uint8Array[], maxLineBytes: number) {
  let invalid = 0;
  const splitter = new LineSplitter({ maxLineBytes, onInvalidUtf8: () => invalid++ });
  const lines = chunks.flatMap((chunk) => splitter.push(chunk));
  const last = splitter.end();
  if (last !== undefined) lines.push(last);
  return { lines, invalid };
}

/** Cuts bytes into chunks: all at once, byte by byte (if they are few), or anywhere. Some are empty, some share a buffer. */
function cut(bytes: Uint8Array, random: Random): Uint8Array[] {
  const { length: all } = bytes;
  const longest = (all < 300 ? [1, 3, 17, all + 1] : [41, 307, all + 1])[random.below(all < 300 ? 4 : 3)]!;
  const chunks: Uint8Array[] = [];
  for (let at = 0; at < bytes.length;) {
    const length = random.below(longest + 1);
    chunks.push(random.chance(0.5) ? bytes.subarray(at, at + length) : bytes.slice(at, at + length));
    at += length;
  }
  return chunks;
}

function mutate(bytes: number[], random: Random): void {
  const at = random.below(bytes.length + 1);
  const length = random.below(12);
  switch (random.below(6)) {
    case 0: // lost
      bytes.splice(at, length);
      break;
    case 1: // slipped in
      bytes.splice(at, 0, ...NASTY[random.below(NASTY.length)]!);
      break;
    case 2: // flipped
      if (at < bytes.length) bytes[at] = bytes[at]! ^ (1 << random.below(8));
      break;
    case 3: // said twice
      bytes.splice(at, 0, ...bytes.slice(at, at + length));
      break;
    case 4: // cut off
      bytes.length = at;
      break;
    case 5: // two writers at once
      bytes.splice(at, 0, ...TRAFFIC[random.below(TRAFFIC.length)]!);
      break;
  }
}

function randomMessage(random: Random): unknown {
  if (random.chance(0.1)) return randomJson(random, 3);
  const message: Record<string, unknown> = {};
  if (random.chance(0.6)) message["id"] = random.chance(0.8) ? random.below(2 ** 31) : randomJson(random, 1);
  if (random.chance(0.5)) message["method"] = random.chance(0.9) ? "turn/started" : randomJson(random, 1);
  if (random.chance(0.5)) message["params"] = randomJson(random, 4);
  if (random.chance(0.3)) message["result"] = randomJson(random, 4);
  if (random.chance(0.2)) message["error"] = randomJson(random, 2);
  return message;
}

function randomJson(random: Random, depth: number): unknown {
  switch (random.below(depth > 0 ? 8 : 6)) {
    case 0:
      return null;
    case 1:
      return random.chance(0.5);
    case 2:
      return random.below(2 ** 31);
    case 3:
      return (random.next() - 0.5) * 10 ** random.below(40);
    case 4:
      return randomText(random);
    case 5:
      return "";
    case 6:
      return Array.from({ length: random.below(4) }, () => randomJson(random, depth - 1));
    default:
      return Object.fromEntries(
        Array.from({ length: random.below(4) }, () => [randomText(random), randomJson(random, depth - 1)]),
      );
  }
}

function randomText(random: Random): string {
  const characters = ["a", '"', "\\", "\n", "\r", "\t", "\u0000", "\u0085", "\u2028", "\u2029", "\ufeff", "é", "😀"];
  return Array.from({ length: random.below(12) }, () => characters[random.below(characters.length)]!).join("");
}
