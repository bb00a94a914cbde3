import { message, ScriptedModel } from "@codex-app-server/sdk/testing";
import { contest, ratioOf, valueOf } from "../lib/contest.ts";
import type { Figure, Row } from "../lib/row.ts";

const TURNS = 15;
const AT_ONCE = 64;
const WORDS = Array.from({ length: 50 }, (_, i) => `word ${i} `);

/** `./codex-sdk` and `@openai/codex-sdk`: the same program, with another import. */
export const codexSdk: Row = {
  id: "codex_sdk",
  async measure(bench) {
    const model = new ScriptedModel();
    model.always(() => [message(WORDS)]);
    await using listener = await model.listen();
    const figures: Figure[] = [];
    for (const runtime of bench.runtimes) {
      const program = (name: string, ...rest: string[]) =>
        runtime.program(name, "codex_sdk", [listener.url, bench.binary, bench.peers, ...rest]);
      const turns = await contest([program("turns", "turns", String(TURNS))], bench.rounds);
      // The peer takes 20 seconds for each of these.
      const many = await contest(
        [program("door", "many", "door", String(AT_ONCE)), program("peer", "many", "peer", String(AT_ONCE))],
        Math.min(bench.rounds, 3),
      );
      const on = `${runtime.name} ${runtime.version}`;
      const label = "of what the package takes";
      const figure = (who: string, value: number, unit: string): Figure => ({ runtime: on, who, value, unit });
      const judged = (who: string, value: number, unit: string, score: number, limit: number): Figure => ({
        ...figure(who, value, unit),
        verdict: { label, score, limit },
      });
      const turn = (key: string) => valueOf(turns, "turns", key);
      figures.push(
        figure("`@openai/codex-sdk`, whole turn", turn("peerTurn"), "ms"),
        judged("**`./codex-sdk`**, whole turn", turn("doorTurn"), "ms", turn("turnRatio"), 0.5),
        figure("`@openai/codex-sdk`, first text", turn("peerFirst"), "ms"),
        judged("**`./codex-sdk`**, first text", turn("doorFirst"), "ms", turn("firstRatio"), 0.5),
        judged("**its `native`**, first text", turn("nativeFirst"), "ms", turn("nativeRatio"), 0.4),
      );
      for (
        const [key, unit, part, what] of [
          ["wallMs", "s", 1000, ""],
          ["childrenMiB", "MiB", 1, ", memory of the servers"],
        ] as const
      ) {
        figures.push(
          figure(`\`@openai/codex-sdk\`, ${AT_ONCE} at once${what}`, valueOf(many, "peer", key) / part, unit),
          judged(
            `**\`./codex-sdk\`**, ${AT_ONCE} at once${what}`,
            valueOf(many, "door", key) / part,
            unit,
            ratioOf(many, "door", "peer", key),
            0.5,
          ),
        );
      }
    }
    return {
      id: "codex_sdk",
      title: "`./codex-sdk` and `@openai/codex-sdk`",
      about:
        "One program, run with either import, with the real server (the same binary for both) and a scripted model that " +
        `says ${WORDS.length} words, by the clock on the wall. The median of ${TURNS} turns of one thread each, in turns; ` +
        `and ${AT_ONCE} threads with a turn each, begun together, from nothing: one server here, a process for each there. ` +
        "The memory is what those processes have at the most and share with nobody, all together. Neither API has deltas, so " +
        "the first text is the whole message; `native` has them.",
      figures,
    };
  },
};
