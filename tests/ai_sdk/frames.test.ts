import type { Notification, TurnHandle } from "@codex-app-server/sdk";
import { toUIMessageStream, type UIMessageChunk } from "@codex-app-server/sdk/ai-sdk";
import { item, notification, withSeed } from "@codex-app-server/sdk/testing";
import { assert, assertEquals, assertRejects } from "@std/assert";
import { describe, test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { frames } from "../../src/ai_sdk/frames.ts";
import { TextDigest } from "../../src/ai_sdk/text_digest.ts";
import { Channel } from "../../src/router/channel.ts";

const WHERE = { threadId: "thread-1", turnId: "turn-1" };
const LIMITS = { mergeAfter: 10_000, maxBytes: 1_000_000 };
const delta = (text: string): Notification =>
  notification("item/agentMessage/delta", {
    ...WHERE,
    itemId: "said",
    delta: text,
  }) as Notification;
const printed = (text: string): Notification =>
  notification("item/commandExecution/outputDelta", {
    ...WHERE,
    itemId: "ran",
    delta: text,
  }) as Notification;
const ended = notification("turn/completed", {
  threadId: "thread-1",
  turn: { id: "turn-1", status: "completed", items: [] },
}) as Notification;

/** A turn whose events come from here. */
function fakeTurn(): { channel: Channel; turn: TurnHandle } {
  const channel = new Channel(LIMITS);
  const turn = { id: "turn-1", threadId: "thread-1", stream: () => channel };
  return { channel, turn: turn as unknown as TurnHandle };
}

/** What happens while no timer ever fires. */
async function withoutTimers<T>(work: () => Promise<T>): Promise<T> {
  const { setTimeout } = globalThis;
  Object.assign(globalThis, { setTimeout: () => 0 });
  try {
    return await work();
  } finally {
    Object.assign(globalThis, { setTimeout });
  }
}

/** What happens while the clock stands still. */
async function atOneTime(work: () => Promise<void>): Promise<void> {
  const now = performance.now();
  const own = Object.getOwnPropertyDescriptor(performance, "now"); // on Bun
  Object.defineProperty(performance, "now", {
    value: () => now,
    configurable: true,
  });
  try {
    await work();
  } finally {
    if (own === undefined) Reflect.deleteProperty(performance, "now");
    else Object.defineProperty(performance, "now", own);
  }
}

describe("events, gathered", () => {
  test("[I4] nothing is lost, nothing is out of order, and what came together is one list", () =>
    withSeed(async (random) => {
      for (let round = 0; round < 30; round++) {
        const channel = new Channel(LIMITS);
        const sent: string[][] = [];
        const got: string[][] = [];
        const reading = (async () => {
          for await (const list of frames(channel, 0)) {
            got.push(
              list.map(({ params }) => (params as { delta: string }).delta),
            );
          }
        })();
        for (let at = 0; at < 20; at++) {
          const together = Array.from(
            { length: 1 + random.below(30) },
            (_, n) => `${at} ${n}`,
          );
          for (const text of together) channel.push(delta(text), 1);
          sent.push(together);
          await setImmediate();
        }
        channel.end();
        await reading;
        assertEquals(got, sent);
      }
    }));

  test("[I4] of very many that wait, a list holds a part", async () => {
    const channel = new Channel(LIMITS);
    for (let at = 0; at < 2_500; at++) channel.push(delta(`${at}`), 1);
    channel.end();
    const lengths = [];
    for await (const list of frames(channel, 0)) lengths.push(list.length);
    assertEquals(lengths, [1_000, 1_000, 500]);
  });

  test("[I4] a failure is told behind what came before it, and to leave them is to leave the events", async () => {
    const failing = new Channel(LIMITS);
    failing.push(delta("a"), 1);
    failing.push(delta("b"), 1);
    failing.fail(new Error("gone"));
    const lists: number[] = [];
    await assertRejects(
      async () => {
        for await (const list of frames(failing, 0)) lists.push(list.length);
      },
      Error,
      "gone",
    );
    assertEquals(lists, [2]);
    let left = false;
    const channel = new Channel(LIMITS, { onReturn: () => void (left = true) });
    channel.push(delta("a"), 1);
    for await (const _list of frames(channel, 0)) break;
    assert(left);
  });

  test("[I4] what comes within a frame is one list", async () => {
    const channel = new Channel(LIMITS);
    const lists = frames(channel, 60_000);
    const first = lists.next();
    for (const text of ["a", "b", "c"]) {
      channel.push(delta(text), 1);
      await setImmediate();
    }
    channel.end();
    assertEquals((await first).value?.length, 3);
    assertEquals((await lists.next()).done, true);
  });

  test("[I4] what is due comes though nothing happens", async () => {
    const channel = new Channel(LIMITS);
    let due: number | null = 1;
    const lists = frames(channel, 0, () => due);
    assertEquals((await lists.next()).value, []);
    due = null;
    channel.push(delta("a"), 1);
    channel.end();
    assertEquals((await lists.next()).value?.length, 1);
    assertEquals((await lists.next()).done, true);
  });
});

describe("a turn that is shown as it happens", () => {
  test("[I4] what the agent says waits for nothing", () =>
    withoutTimers(async () => {
      const { channel, turn } = fakeTurn();
      const chunks = toUIMessageStream(turn).getReader();
      const next = async () => (await chunks.read()).value!.type;
      assertEquals([await next(), await next()], ["start", "start-step"]);
      channel.push(delta("some "), 1);
      assertEquals([await next(), await next()], ["text-start", "text-delta"]);
      const more = next();
      channel.push(delta("words"), 1);
      assertEquals(await more, "text-delta");
    }));

  test("[I2] what a command prints is not sent whole for every line of it, and its last line is shown while it is quiet", async () => {
    const { channel, turn } = fakeTurn();
    const ran = item("commandExecution", {
      id: "ran",
      status: "inProgress",
      aggregatedOutput: null,
    });
    channel.push(
      notification("item/started", {
        ...WHERE,
        startedAtMs: 1,
        item: ran as never,
      }) as Notification,
      1,
    );
    const outputs: string[] = [];
    let whole = "";
    const reading = (async () => {
      for await (
        const chunk of toUIMessageStream(turn) as AsyncIterable<UIMessageChunk>
      ) {
        if (
          chunk.type !== "tool-output-available" || chunk.preliminary !== true
        ) continue;
        const { aggregatedOutput } = chunk.output as {
          aggregatedOutput: string;
        };
        outputs.push(aggregatedOutput);
        // The turn goes on when all of it has been seen, and not before.
        if (!aggregatedOutput.endsWith("line 99\n")) continue;
        channel.push(ended, 1);
        channel.end();
      }
    })();
    await atOneTime(async () => {
      for (let at = 0; at < 100; at++) {
        whole += `line ${at}\n`;
        channel.push(printed(`line ${at}\n`), 1);
        await setImmediate();
      }
    });
    await reading;
    assertEquals(outputs, ["line 0\n", whole]);
  });
});

describe("a text that was streamed", () => {
  test("[I1] is known again by its length and its checksum", () =>
    withSeed((random) => {
      const piece = () =>
        Array.from(
          { length: random.below(4) },
          () => "ab\u{1f600}é"[random.below(5)],
        ).join("");
      for (let round = 0; round < 500; round++) {
        const [pieces, other] = [
          Array.from({ length: random.below(4) }, piece),
          piece(),
        ];
        const digest = new TextDigest();
        for (const each of pieces) digest.append(each);
        const streamed = pieces.join("");
        assertEquals(digest.length, streamed.length);
        assert(digest.begins(streamed + other));
        assertEquals(
          digest.begins(other),
          other.startsWith(streamed),
          JSON.stringify([streamed, other]),
        );
      }
    }));
});
