import { codexHome, Gate, message, ScriptedModel } from "@codex-app-server/sdk/testing";
import { contest, valueOf } from "../lib/contest.ts";
import type { Bench, Figure, Row } from "../lib/row.ts";
import type { Runtime } from "../lib/runtimes.ts";

const OPEN_TURNS = 64;

/** What stays in memory between a tenth of the work and its end; and what a process with open turns has. */
export const memory: Row = {
  id: "memory",
  async measure(bench) {
    const deltas = 1_000_000;
    const message = 50_000_000;
    const turns = 10_000;
    const cases = [
      { what: "stream", count: deltas, who: `${deltas.toLocaleString("en")} deltas streamed`, limit: 20 },
      { what: "stalled", count: deltas, who: "the same, with a reader that stalls until the end", limit: 64 },
      { what: "message", count: message, who: "one message of 50 MB, read", limit: 20 },
      { what: "turns", count: turns, who: `${turns.toLocaleString("en")} finished turns`, limit: 2 },
    ];
    const figures: Figure[] = [];
    for (const runtime of bench.runtimes) {
      const samples = await contest(
        cases.map(({ what, count }) => runtime.program(what, "memory", [what, String(count)])),
        Math.min(bench.rounds, 2),
      );
      for (const { what, who, limit } of cases) {
        const score = valueOf(samples, what, "growthMiB");
        const on = `${runtime.name} ${runtime.version}`;
        figures.push({ runtime: on, who, value: score, unit: "MiB", verdict: { label: "MiB more", score, limit } });
      }
      figures.push(...await openTurns(runtime, bench));
    }
    return {
      id: "memory",
      title: "Memory",
      about:
        "What is in use after a collection of garbage (`heapUsed` and `external`) at the end, less what it was after " +
        "a tenth of the work (of the one message: than before it). Of open turns it is the whole process, as the system counts it, with the real server; " +
        "what the runtime has by itself stands beside it. Of the rest, on Node, 1 MiB comes with the import, 8 with the start and 8 with " +
        "the threads and turns. Little of it is in use: the heap then holds 4 MiB more than that of an empty program, 1.5 of which are " +
        "the turns, 24 KiB each. 5 MiB are pages of the runtime's own program that nothing has touched before (processes, streams, the " +
        "compiler), and the others are what V8 takes for young objects and keeps. Of finished turns this client remembers the ids, as " +
        "long as they fit into `limits.rememberedBytes`. The bound of a stalled reader is `limits.streamBytes`; the text that it gets at last is whole.",
      figures,
    };
  },
};

async function openTurns(runtime: Runtime, bench: Bench): Promise<Figure[]> {
  const model = new ScriptedModel();
  model.always(() => [message(["some ", "words", new Gate()])]);
  await using listener = await model.listen();
  await using home = await codexHome({ modelUrl: listener.url });
  const args = [bench.binary, JSON.stringify(home.env)];
  const samples = await contest([
    runtime.program("alone", "open_turns", ["0"]),
    runtime.program("open", "open_turns", [String(OPEN_TURNS), ...args]),
  ], Math.min(bench.rounds, 3));
  const on = `${runtime.name} ${runtime.version}`;
  const score = valueOf(samples, "open", "rssMiB");
  return [
    { runtime: on, who: "the runtime by itself", value: valueOf(samples, "alone", "rssMiB"), unit: "MiB" },
    {
      runtime: on,
      who: `**a client with ${OPEN_TURNS} open turns**`,
      value: score,
      unit: "MiB",
      verdict: { label: "MiB in all", score, limit: runtime.name === "deno" ? 68 : 58 },
    },
  ];
}
