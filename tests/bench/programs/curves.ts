/** How a cost grows. Arguments: `bare` or `line` or `turns`, then the sizes (MiB of one line, or open turns). */
import process from "node:process";
import { setImmediate } from "node:timers/promises";
import { Codex } from "@codex-app-server/sdk";
import { deltaLine, FedServer } from "./fed_server.ts";
import { expectCount, finish, stopwatch } from "./measure.ts";

const [what = "", ...sizes] = process.argv.slice(2);
const encoder = new TextEncoder();
const CHUNK = 64 * 1024;

/** How much is read for each length of a line: the kernel counts the time of a thread in steps of milliseconds. */
const TOTAL_MEBIBYTES = 64;

/** Milliseconds of the main thread a MiB, for lines of so many MiB in chunks of 64 KiB. */
async function lineCost(mebibytes: number): Promise<number> {
  const server = new FedServer();
  const codex = await Codex.start({ transport: server.transport });
  const thread = await codex.threadStart();
  const stream = (await thread.turn("go")).stream();
  const length = mebibytes * 2 ** 20;
  const bytes = encoder.encode(deltaLine(1, "x".repeat(length)));
  let characters = 0;
  const stop = stopwatch();
  for (let sent = 0; sent < TOTAL_MEBIBYTES; sent += mebibytes) {
    for (let at = 0; at < bytes.length; at += CHUNK) await server.feed(bytes.subarray(at, at + CHUNK));
    const { value } = await stream.next();
    if (value?.method === "item/agentMessage/delta") characters += value.params.delta.length;
  }
  const { mainMs } = stop();
  expectCount("characters", characters, TOTAL_MEBIBYTES * 2 ** 20);
  return mainMs / TOTAL_MEBIBYTES;
}

/** The floor of that: the chunks of each line are joined, decoded and parsed, and nothing else. */
async function bareCost(mebibytes: number): Promise<number> {
  const length = mebibytes * 2 ** 20;
  const bytes = encoder.encode(deltaLine(1, "x".repeat(length)));
  const decoder = new TextDecoder();
  let characters = 0;
  const stop = stopwatch();
  for (let sent = 0; sent < TOTAL_MEBIBYTES; sent += mebibytes) {
    const whole = new Uint8Array(bytes.length);
    for (let at = 0; at < bytes.length; at += CHUNK) {
      whole.set(bytes.subarray(at, at + CHUNK), at);
      await setImmediate(); // as often as the SDK gets a chunk
    }
    characters += JSON.parse(decoder.decode(whole)).params.delta.length;
  }
  const { mainMs } = stop();
  expectCount("characters", characters, TOTAL_MEBIBYTES * 2 ** 20);
  return mainMs / TOTAL_MEBIBYTES;
}

/** Microseconds of the main thread an event, for 100,000 deltas that go round so many open turns. */
async function turnCost(open: number): Promise<number> {
  const server = new FedServer();
  const codex = await Codex.start({ transport: server.transport, limits: { requestsInFlight: 2000 } });
  const thread = await codex.threadStart();
  const total = 100_000;
  let events = 0;
  for (let i = 0; i < open; i++) {
    const turn = await thread.turn("go");
    (async () => {
      for await (const _event of turn) events++;
    })();
  }
  const block = encoder.encode(Array.from({ length: 1024 }, (_, i) => deltaLine(i % open + 1, `word ${i} `)).join(""));
  const blocks = Math.ceil(total / 1024);
  for (let i = 0; i < 20; i++) await server.feed(block);
  const stop = stopwatch();
  for (let i = 0; i < blocks; i++) await server.feed(block);
  const { mainMs } = stop();
  expectCount("events", events, (blocks + 20) * 1024);
  return (mainMs / (blocks * 1024)) * 1000;
}

const cost = what === "bare" ? bareCost : what === "line" ? lineCost : turnCost;
await cost(Number(sizes[0])); // warms up
const outcome: Record<string, number> = {};
for (const size of sizes) outcome[size] = await cost(Number(size));
finish(outcome);
