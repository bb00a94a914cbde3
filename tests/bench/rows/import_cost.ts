import { contest, excessOf, valueOf } from "../lib/contest.ts";
import type { Figure, Row } from "../lib/row.ts";

/** What the target was, and what must hold. */
const TARGET_MS = 10;
const LIMIT_MS = 25;

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
      figures.push(
        { runtime: on, who: "an empty program", value: valueOf(samples, "floor", "mainMs"), unit: "ms" },
        {
          runtime: on,
          who: `**\`.\`** of ${runtime.sdk}`,
          value: valueOf(samples, "sdk", "mainMs"),
          unit: "ms",
          verdict: { label: "ms more", score: excessOf(samples, "sdk", "floor", "mainMs"), limit: LIMIT_MS },
        },
      );
    }
    return {
      id: "import",
      title: "Import",
      about: `From the start of the process to the program's first statement. The target was ${TARGET_MS} ms. The ` +
        "generated protocol is not in it, nor all that goes over a connection, nor what opens threads and runs turns: they are loaded " +
        "while the server starts. Nor is any of the other entries. What is in it: the checks of all options and the errors, and what " +
        "finds the binary and starts it, for a start would have to wait for that.",
      figures,
    };
  },
};
