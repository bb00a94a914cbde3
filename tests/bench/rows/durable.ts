import { message, ScriptedModel } from "@codex-app-server/sdk/testing";
import { contest, valueOf } from "../lib/contest.ts";
import type { Figure, Row } from "../lib/row.ts";

const TURNS = 15;

/** `durableTurn`, against a worker that takes a thread, runs a turn and lets go of it. */
export const durable: Row = {
  id: "durable",
  async measure(bench) {
    const model = new ScriptedModel();
    model.always(() => [message(["some ", "words"])]);
    await using listener = await model.listen();
    const figures: Figure[] = [];
    for (const runtime of bench.runtimes) {
      const args = [listener.url, bench.binary, String(TURNS)];
      const samples = await contest([runtime.program("durable", "durable", args)], Math.min(bench.rounds, 3));
      const of = (key: string) => valueOf(samples, "durable", key);
      const figure = (who: string, key: string): Figure => ({
        runtime: `${runtime.name} ${runtime.version}`,
        who,
        value: of(key),
        unit: "ms",
      });
      figures.push(
        figure("a turn in a thread that stays open", "plain"),
        figure("a thread is resumed, a turn is run, the thread is let go", "resumed"),
        {
          ...figure("**`durableTurn`**, which does the same", "durable"),
          verdict: { label: "times the work by hand", score: of("ratio"), limit: 1.5 },
        },
        figure("**`durableTurn`** of work that is done", "found"),
      );
    }
    return {
      id: "durable",
      title: "A turn that survives its worker",
      about:
        `The real server and a scripted model; the median of ${TURNS} turns each, in turns, by the clock on the wall. ` +
        "A thread that others may go on with has to be opened and let go for every turn, with or without this. On top of " +
        "that, `durableTurn` looks whether the work is known, before it has the thread and when it has it.",
      figures,
    };
  },
};
