/**
 * How fast bytes become lines and messages. `deno task bench`.
 *
 * Of the long lines, each is twice as long as the one before: its time should be about twice as long, too.
 *
 * @module
 */
import { readFileSync } from "node:fs";
import { LineSplitter } from "../../src/frame/line_splitter.ts";
import { classify } from "../../src/message/message.ts";
import { parseTranscript } from "../../src/transport/transcript.ts";

const MEGABYTE = 1024 * 1024;
const NEWLINE = Uint8Array.of(0x0a);

function split(chunks: Iterable<Uint8Array>, onLine: (line: string) => void = () => {}): void {
  const splitter = new LineSplitter({ maxLineBytes: 2 ** 28 });
  for (const chunk of chunks) for (const line of splitter.push(chunk)) onLine(line);
}

function* cut(bytes: Uint8Array, size: number): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

for (const megabytes of [8, 16, 32, 64]) {
  const bytes = new Uint8Array(megabytes * MEGABYTE).fill(0x61);
  Deno.bench(`one line of ${megabytes} MiB, in chunks of 64 KiB`, { group: "long lines" }, () => {
    split([...cut(bytes, 65_536), NEWLINE]);
  });
}

for (const kilobytes of [128, 256, 512]) {
  const bytes = new Uint8Array(kilobytes * 1024).fill(0x61);
  Deno.bench(`one line of ${kilobytes} KiB, byte by byte`, { group: "bytes one by one" }, () => {
    split([...cut(bytes, 1), NEWLINE]);
  });
}

const traffic = parseTranscript(readFileSync(new URL("../frame/traffic.jsonl", import.meta.url), "utf8"))
  .filter(({ dir }) => dir === "in").map(({ line }) => `${line}\n`).join("");
const session = new TextEncoder().encode(traffic.repeat(Math.ceil(8 * MEGABYTE / traffic.length)));

Deno.bench("8 MiB of recorded traffic, to lines", { group: "traffic", baseline: true }, () => {
  split(cut(session, 65_536));
});

Deno.bench("8 MiB of recorded traffic, to messages", { group: "traffic" }, () => {
  split(cut(session, 65_536), classify);
});
