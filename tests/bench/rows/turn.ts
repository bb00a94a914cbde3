import { message, ScriptedModel } from "@codex-app-server/sdk/testing";
import { contest, valueOf } from "../lib/contest.ts";
import type { Figure, Row } from "../lib/row.ts";

const TURNS = 15;
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
      const samples = await contest([runtime.program("turn", "turn", args)], bench.rounds);
      const on = `${runtime.name} ${runtime.version}`;
      const of = (key: string) => valueOf(samples, "turn", key);
      const figure = (who: string, key: string): Figure => ({ runtime: on, who, value: of(key), unit: "ms" });
      const judged = (who: string, key: string, label: string, ratio: string, limit: number): Figure => ({
        ...figure(who, key),
        verdict: { label, score: of(ratio), limit },
      });
      const ofPeer = "of its time this SDK takes";
      figures.push(
        figure("a bare client, whole turn", "floorTurn"),
        judged("**this SDK**, whole turn", "sdkTurn", "times the bare client", "sdkToFloor", 1.05),
        judged("`@openai/codex-sdk`, whole turn", "peerTurn", ofPeer, "sdkToPeer", 1),
        figure("a bare client, first text", "floorFirst"),
        figure("**this SDK**, first text", "sdkFirst"),
        judged("`@openai/codex-sdk`, first text", "peerFirst", ofPeer, "sdkFirstToPeer", 0.4),
      );
    }
    return {
      id: "turn",
      title: "A whole turn, and its first text",
      about:
        `The real server and a scripted model that says ${WORDS.length} words; the median of ${TURNS} turns of one ` +
        "thread each, in turns, by the clock on the wall. `@openai/codex-sdk` starts `codex exec` for every turn and shows no deltas, " +
        "so its first text is the whole message. (What the two clients differ by is less than what two turns differ by.)",
      figures,
    };
  },
};
