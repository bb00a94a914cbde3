import { toUIMessageStream, type UIMessageChunk } from "@codex-app-server/sdk/ai-sdk";
import type { Notification, TurnHandle } from "@codex-app-server/sdk";
import { type ThreadItem, ThreadItemSchema } from "@codex-app-server/sdk/protocol";
import { item, type ItemType, notification, type Random, withSeed } from "@codex-app-server/sdk/testing";
import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { describe, test } from "node:test";
import { ChunkLog } from "../../src/ai_sdk/chunk_log.ts";
import { coalesced } from "../../src/ai_sdk/coalesce.ts";
import { KINDS } from "../../src/ai_sdk/item_kinds.ts";
import { TurnChunks } from "../../src/ai_sdk/turn_chunks.ts";
import { lifeOf } from "../state/conversation.ts";
import { readWith, type UIMessage, VERSIONS } from "./peers.ts";

const TURN = { id: "turn-1", threadId: "thread-1" };
const explain = () => "It failed.";
const newChunks = (maxOutput = 1_000) => new TurnChunks(TURN, { maxOutput, explain });

/** The compiler's part: a kind that the protocol adds is an error in the table itself. */
const kinds: { readonly [K in ItemType]: unknown } = KINDS;
// @ts-expect-error -- one that is missing is noticed: this is what a new one of the protocol comes to
const missing: { readonly [K in ItemType | "futureItem"]: unknown } = KINDS;
void missing;

const TYPES = Object.keys(kinds) as ItemType[];
const ended = (status: "completed" | "interrupted" | "failed" = "completed") =>
  notification("turn/completed", { ...{ threadId: "thread-1" }, turn: { id: "turn-1", status, items: [] } });

function play(events: readonly Notification[], chunks: TurnChunks = newChunks()): UIMessageChunk[] {
  return events.flatMap((event) => {
    chunks.take(event);
    return chunks.flush();
  });
}

/** What stays of a message: that it was put together in other pieces makes no difference. */
function shown({ id, parts, metadata }: UIMessage): unknown {
  const data = parts.filter(({ type }) => type.startsWith("data-")).map(({ type, id, data }) => [type, id, data]);
  const others = parts.filter(({ type }) => !type.startsWith("data-")).map(({ ...part }) => part);
  return JSON.parse(JSON.stringify({ id, metadata, others, data: data.sort() }));
}

