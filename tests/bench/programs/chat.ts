/**
 * Many chats at once in one program, by `createChatHandler` and, as the floor, by the turns' streams alone: the same events, from
 * a server in memory. Arguments, with how many streams are open:
 *
 * - `delay STREAMS`: how long a delta takes from its bytes to whoever reads, by both in turns;
 * - `memory WHO STREAMS FIRST MORE`: what a stream has in memory when it is open, of `handler` or `alone`; and what it has
 *   more between so many deltas and so many further ones, all of which are read.
 */
import process from "node:process";
import { setImmediate } from "node:timers/promises";
import { Codex, type TurnHandle } from "@codex-app-server/sdk";
import { createChatHandler } from "@codex-app-server/sdk/ai-sdk";
import { median } from "../lib/stats.ts";
import { deltaLine, FedServer } from "./fed_server.ts";
import { expectCount, finish, mainThreadMs, memoryInUse } from "./measure.ts";

const [what = "", ...rest] = process.argv.slice(2);

/** So many events come at once, each of another turn: a server with as many turns fills a pipe with several. */
const AT_ONCE = 20;

/** How many deltas each stream gets where the delay is measured; the first of them are not counted. */
const DELAYED = 60;
const WARM_UP = 20;

type Who = "handler" | "alone";

const encoder = new TextEncoder();
const WORD = "a word or so ";

/** Streams that are open and read, each of a turn in a thread of its own. */
interface Open {
  readonly server: FedServer;
  /** How many characters of the agent's have been read, of all streams. */
  readonly characters: () => number;
  /** Told of every piece that was read, from now on. */
  onText: (at: number) => void;
}

async function open(who: Who, streams: number): Promise<Open> {
  const server = new FedServer();
  const codex = await Codex.start({ transport: server.transport });
  let characters = 0;
  const all: Open = { server, characters: () => characters, onText: () => {} };
  const read = (length: number) => {
    characters += length;
    all.onText(performance.now());
  };
  const handler = createChatHandler({ codex, authorize: () => ({ id: "me" }) });
  for (let n = 1; n <= streams; n++) {
    if (who === "alone") void readEvents(await (await codex.threadStart()).turn("go"), read);
    else void readBody(await handler(requestOf(n)), read);
  }
  return all;
}

function requestOf(n: number): Request {
  const messages = [{ id: `message-${n}`, role: "user", parts: [{ type: "text", text: "go" }] }];
  return new Request("http://localhost/api/chat", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ id: `chat-${n}`, messages }),
  });
}

async function readEvents(turn: TurnHandle, read: (length: number) => void): Promise<void> {
  for await (const { method, params } of turn) if (method === "item/agentMessage/delta") read(params.delta.length);
}

async function readBody({ body, status }: Response, read: (length: number) => void): Promise<void> {
  expectCount("as the status", status, 200);
  const decoder = new TextDecoder();
  const reader = body!.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    // The words alone are counted, whatever they are wrapped in.
    const length = (decoder.decode(value).split(WORD).length - 1) * WORD.length;
    if (length > 0) read(length);
  }
}

/** One delta each for some turns, as bytes. */
function deltas(from: number, count: number): Uint8Array {
  return encoder.encode(Array.from({ length: count }, (_, at) => deltaLine(from + at, WORD, from + at)).join(""));
}

async function delay(streams: number): Promise<object> {
  const [handler, alone] = [await open("handler", streams), await open("alone", streams)];
  const taken = { handler: [] as number[], alone: [] as number[], more: [] as number[] };
  const mainMs = { handler: 0, alone: 0 };
  const counted = streams * (DELAYED - WARM_UP);
  for (let sent = 0; sent < streams * DELAYED; sent += AT_ONCE) {
    const bytes = deltas(sent % streams + 1, AT_ONCE);
    const both = { handler: [] as number[], alone: [] as number[] };
    // Each is the first one every other time.
    for (const who of sent % (2 * AT_ONCE) === 0 ? ["handler", "alone"] as const : ["alone", "handler"] as const) {
      const before = mainThreadMs();
      both[who] = await arrivals(who === "handler" ? handler : alone, bytes);
      if (sent >= streams * WARM_UP) mainMs[who] += mainThreadMs() - before;
    }
    if (sent < streams * WARM_UP) continue;
    taken.handler.push(...both.handler);
    taken.alone.push(...both.alone);
    taken.more.push(median(both.handler) - median(both.alone));
  }
  for (const { characters } of [handler, alone]) {
    expectCount("characters", characters(), streams * DELAYED * WORD.length);
  }
  return {
    handlerMs: median(taken.handler),
    aloneMs: median(taken.alone),
    moreMs: median(taken.more),
    handlerUs: mainMs.handler / counted * 1000,
    aloneUs: mainMs.alone / counted * 1000,
  };
}

/** How long each of these deltas takes to whoever reads it. */
async function arrivals(all: Open, bytes: Uint8Array): Promise<number[]> {
  const times: number[] = [];
  const arrived = new Promise<void>((resolve) => {
    all.onText = (at) => {
      if (times.push(at) === AT_ONCE) resolve();
    };
  });
  const start = performance.now();
  all.server.send(bytes);
  await arrived;
  return times.map((at) => at - start);
}

async function memory(who: Who, streams: number, first: number, more: number): Promise<object> {
  // Whatever is there once for all of them.
  const others = await open(who, 10);
  await others.server.feed(deltas(1, 10));
  const before = memoryInUse();
  const all = await open(who, streams);
  const feed = async (count: number) => {
    const bytes = deltas(1, streams);
    const whole = all.characters() + count * streams * WORD.length;
    for (let n = 0; n < count; n++) await all.server.feed(bytes);
    while (all.characters() < whole) await setImmediate();
    expectCount("characters", all.characters(), whole);
  };
  const empty = memoryInUse();
  await feed(first);
  const early = memoryInUse();
  await feed(more);
  const late = memoryInUse();
  const kib = (bytes: number) => bytes / streams / 1024;
  const textKiB = more * WORD.length / 1024;
  const grownKiB = kib(late - early);
  return { openKiB: kib(empty - before), grownKiB, textKiB, ofText: grownKiB / textKiB };
}

if (what === "delay") finish(await delay(Number(rest[0])));
const [streams, first, more] = rest.slice(1).map(Number);
finish(await memory(rest[0] as Who, streams!, first!, more!));
