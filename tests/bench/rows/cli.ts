import { contest, excessOf, valueOf } from "../lib/contest.ts";
import type { Figure, Row } from "../lib/row.ts";

/** The command line, against an empty program. */
export const cli: Row = {
  id: "cli",
  async measure(bench) {
    const figures: Figure[] = [];
    for (const runtime of bench.runtimes) {
      const samples = await contest([
        runtime.program("floor", "import_nothing"),
        runtime.program("cli", "cli", ["--version"]),
      ], bench.rounds * 3);
      const on = `${runtime.name} ${runtime.version}`;
      figures.push(
        { runtime: on, who: "an empty program", value: valueOf(samples, "floor", "mainMs"), unit: "ms" },
        {
          runtime: on,
          who: "**`./cli`**, `--version`",
          value: valueOf(samples, "cli", "mainMs"),
          unit: "ms",
          verdict: { label: "ms more", score: excessOf(samples, "cli", "floor", "mainMs") },
        },
      );
    }
    return {
      id: "cli",
      title: "The command line",
      about:
        "What every command pays before it does anything, from the start of the process, by the time of the main thread. Each command " +
        "is loaded when it is asked for. How long they take then is the server's, the network's and npm's affair, and not measured.",
      figures,
    };
  },
};
