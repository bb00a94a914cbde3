import { codexHome, message, ScriptedModel } from "@codex-app-server/sdk/testing";
import { join } from "node:path";
import { type Contender, contest, ratioOf, valueOf } from "../lib/contest.ts";
import type { Figure, Row } from "../lib/row.ts";

const TURNS = 64;
const BOUND = 8;
const WORDS = Array.from({ length: 50 }, (_, i) => `word ${i} `);

/** 64 turns at once, against the official Python SDK. */
export const atOnce: Row = {
  id: "at_once",
  async measure(bench) {
    const model = new ScriptedModel();
    model.always(() => [message(WORDS)]);
    await using listener = await model.listen();
    await using home = await codexHome({ modelUrl: listener.url });
    const args = [bench.binary, JSON.stringify(home.env), home.path, String(TURNS)];
    const python: Contender[] = bench.pythonPeer === null ? [] : [{
      name: "python",
      command: "python3",
      args: [join(import.meta.dirname!, "../programs/at_once.py"), ...args],
      env: { PYTHONPATH: bench.pythonPeer },
    }];
    const figures: Figure[] = [];
    for (const runtime of bench.runtimes) {
      const samples = await contest([
        runtime.program("unbounded", "at_once", [...args, "0"]),
        runtime.program("bounded", "at_once", [...args, String(BOUND)]),
        ...python,
      ], Math.min(bench.rounds, 3));
      const figure = (who: string, name: string): Figure => ({
        runtime: `${runtime.name} ${runtime.version}`,
        who,
        value: valueOf(samples, name, "wallMs") / 1000,
        unit: "s",
      });
      const label = "times the Python SDK";
      const times = (name: string) => ({ label, score: ratioOf(samples, name, "python", "wallMs"), unsteady: true });
      if (python.length > 0) figures.push(figure("the Python SDK, async", "python"));
      figures.push(
        { ...figure("**this SDK**", "unbounded"), verdict: times("unbounded") },
        {
          ...figure(`**this SDK**, \`maxConcurrentTurns: ${BOUND}\``, "bounded"),
          verdict: { ...times("bounded"), limit: 1 },
        },
      );
    }
    return {
      id: "at_once",
      title: `${TURNS} turns at once`,
      about:
        `One real server that is started, ${TURNS} threads with a turn each, begun together, until all are over; by the clock ` +
        `on the wall. A scripted model says ${WORDS.length} words and takes no time for them, so that the server is all that ` +
        "counts. The Python SDK waits in threads, 6 on 2 cores, and so bounds its turns by itself, as `maxConcurrentTurns` does " +
        "here. What a bound saves depends on the model; of one that thinks, as models do, it costs more than it saves: " +
        "[guides](guides.md#many-at-once). `@openai/codex-sdk` has a process for each turn: see its own table.",
      figures,
    };
  },
};
