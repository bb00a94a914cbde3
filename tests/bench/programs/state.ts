/**
 * What it costs to keep a state up to date. Arguments: `last` or `around`, then how many items the thread has.
 *
 * `last`: 100,000 deltas of the last item. `around`: of all items in turn, as if every one of them streamed at once.
 */
import process from "node:process";
import { emptyThread, reduce, type ThreadState } from "@codex-app-server/sdk/state";
import type { Notification } from "@codex-app-server/sdk/protocol";
import { expectCount, finish, stopwatch } from "./measure.ts";

const [what = "", ...sizes] = process.argv.slice(2);
const DELTAS = 100_000;
const WHERE = { threadId: "01a214b1-dec0-7031-a24d-6e0ea82c7e51", turnId: "01a214b1-dee7-7af3-8f9c-993f65406742" };

/** As it comes from a wire: with strings of its own. */
function parsed(event: unknown): Notification {
  return JSON.parse(JSON.stringify(event));
}

function idOf(item: number): string {
  return `01a214b1-df19-7b90-8100-${String(item).padStart(12, "0")}`;
}

function threadOf(items: number): ThreadState {
  let state = emptyThread(WHERE.threadId);
  for (let n = 0; n < items; n++) {
    const item = { type: "agentMessage", id: idOf(n), text: "", phase: null, startedAtMs: n, completedAtMs: null };
    state = reduce(state, parsed({ method: "item/started", params: { ...WHERE, item, startedAtMs: n } }));
  }
  return state;
}

/** Microseconds of the main thread a delta. */
function cost(items: number): number {
  const blank = threadOf(items);
  const events = Array.from({ length: DELTAS }, (_, n) =>
    parsed({
      method: "item/agentMessage/delta",
      params: { ...WHERE, itemId: idOf(what === "last" ? items - 1 : (n * 7) % items), delta: "word " },
    }));
  let state = blank;
  const stop = stopwatch();
  for (const event of events) state = reduce(state, event);
  const { mainMs } = stop();
  let characters = 0;
  for (const { item } of state.turns[0]!.items) if (item.type === "agentMessage") characters += item.text.length;
  expectCount("characters", characters, DELTAS * "word ".length);
  return (mainMs / DELTAS) * 1000;
}

cost(Number(sizes[0])); // warms up
const outcome: Record<string, number> = {};
for (const size of sizes) outcome[size] = cost(Number(size));
finish(outcome);
