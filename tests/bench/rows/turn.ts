import { message, ScriptedModel } from "@codex-app-server/sdk/testing";
import { contest, ratioOf, valueOf } from "../lib/contest.ts";
import type { Figure, Row } from "../lib/row.ts";

const TURNS = 10;
const WORDS = Array.from({ length: 50 }, (_, i) => `word ${i} `);

/** Whole turns and their first text, against a bare JSONL client and `@openai/codex-sdk`, with the real server. */
export const turn: Row = {
  id: "turn",
  async measure(bench) {
    const model = new ScriptedModel();
    model.always(() => [message(WORDS)]);
    await using listener = await model.listen();
    const figures: Figure[] = [];
    for (const runtime of bench.runtimes) {
      const args = [listener.url, bench.binary, String(TURNS), bench.peers];
      const samples = await contest(
        ["floor", "sdk", "codex-sdk"].map((who) => runtime.program(who, "turn", [who, ...args])),
        bench.rounds,
      );
      const on = `${runtime.name} ${runtime.version}`;
      const figure = (who: string, label: string, key: string, what: string): Figure => ({
        runtime: on,
        who: `${label}, ${what}`,
        value: valueOf(samples, who, key),
        unit: "ms",
      });
      const peer = (key: string, what: string, limit: number): Figure => ({
        ...figure("codex-sdk", "`@openai/codex-sdk`", key, what),
        verdict: { label: "of its time this SDK takes", score: ratioOf(samples, "sdk", "codex-sdk", key), limit },
      });
      figures.push(
        figure("floor", "a bare client", "turnMs", "whole turn"),
        {
          ...figure("sdk", "**this SDK**", "turnMs", "whole turn"),
          verdict: { label: "times the bare client", score: ratioOf(samples, "sdk", "floor", "turnMs"), limit: 1.05 },
        },
        peer("turnMs", "whole turn", 1),
        figure("floor", "a bare client", "firstTextMs", "first text"),
        figure("sdk", "**this SDK**", "firstTextMs", "first text"),
        peer("firstTextMs", "first text", 0.4),
      );
    }
    return {
      id: "turn",
      title: "A whole turn, and its first text",
      about:
        `The real server and a scripted model that says ${WORDS.length} words; the mean of ${TURNS} turns of one ` +
        "thread, by the clock on the wall. `@openai/codex-sdk` starts `codex exec` for every turn and shows no deltas, " +
        "so its first text is the whole message.",
      figures,
    };
  },
};
