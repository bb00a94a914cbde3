import type { Notification } from "@codex-app-server/sdk";
import { ROUTING } from "@codex-app-server/sdk/protocol";
import { notification, type Random, withSeed } from "@codex-app-server/sdk/testing";
import { assert, assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import { describe, test } from "node:test";
import { StreamOverflowError } from "../../src/errors.ts";
import { Channel } from "../../src/router/channel.ts";
import { collect, methods } from "../client/scripted.ts";

const LIMITS = { mergeAfter: 3, maxBytes: 1000 };

function delta(itemId: string, text: string): Notification {
  return notification("item/agentMessage/delta", { threadId: "t", turnId: "u", itemId, delta: text });
}

const other = (): Notification => notification("skills/changed");

/** What the events say, whether joined or not: each piece of text with its item, neighbours joined. */
function said(events: readonly Notification[]): string[] {
  const all: string[] = [];
  let last: string | undefined;
  for (const event of events) {
    const source = event.method === "item/agentMessage/delta" ? event.params.itemId : undefined;
    const text = event.method === "item/agentMessage/delta" ? event.params.delta : event.method;
    if (source !== undefined && source === last) all.push(all.pop() + text);
    else all.push(source === undefined ? text : `${source}:${text}`);
    last = source;
  }
  return all;
}

describe("a channel", () => {
  test("[T15] in any interleaving of writes, reads and copies, nothing is lost, doubled or out of order", async () => {
    for (let i = 0; i < 300; i++) await withSeed(interleave);
  });

  async function interleave(random: Random): Promise<void> {
    let waiting = 0;
    const channel = new Channel({ ...LIMITS, maxBytes: Infinity }, {
      onWaiting: (begins) => waiting += begins ? 1 : -1,
    });
    const readers: { channel: Channel; reads: Promise<IteratorResult<Notification>>[] }[] = [{ channel, reads: [] }];
    const pushed: Notification[] = [];
    for (let step = random.below(60); step > 0; step--) {
      const reader = readers[random.below(readers.length)]!;
      if (random.chance(0.5)) {
        const event = random.chance(0.2) ? other() : delta(`i${random.below(2)}`, `${step} `);
        pushed.push(event);
        for (const each of readers) each.channel.push(event, JSON.stringify(event).length);
      } else if (random.chance(0.8)) {
        reader.reads.push(reader.channel.next());
      } else if (reader.reads.length === 0 && readers.length < 4) {
        // Nothing was taken from this one, so the copy sees everything as well.
        readers.push({ channel: reader.channel.fork(), reads: [] });
      }
      if (random.chance(0.2)) await Promise.resolve();
    }
    for (const { channel } of readers) channel.end();
    for (const { channel, reads } of readers) {
      const read = (await Promise.all(reads)).filter(({ done }) => done !== true).map(({ value }) => value);
      assertEquals(said([...read, ...await collect(channel)]), said(pushed));
      assertEquals(channel.size, 0);
    }
    assertEquals(waiting, 0);
  }

  test("[T15] of each kind of delta, what is of one item but another part or stream of it is not joined", async () => {
    const kinds = Object.entries(ROUTING).filter(([, route]) => route.delta === true).map(([method]) => method);
    assert(kinds.length >= 5, kinds.join(", "));
    for (const method of kinds as "item/reasoning/summaryTextDelta"[]) {
      const channel = new Channel({ mergeAfter: 1, maxBytes: Infinity });
      const of = (summaryIndex: number, text: string) => {
        const event = notification(method, { threadId: "t", turnId: "u", itemId: "i", summaryIndex, delta: text });
        channel.push(event, 100);
      };
      for (let n = 0; n < 10; n++) of(0, `${n}`);
      for (let n = 0; n < 10; n++) of(1, `${n}`);
      for (let n = 0; n < 10; n++) of(0, `${n}`);
      channel.end();
      const parts: [unknown, string][] = [];
      const all = await collect(channel);
      for (const { params } of all as { params: { summaryIndex: number; delta: string } }[]) {
        const last = parts.at(-1);
        if (last?.[0] === params.summaryIndex) last[1] += params.delta;
        else parts.push([params.summaryIndex, params.delta]);
      }
      assertEquals(parts, [[0, "0123456789"], [1, "0123456789"], [0, "0123456789"]], method);
      assert(all.length < 6, `${method}: ${all.length} events`);
    }
  });

  test("[T15] its bytes are those that wait: it never fails while it is read in time, however long it lives", async () => {
    const channel = new Channel(LIMITS);
    for (let i = 0; i < 10_000; i++) {
      channel.push(delta("i", "x".repeat(10)), 50);
      if (i % 5 === 4) { while (channel.size > 0) await channel.next(); }
    }
    channel.end();
    assertEquals(await collect(channel), []);
  });

  test("[T15] what was joined is let go whole when it is read, also where something else always waits", async () => {
    const channel = new Channel(LIMITS);
    for (let i = 0; i < 1_000; i++) {
      for (const event of [other(), other(), delta("i", "x".repeat(10)), delta("i", "y".repeat(10)), other()]) {
        channel.push(event, 50);
      }
      while (channel.size > 1) await channel.next();
    }
    channel.end();
    assertEquals(methods(await collect(channel)), ["skills/changed"]);
  });

  test("[T15] past its limit it fails, once and for one reader, and keeps nothing", async () => {
    let returned = 0;
    const channel = new Channel(LIMITS, { onReturn: () => returned++ });
    for (let i = 0; i < 10; i++) channel.push(other(), 200);
    assertEquals([channel.size, returned], [0, 1]);
    await assertRejects(() => channel.next(), StreamOverflowError, "1000 bytes");
    assertEquals((await channel.next()).done, true);
    channel.push(other(), 1);
    assertEquals(channel.size, 0);
  });

  test("several reads at once are served in order; its end or failure reaches each of them", async () => {
    const [ended, failed] = [new Channel(LIMITS), new Channel(LIMITS)];
    const reads = [ended, failed].map((channel) => [channel.next(), channel.next(), channel.next()]);
    const error = new Error("lost");
    for (const channel of [ended, failed]) channel.push(delta("i", "first"), 1);
    ended.end();
    failed.fail(error);
    assertEquals((await Promise.all(reads[0]!)).map(({ done }) => done), [false, true, true]);
    const [first, second, third] = await Promise.allSettled(reads[1]!);
    assert(first?.status === "fulfilled" && first.value.done === false);
    assertStrictEquals(second?.status === "rejected" ? second.reason : second, error);
    assert(third?.status === "fulfilled" && third.value.done === true);
  });

  test("keeps what its reader accepts, and so does a copy", async () => {
    const all = new Channel(LIMITS);
    for (const event of [other(), delta("i", "a"), other(), delta("i", "b")]) all.push(event, 200);
    const some = all.fork({ accepts: ({ method }) => method !== "skills/changed" });
    for (const channel of [all, some]) {
      channel.push(other(), 200);
      channel.end();
    }
    assertEquals(methods(await collect(some)), ["item/agentMessage/delta", "item/agentMessage/delta"]);
  });

  test("what waits is delivered before the end and before a failure; stopping early drops it", async () => {
    const channels = [new Channel(LIMITS), new Channel(LIMITS), new Channel(LIMITS)] as const;
    for (const channel of channels) channel.push(other(), 1);
    channels[0].end();
    assertEquals(methods(await collect(channels[0])), ["skills/changed"]);
    channels[1].fail(new Error("lost"));
    assertEquals((await channels[1].next()).value?.method, "skills/changed");
    await assertRejects(() => channels[1].next(), Error, "lost");
    const waiting: boolean[] = [];
    const stopped = new Channel(LIMITS, { onWaiting: (begins) => waiting.push(begins) });
    const read = stopped.next();
    await stopped.return();
    assertEquals([(await read).done, waiting], [true, [true, false]]);
    await channels[2].return();
    assertEquals((await channels[2].next()).done, true);
  });
});
