import { contest, type Sample, valueOf } from "../lib/contest.ts";
import type { Curve, Figure, Row } from "../lib/row.ts";

const LINES = [1, 2, 4, 8, 16, 32];
const TURNS = [1, 4, 16, 64, 256, 1024];

/** How the cost of a line grows with its length, and that of an event with the number of open turns. */
export const curves: Row = {
  id: "curves",
  async measure(bench) {
    const lines: Curve["lines"][number][] = [];
    const turns: Curve["lines"][number][] = [];
    const figures: Figure[] = [];
    for (const runtime of bench.runtimes) {
      const samples = await contest([
        runtime.program("line", "curves", ["line", ...LINES.map(String)]),
        runtime.program("turns", "curves", ["turns", ...TURNS.map(String)]),
      ], bench.rounds);
      const pointsOf = (name: string, sizes: readonly number[]) =>
        sizes.map((size) => [size, valueOf(samples, name, String(size) satisfies keyof Sample)] as const);
      const on = `${runtime.name} ${runtime.version}`;
      const [line, turn] = [pointsOf("line", LINES), pointsOf("turns", TURNS)];
      lines.push({ name: runtime.name, points: line });
      turns.push({ name: runtime.name, points: turn });
      figures.push(
        growth(
          on,
          `a line of ${LINES.at(-1)} MiB, each MiB`,
          "ms",
          line[0]![1],
          line.at(-1)![1],
          "times the cost of a MiB in a line of 1 MiB",
          1.25,
        ),
        growth(
          on,
          `an event among ${TURNS.at(-1)} open turns`,
          "µs",
          turn[1]![1],
          turn.at(-1)![1],
          "times the cost with four turns",
          2,
        ),
      );
    }
    return {
      id: "curves",
      title: "How costs grow",
      about:
        "A line in chunks of 64 KiB: its cost is linear if a MiB costs the same in a long one. Deltas that go round " +
        "many open turns, each with a reader: the cost is flat if an event costs the same among many. (With a " +
        "single turn the look-up of the turn is spared, as it is wherever neighbours are of one turn.) No number was set " +
        "as a goal: a MiB may cost a quarter more in the longest line, an event twice as much among 256 times the turns.",
      figures,
      curves: [
        { title: "A line of many MiB", xLabel: "MiB", yLabel: "ms a MiB", lines },
        { title: "Many open turns", xLabel: "open turns", yLabel: "µs an event", lines: turns },
      ],
    };
  },
};

function growth(
  runtime: string,
  who: string,
  unit: string,
  first: number,
  last: number,
  label: string,
  limit: number,
): Figure {
  return { runtime, who, value: last, unit, verdict: { label, score: last / first, limit } };
}
