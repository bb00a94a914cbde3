import { type Random, withSeed } from "@codex-app-server/sdk/testing";
import { assert, assertEquals } from "@std/assert";
import { describe, test } from "node:test";
import { EventLog } from "../../../src/cli/inspect/server/event_log.ts";
import { LineTap } from "../../../src/cli/inspect/server/line_tap.ts";
import { Traffic } from "../../../src/cli/inspect/server/traffic.ts";
import type { WireEvent } from "../../../src/cli/inspect/wire.ts";
import { encodeFrame, type Frame, type FrameKind, FrameReader } from "../../../src/cli/inspect/shim/tee_frame.ts";

const encoder = new TextEncoder();

/** The same bytes in pieces of any length. */
function* cut(random: Random, bytes: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length;) {
    const length = 1 + random.below(random.chance(0.2) ? 5000 : 20);
    yield bytes.subarray(at, at + length);
    at += length;
  }
}

describe("what inspect keeps", () => {
  test("[C3] the last so many events, and no more characters than the limit; what has gone is told", async () => {
    await withSeed(async (random) => {
      const [maxEvents, maxChars] = [1 + random.below(50), 1 + random.below(2000)];
      const log = new EventLog({ maxEvents, maxChars });
      const c = log.connect("proxy", "x");
      const all: string[] = [];
      for (let times = 0; times < 3000; times++) {
        const text = "x".repeat(random.below(100));
        log.add(c, "in", text);
        all.push(text);
        if (times % 97 > 0) continue;
        const kept: string[] = [];
        for await (const { first, next, events } of log.batches(0, AbortSignal.timeout(10_000))) {
          kept.push(...events.map(({ l }) => l));
          assertEquals([first, next], [log.first, all.length]);
          if (log.first + kept.length === next) break;
        }
        assertEquals(kept, all.slice(log.first));
        assert(kept.length <= maxEvents);
        const chars = kept.reduce((sum, { length }) => sum + length, 0);
        assert(chars <= maxChars || kept.length === 1, `${chars} of ${maxChars} characters`);
        const more = all[log.first - 1];
        const isFull = kept.length === maxEvents || more !== undefined && chars + more.length > maxChars;
        assert(log.first === 0 || isFull, "it went although there was room");
      }
    });
  });

  test("[C3] a reader that is slow costs nothing: it is told that it has missed some, and goes on with the oldest", async () => {
    const log = new EventLog({ maxEvents: 10, maxChars: 1000 });
    const c = log.connect("proxy", "x");
    log.add(c, "in", "0");
    const reader = log.batches(0, AbortSignal.timeout(10_000));
    assertEquals((await reader.next()).value?.events.map(({ n }: WireEvent) => n), [0]);
    for (let n = 1; n < 100; n++) log.add(c, "in", String(n));
    const { value } = await reader.next();
    assertEquals([value?.first, value?.events.map(({ n }: WireEvent) => n)], [90, [
      90,
      91,
      92,
      93,
      94,
      95,
      96,
      97,
      98,
      99,
    ]]);
    const waiting = reader.next();
    log.end(c, "closed");
    assertEquals((await waiting).value?.connections?.[0]?.ended, "closed");
  });

  test("[C3] lines are found wherever the bytes were cut; of long ones the beginning, and how long they are", async () => {
    await withSeed((random) => {
      const words = ["a", "é", "日本", "\u2028", "😀", "\r", '{"x":1}', "", "x".repeat(300)];
      const lines = Array.from(
        { length: 100 },
        () => words[random.below(words.length)]! + words[random.below(words.length)]!,
      );
      const found: [string, number][] = [];
      const tap = new LineTap((line, length) => found.push([line, length]), 200);
      for (const chunk of cut(random, encoder.encode(`${lines.join("\n")}\nrest`))) tap.write(chunk);
      tap.end();
      assertEquals(found, [...lines, "rest"].map((line) => [line.slice(0, 200), line.length]));
    });
  });

  test("[C3] what could not be told of tears the line that it was a part of, and is told as a hole", async () => {
    const log = new EventLog({ maxEvents: 100, maxChars: 1000 });
    const traffic = new Traffic(log, "proxy", "x", false);
    traffic.bytes("in", encoder.encode("one\ntw"));
    traffic.hole("in", 1234);
    traffic.bytes("in", encoder.encode("ree\nfour\n"));
    traffic.end("exit code 0");
    const { value } = await log.batches(0, AbortSignal.timeout(10_000)).next();
    const [one, hole, four, ...more] = value?.events ?? [];
    assertEquals([one?.l, four?.l, more], ["one", "four", []]);
    assert(hole?.d === "note" && hole.l.includes("1234"));
  });

  test("[C3] frames of a shim are found wherever they were cut, and what is none is refused", async () => {
    const kinds: readonly FrameKind[] = ["hello", "out", "in", "err", "gap", "end"];
    await withSeed((random) => {
      const frames = Array.from({ length: 50 }, (): Frame => ({
        kind: kinds[random.below(kinds.length)]!,
        at: random.next() * 1e12,
        payload: Uint8Array.from({ length: random.chance(0.1) ? 3000 : random.below(10) }, () => random.below(256)),
      }));
      const reader = new FrameReader();
      const found: Frame[] = [];
      for (const frame of frames) {
        for (const chunk of cut(random, encodeFrame(frame))) found.push(...reader.read(chunk));
      }
      assertEquals(
        found.map(({ kind, at, payload }) => [kind, at, [...payload]]),
        frames.map(({ kind, at, payload }) => [kind, at, [...payload]]),
      );
    });
    const wrong = () => [...new FrameReader().read(new Uint8Array(13).fill(255))];
    let thrown = false;
    try {
      wrong();
    } catch {
      thrown = true;
    }
    assert(thrown);
  });
});