describe("every kind of item", () => {
  test("[I1] is known, and the compiler sees when one is not", () => {
    const variants = (ThreadItemSchema as unknown as { readonly variants: ReadonlyMap<string, unknown> }).variants;
    assert(variants.size > 15, `${variants.size} kinds`);
    assertEquals(TYPES.toSorted(), [...variants.keys()].sort());
  });

  for (const type of TYPES) {
    test(`[I1] ${type}: as it streams and as it comes whole, both versions read the same`, async () => {
      const { started, pieces, completed } = lifeOf(type, "item-1", "turn-1", 1_000);
      if (type === "exitedReviewMode") Object.assign(Object(completed.params).item, { review: "It is good." });
      const live = play([started, ...pieces, completed, ended()] as Notification[]);
      const whole = play([completed, ended()] as Notification[]);
      for (const version of VERSIONS) {
        const read = await readWith(version, live);
        const drawn = read.parts.filter(({ type }) => type !== "step-start");
        const nothing = KINDS[type].as === "nothing";
        // A sub-agent that is told of shows as itself.
        assertEquals(drawn.some((part) => part.type !== "data-agent"), !nothing, JSON.stringify(drawn));
        assert(drawn.every(({ state = "done" }) => !state.includes("stream") && !state.startsWith("input")));
        assertEquals(shown(await readWith(version, whole)), shown(read));
      }
    });
  }

  test("[I1] one that is newer than this SDK is passed on as it is", async () => {
    const news = { type: "futureItem", id: "new-1", text: "?" } as unknown as ThreadItem;
    const completed = { method: "item/completed", params: { threadId: "thread-1", turnId: "turn-1", item: news } };
    const chunks = play([completed as Notification, ended()]);
    for (const version of VERSIONS) {
      const { parts } = await readWith(version, chunks);
      assertEquals(parts.find(({ type }) => type === "data-item")!.data, news);
    }
  });

  test("[I2] an image that was made is a file, and its bytes are nowhere else", () => {
    const at = { threadId: "thread-1", turnId: "turn-1", completedAtMs: 1 };
    const made = item("imageGeneration", { id: "image-1", status: "completed", result: "iVBORw0KGgoAAA" });
    const chunks = play([notification("item/completed", { ...at, item: made as never }), ended()]);
    const files = chunks.filter(({ type }) => type === "file");
    assertEquals(files, [{ type: "file", url: "data:image/png;base64,iVBORw0KGgoAAA", mediaType: "image/png" }]);
    assertEquals(JSON.stringify(chunks).split("iVBORw0KGgoAAA").length, 2);
  });

  test("[I2] of very much output the end is shown, and how much is left out", () => {
    const where = { threadId: "thread-1", turnId: "turn-1" };
    const { started } = lifeOf("commandExecution", "c", "turn-1", 1);
    const lines = Array.from({ length: 500 }, (_, at) => `line ${at} 🙂\n`);
    const chunks = play([
      started as Notification,
      ...lines.map((delta) => notification("item/commandExecution/outputDelta", { ...where, itemId: "c", delta })),
    ]);
    for (const chunk of chunks) assert(JSON.stringify(chunk).length < 4_000, JSON.stringify(chunk).slice(0, 200));
    const last = chunks.at(-1) as Extract<UIMessageChunk, { type: "tool-output-available" }>;
    const { aggregatedOutput, omitted } = last.output as { aggregatedOutput: string; omitted: number };
    assertEquals(aggregatedOutput.length + omitted, lines.join("").length);
    assert(lines.join("").endsWith(aggregatedOutput) && aggregatedOutput.length > 900);
    assert(!/^[\udc00-\udfff]/.test(aggregatedOutput), "half of a character");
  });

  test("[I2] a sub-agent is one part, whatever it does, and its items are not the message's", async () => {
    const agent = (events: readonly unknown[]) => events as Notification[];
    const at = { threadId: "thread-1", turnId: "turn-1", startedAtMs: 1, completedAtMs: 2 };
    const child = { ...at, threadId: "child-1", turnId: "turn-2" };
    const spawned = item("collabAgentToolCall", {
      id: "spawn-1",
      tool: "spawnAgent",
      senderThreadId: "thread-1",
      receiverThreadIds: ["child-1"],
    });
    const life = lifeOf("commandExecution", "c", "turn-2", 5, "child-1");
    const said = item("agentMessage", { id: "m", text: "I am done" });
    const chunks = play(agent([
      notification("item/completed", { ...at, item: spawned as never }),
      life.started,
      ...life.pieces,
      life.completed,
      notification("item/completed", { ...child, item: said as never }),
      notification("turn/completed", { threadId: "child-1", turn: { id: "turn-2", status: "completed", items: [] } }),
      ended(),
    ]));
    for (const version of VERSIONS) {
      const { parts } = await readWith(version, chunks);
      assertEquals(parts.filter(({ type }) => type === "dynamic-tool").map(({ toolName }) => toolName), [
        "collabAgentToolCall",
      ]);
      assertEquals(parts.filter(({ type }) => type === "data-agent").map(({ id, data }) => [id, data]), [[
        "child-1",
        {
          threadId: "child-1",
          parentThreadId: "thread-1",
          name: null,
          status: "completed",
          activity: null,
          items: 2,
          message: "I am done",
        },
      ]]);
    }
  });

  test("[I1] a turn that fails says so without the server's words; the page may be told more", async () => {
    const error = {
      message: "could not read /home/kim/.codex/auth.json",
      codexErrorInfo: "usageLimitExceeded",
    } as const;
    const failed = notification("turn/completed", {
      threadId: "thread-1",
      turn: { id: "turn-1", status: "failed", items: [], error },
    });
    const handle = {
      ...TURN,
      stream: async function* () {
        yield await Promise.resolve(failed);
      },
    } as unknown as TurnHandle;
    const read = async (options = {}) => {
      const chunks: UIMessageChunk[] = [];
      for await (const chunk of toUIMessageStream(handle, options)) chunks.push(chunk);
      return chunks;
    };
    const chunks = await read();
    assertEquals(chunks.at(-1), { type: "error", errorText: "The usage limit is reached. Try again later." });
    assert(!JSON.stringify(chunks).includes("kim"));
    const told = await read({ errorText: (error: { message: string }) => error.message });
    assertStringIncludes(JSON.stringify(told.at(-1)), "auth.json");
    for (const version of VERSIONS) assertEquals((await readWith(version, chunks)).metadata!.status, "failed");
    // deno-lint-ignore no-explicit-any -- what a program in JavaScript may do
    assertThrows(() => toUIMessageStream(handle, { maxOutputs: 3 } as any), TypeError, "maxOutput");
  });
});

