import { contest, valueOf } from "../lib/contest.ts";
import type { Figure, Row } from "../lib/row.ts";

/** What stays in memory between a tenth of the work and its end. */
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
    }
    return {
      id: "memory",
      title: "Memory",
      about:
        "What is in use after a collection of garbage (`heapUsed` and `external`) at the end, less what it was after " +
        "a tenth of the work (of the one message: than before it). The bound of a stalled reader is `limits.streamBytes`; the text that it gets at last is whole.",
      figures,
    };
  },
};
