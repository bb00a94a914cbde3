import { copyFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../../../scripts/lib/project.ts";
import { must } from "../../../scripts/lib/subprocess.ts";
import { command, message, type ModelRequest, reasoning, ScriptedModel } from "@codex-app-server/sdk/testing";
import { contest, valueOf } from "../lib/contest.ts";
import type { Figure, Row } from "../lib/row.ts";

/** A turn as agents work: the model thinks, runs a command, and so on, and then it says what it has found. */
const COMMANDS = 4;
const WORDS = Array.from({ length: 300 }, (_, at) => `word ${at} `);
const REAL_ROUNDS = 10;

/** One that streams without a pause, for what a delta costs. */
const STREAM = { rounds: 30, deltas: 50_000, commands: 0 };

/** One that is nothing but commands, for what one of them costs. */
const WORK = { rounds: 30, deltas: 0, commands: 200 };

/** What `instrument` costs a turn, in a program that has OpenTelemetry's SDK. */
export const otel: Row = {
  id: "otel",
  async measure(bench) {
    const folder = join(bench.folder, "sdk");
    mkdirSync(folder, { recursive: true });
    copyFileSync(join(ROOT, "tests/otel/sdk/package.json"), join(folder, "package.json"));
    const quietly = ["install", "--no-audit", "--no-fund", "--prefer-offline", "--no-package-lock"];
    await must("npm", quietly, { cwd: folder, timeoutMs: 120_000 });
    const model = new ScriptedModel();
    model.always(reply);
    await using listener = await model.listen();
    const figures: Figure[] = [];
    for (const runtime of bench.runtimes) {
      const program = (name: string, rounds: number, ...args: (string | number)[]) =>
        runtime.program(name, "otel", [join(folder, "package.json"), ...[rounds, ...args].map(String)]);
      const samples = await contest([
        program("real", REAL_ROUNDS, "real", listener.url, bench.binary),
        program("stream", STREAM.rounds, "fed", STREAM.deltas, STREAM.commands),
        program("work", WORK.rounds, "fed", WORK.deltas, WORK.commands),
      ], Math.min(bench.rounds, 3));
      const figure = (who: string, name: string, key: string, unit: string, times = 1): Figure => ({
        runtime: `${runtime.name} ${runtime.version}`,
        who,
        value: valueOf(samples, name, key) * times,
        unit,
      });
      const judged = (figure: Figure, label: string, name: string, key: string): Figure => ({
        ...figure,
        verdict: { label, score: valueOf(samples, name, key), limit: 3, unsteady: true },
      });
      figures.push(
        figure("a turn of the real server", "real", "wallMs", "ms"),
        figure("what its client takes of the main thread", "real", "plainMs", "ms"),
        judged(
          figure("**with `instrument`** it takes", "real", "watchedMs", "ms"),
          "% of the turn more",
          "real",
          "percentOfTurn",
        ),
        figure("a delta, from memory", "stream", "plainMs", "µs", 1000 / STREAM.deltas),
        judged(
          figure("**with `instrument`**, a delta", "stream", "watchedMs", "µs", 1000 / STREAM.deltas),
          "% of a delta more",
          "stream",
          "percentOfClient",
        ),
        figure("a command, as a span", "work", "moreMs", "µs", 1000 / WORK.commands),
      );
    }
    return {
      id: "otel",
      title: "Telemetry of a turn",
      about:
        "A client that is instrumented and one that is not, in turns in one program that has OpenTelemetry's SDK (spans in " +
        "batches, contexts in an AsyncLocalStorage), by the time of the main thread; medians of what they differ by in each pair. What the SDK sends to a " +
        `collector in the background is not in it. The turn of the real server has ${COMMANDS} commands, a thought before ` +
        `each, and an answer of ${WORDS.length} words, all from a model that takes no time: with a real one it lasts many times ` +
        `as long, and the telemetry costs the same. From memory, without a pause: turns of ${
          STREAM.deltas.toLocaleString("en")
        } deltas, and turns of ${WORK.commands} commands; most of what a command costs is the SDK's.`,
      figures,
    };
  },
};

function reply({ body: { input } }: ModelRequest) {
  const asked = input.findLastIndex(({ role }) => role === "user");
  const done = input.slice(asked).filter((item) => "output" in item).length;
  return done < COMMANDS ? [reasoning(`I look once more: ${done}.`), command("echo some words")] : [message(WORDS)];
}