/** A turn as no server should send it: pieces before their items, items twice, ends that never come. */
function disorder(random: Random): Notification[] {
  const events: Notification[] = [];
  for (let count = 1 + random.below(8); count > 0; count--) {
    // Ids of calls can repeat.
    const life = lifeOf(TYPES[random.below(TYPES.length)]!, `item-${random.below(5)}`, "turn-1", 1_000 * count);
    const all = [life.started, ...life.pieces, life.completed] as Notification[];
    for (let at = all.length - 1; at > 0 && random.chance(0.3); at--) {
      const other = random.below(at + 1);
      [all[at], all[other]] = [all[other]!, all[at]!];
    }
    const kept = all.filter(() => !random.chance(0.15));
    // Some of it lies within what came before.
    const from = random.below(events.length + 1);
    for (const [index, event] of kept.entries()) events.splice(Math.min(events.length, from + 2 * index), 0, event);
    if (random.chance(0.2)) events.push(...kept.slice(-1));
  }
  return [...events, ended(random.chance(0.5) ? "completed" : "interrupted")];
}

describe("events in disorder", () => {
  test("[I1] whatever comes, both versions read it, and nothing stays open", () =>
    withSeed(async (random) => {
      for (let round = 0; round < 150; round++) {
        const chunks = play(disorder(random));
        for (const version of VERSIONS) {
          const { parts } = await readWith(version, chunks);
          const open = parts.filter(({ state, preliminary }) =>
            preliminary || state === "streaming" || state === "input-available"
          );
          assertEquals(open, []);
        }
      }
    }));

  test("[I4] what is kept for a page that comes later shows the same as what has been sent", () =>
    withSeed(async (random) => {
      for (let round = 0; round < 40; round++) {
        const chunks = play(disorder(random));
        const log = new ChunkLog(Infinity);
        for (const chunk of chunks) log.push(chunk);
        const kept = log.read();
        assert(kept.length <= chunks.length);
        for (const version of VERSIONS) {
          const sent = shown(await readWith(version, chunks));
          assertEquals(shown(await readWith(version, kept)), sent);
          assertEquals(shown(await readWith(version, coalesced(chunks))), sent);
        }
      }
    }));

  test("[I5] what is kept is bounded: of a long message the oldest parts go, and it can be read all the same", () =>
    withSeed(async (random) => {
      const max = 20_000;
      const log = new ChunkLog(max);
      const chunks = newChunks(2_000);
      const words = "word ".repeat(100);
      for (let at = 0; at < 300; at++) {
        const { started, completed } = lifeOf(TYPES[random.below(TYPES.length)]!, `item-${at}`, "turn-1", at);
        const said = item("agentMessage", { id: `said-${at}`, text: words });
        const where = { threadId: "thread-1", turnId: "turn-1" };
        for (
          const event of [
            started,
            notification("item/completed", { ...where, completedAtMs: 1, item: said as never }),
            completed,
          ]
        ) chunks.take(event as Notification);
        // One text that never ends, and alone is more than may be kept.
        chunks.take(notification("item/agentMessage/delta", { ...where, itemId: "endless", delta: words }));
        for (const chunk of chunks.flush()) log.push(chunk);
        assert(JSON.stringify(log.read()).length < 2 * max, `${JSON.stringify(log.read()).length} bytes`);
      }
      chunks.take(ended());
      for (const chunk of chunks.flush()) log.push(chunk);
      for (const version of VERSIONS) {
        const { parts } = await readWith(version, log.read());
        const [dropped] = parts.filter(({ type }) => type === "data-dropped");
        assert((dropped!.data as { parts: number }).parts > 100, JSON.stringify(dropped));
        assertStringIncludes(JSON.stringify(parts), "said-299");
      }
    }));
});
