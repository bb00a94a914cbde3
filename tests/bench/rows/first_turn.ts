import { message, ScriptedModel } from "@codex-app-server/sdk/testing";
import { contest, ratioOf, valueOf } from "../lib/contest.ts";
import type { Figure, Row } from "../lib/row.ts";

const WORDS = Array.from({ length: 50 }, (_, i) => `word ${i} `);

/** The first turn of a program, with a server that is kept warm and without. */
export const firstTurn: Row = {
  id: "first_turn",
  async measure(bench) {
    const model = new ScriptedModel();
    model.always(() => [message(WORDS)]);
    await using listener = await model.listen();
    const figures: Figure[] = [];
    for (const runtime of bench.runtimes) {
      const cases = ["cold", "started", "thread", "pool", "warm pool"] as const;
      const samples = await contest(
        cases.map((what) => runtime.program(what, "first_turn", [what, listener.url, bench.binary])),
        bench.rounds * 2,
      );
      const figure = (who: string, what: typeof cases[number]): Figure => ({
        runtime: `${runtime.name} ${runtime.version}`,
        who,
        value: valueOf(samples, what, "wallMs"),
        unit: "ms",
      });
      const judged = (who: string, what: typeof cases[number], base: typeof cases[number], limit: number): Figure => ({
        ...figure(who, what),
        verdict: { label: "of the cold start", score: ratioOf(samples, what, base, "wallMs"), limit },
      });
      figures.push(
        figure("a cold start", "cold"),
        judged("**a server that was started before**", "started", "cold", 0.6),
        judged("**... and the thread was opened**", "thread", "cold", 0.5),
        figure("a `CodexPool`, a tenant without a server", "pool"),
        judged("**a `CodexPool` that has kept it**", "warm pool", "pool", 0.6),
      );
    }
    return {
      id: "first_turn",
      title: "The first turn, cold and warm",
      about:
        `The real server in a new home, and a scripted model that says ${WORDS.length} words; by the clock on the wall from ` +
        "the moment at which somebody asks to the end of the turn, each in a process of its own that has loaded the SDK " +
        "already. The cold start is the floor of none of them: it is what they spare. Before anybody asks, `Codex.start()` " +
        "has been called, and `codex.threadStart()`; or a pool has been used for this tenant, with work that does nothing " +
        "(`pool.use(tenant, () => {})`), and is within its `idleMs`: see [guides](guides.md#a-first-turn-sooner). " +
        "No number was set as a goal: with a server a first turn may take 0.6 of what it takes without, with its thread 0.5.",
      figures,
    };
  },
};
