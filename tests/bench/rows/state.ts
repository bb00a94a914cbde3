import { contest, valueOf } from "../lib/contest.ts";
import type { Curve, Figure, Row } from "../lib/row.ts";

const ITEMS = [1, 10, 100, 1000];
const WAYS = { last: "its last item grows", around: "all of its items grow by turns" } as const;

/** What it costs to keep the state of a thread up to date, and how that grows with the thread. */
export const state: Row = {
  id: "state",
  async measure(bench) {
    const lines: Curve["lines"][number][] = [];
    const figures: Figure[] = [];
    for (const runtime of bench.runtimes) {
      const ways = Object.keys(WAYS) as (keyof typeof WAYS)[];
      const contenders = ways.map((way) => runtime.program(way, "state", [way, ...ITEMS.map(String)]));
      const samples = await contest(contenders, bench.rounds);
      lines.push({ name: runtime.name, points: ITEMS.map((n) => [n, valueOf(samples, "last", `${n}`)] as const) });
      for (const way of ways) {
        const value = valueOf(samples, way, "1000");
        figures.push({
          runtime: `${runtime.name} ${runtime.version}`,
          who: `**this SDK**, a delta of a turn of 1,000 items: ${WAYS[way]}`,
          value,
          unit: "µs",
          verdict: { label: "µs a delta", score: value, limit: 2, unsteady: true },
        });
      }
    }
    return {
      id: "state",
      title: "A delta into the state of a thread",
      about:
        "100,000 deltas into one turn, each of which makes a new state. What does not change is shared by both, but the " +
        "list of the turn's items is copied: half of the time at 1,000 items, and nothing that counts at 100.",
      figures,
      curves: [{ title: "A delta into a state", xLabel: "items of the turn", yLabel: "µs a delta", lines }],
    };
  },
};
