import { contest, ratioOf, valueOf } from "../lib/contest.ts";
import type { Curve, Figure, Row, Verdict } from "../lib/row.ts";

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
        runtime.program("bare", "curves", ["bare", ...LINES.map(String)]),
        runtime.program("line", "curves", ["line", ...LINES.map(String)]),
        runtime.program("turns", "curves", ["turns", ...TURNS.map(String)]),
      ], bench.rounds);
      const timesBare = LINES.map((size) => [size, ratioOf(samples, "line", "bare", `${size}`)] as const);
      const microseconds = TURNS.map((open) => [open, valueOf(samples, "turns", `${open}`)] as const);
      lines.push({ name: runtime.name, points: timesBare });
      turns.push({ name: runtime.name, points: microseconds });
      const on = `${runtime.name} ${runtime.version}`;
      const figure = (who: string, name: string, size: number, unit: string, verdict?: Verdict): Figure => ({
        runtime: on,
        who,
        value: valueOf(samples, name, `${size}`),
        unit,
        ...(verdict === undefined ? {} : { verdict }),
      });
      const flatness = ratioOf(samples, "turns", "turns", "1024", "4");
      figures.push(
        figure("the floor, a line of 32 MiB, each MiB", "bare", 32, "ms"),
        figure("**this SDK**, the same", "line", 32, "ms", {
          label: "times the floor",
          score: timesBare.at(-1)![1],
          limit: 2,
          unsteady: true, // between 0.8 and 2.4 on Bun, as garbage of 32 MiB a piece happens to be collected
        }),
        figure("**this SDK**, an event among 4 open turns", "turns", 4, "µs"),
        figure("**this SDK**, an event among 1,024", "turns", 1024, "µs", {
          label: "times the cost among 4",
          score: flatness,
          limit: 2,
        }),
      );
    }
    return {
      id: "curves",
      title: "How costs grow",
      about:
        "64 MiB of lines, in chunks of 64 KiB. The floor joins, decodes and parses the chunks of each. It costs more a MiB " +
        "itself, up to five times, when lines are longer, for then all that it fills is memory new to the process; so what " +
        "this SDK costs is linear if it does not become more times the floor. Deltas that go round many " +
        "open turns, each with a reader: the cost is flat if an event costs the same among many. (With a " +
        "single turn the look-up of the turn is spared, as it is wherever neighbours are of one turn.) No number was set " +
        "as a goal: a line of 32 MiB may take twice the floor, an event twice as much among 256 times the turns.",
      figures,
      curves: [
        { title: "A line of many MiB", xLabel: "MiB", yLabel: "times the floor", lines },
        { title: "Many open turns", xLabel: "open turns", yLabel: "µs an event", lines: turns },
      ],
    };
  },
};
