/**
 * 64 turns at once, with different bounds of `maxConcurrentTurns`: how long until all are over, and, of a model that takes
 * its time, what the bound costs. By itself: `deno run -A tests/bench/programs/concurrent_turns.ts [ROUNDS]`.
 */
import process from "node:process";
import type { Codex } from "@codex-app-server/sdk";
import { delay, message, type ReplyStep, withAppServer } from "@codex-app-server/sdk/testing";
import { median } from "../lib/stats.ts";

const TURNS = 64;
const BOUNDS: readonly (number | undefined)[] = [4, 6, 8, 12, undefined];
const MODELS: Readonly<Record<string, readonly ReplyStep[]>> = {
  "answers at once": ["done"],
  "thinks for 1 s": [message([delay(1000), "done"])],
};

const rounds = Number(process.argv[2] ?? 5);

async function run(codex: Codex): Promise<number> {
  const threads = await Promise.all(Array.from({ length: TURNS }, () => codex.threadStart({ ephemeral: true })));
  const begun = performance.now();
  const turns = await Promise.all(threads.map((thread) => thread.run("go")));
  if (turns.some(({ status }) => status !== "completed")) throw new Error("A turn has not been completed");
  return performance.now() - begun;
}

for (const [name, reply] of Object.entries(MODELS)) {
  const times = new Map(BOUNDS.map((bound) => [bound, [] as number[]]));
  // In turns, so that what else the machine does falls on all of them.
  for (let round = 0; round < rounds; round++) {
    for (const bound of BOUNDS) {
      await withAppServer({ codex: { maxConcurrentTurns: bound } }, async ({ codex, model }) => {
        model.always(() => reply);
        times.get(bound)!.push(await run(codex));
      });
    }
  }
  process.stdout.write(`${TURNS} turns, a model that ${name} (median, least, most):\n`);
  for (const [bound, all] of times) {
    const figures = [median(all), Math.min(...all), Math.max(...all)].map((ms) => `${(ms / 1000).toFixed(2)} s`);
    process.stdout.write(`  ${String(bound ?? "no bound").padStart(8)}: ${figures.join(", ")}\n`);
  }
}
