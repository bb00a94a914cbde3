import { contest, excessOf, valueOf } from "../lib/contest.ts";
import type { Figure, Row } from "../lib/row.ts";

/** What it took when there was one entry. With the doors that came since, it is to be not a millisecond more. */
const WITHOUT_DOORS_MS = { deno: 10.8, bun: 4.4, node: 7.3 } as const;

/** A program that imports the SDK, against an empty one. */
export const importCost: Row = {
  id: "import",
  async measure(bench) {
    const figures: Figure[] = [];
    for (const runtime of bench.runtimes) {
      const samples = await contest([
        runtime.program("floor", "import_nothing"),
        runtime.program("sdk", "import_sdk"),
      ], bench.rounds * 3);
      const on = `${runtime.name} ${runtime.version}`;
      const limit = Number((WITHOUT_DOORS_MS[runtime.name] + 1).toFixed(1));
      figures.push(
        { runtime: on, who: "an empty program", value: valueOf(samples, "floor", "mainMs"), unit: "ms" },
        {
          runtime: on,
          who: `**\`.\`** of ${runtime.sdk}`,
          value: valueOf(samples, "sdk", "mainMs"),
          unit: "ms",
          verdict: { label: "ms more", score: excessOf(samples, "sdk", "floor", "mainMs"), limit },
        },
      );
    }
    return {
      id: "import",
      title: "Import",
      about:
        `From the start of the process to the program's first statement, to be not a millisecond more than when there was ` +
        "one entry. The generated protocol is not in it, nor all that goes over a connection, nor what opens threads and runs turns: they are loaded " +
        "while the server starts. Nor is any of the other entries. What is in it: the checks of all options and the errors, and what " +
        "finds the binary and starts it, for a start would have to wait for that.",
      figures,
    };
  },
};
