import { copyFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../../../scripts/lib/project.ts";
import { must } from "../../../scripts/lib/subprocess.ts";
import { contest, excessOf, valueOf } from "../lib/contest.ts";
import type { Figure, Row } from "../lib/row.ts";

/** A turn that streams for long, as real ones do, though without their pauses. */
const STREAM = { rounds: 12, deltas: 100_000, commands: 10 };

/** How fast the real server sends them at most: on one core, for a model that says nothing that takes longer. */
const REAL_DELTAS_A_MS = 10;

/** One that is nothing but commands, for what one of them costs. */
const WORK = { rounds: 30, deltas: 0, commands: 200 };

/** What `instrument` costs a streamed turn, in a program that has OpenTelemetry's SDK. */
export const otel: Row = {
  id: "otel",
  async measure(bench) {
    const folder = join(bench.folder, "sdk");
    mkdirSync(folder, { recursive: true });
    copyFileSync(join(ROOT, "tests/otel/sdk/package.json"), join(folder, "package.json"));
    const quietly = ["install", "--no-audit", "--no-fund", "--prefer-offline", "--no-package-lock"];
    await must("npm", quietly, { cwd: folder, timeoutMs: 120_000 });
    const figures: Figure[] = [];
    for (const runtime of bench.runtimes) {
      const contender = (name: string, { rounds, deltas, commands }: typeof STREAM) =>
        runtime.program(name, "otel", [join(folder, "package.json"), ...[rounds, deltas, commands].map(String)]);
      const samples = await contest([contender("stream", STREAM), contender("work", WORK)], bench.rounds);
      const on = `${runtime.name} ${runtime.version}`;
      const more = excessOf(samples, "work", "work", "watchedMs", "plainMs");
      figures.push(
        { runtime: on, who: "without telemetry", value: valueOf(samples, "stream", "plainMs"), unit: "ms" },
        {
          runtime: on,
          who: "**with `instrument`**",
          value: valueOf(samples, "stream", "watchedMs"),
          unit: "ms",
          verdict: {
            label: "more, of the time in which the real server sends as many",
            score: excessOf(samples, "stream", "stream", "watchedMs", "plainMs") / (STREAM.deltas / REAL_DELTAS_A_MS),
            limit: 0.03,
          },
        },
        { runtime: on, who: "a command, as a span", value: more / WORK.commands * 1000, unit: "µs" },
      );
    }
    return {
      id: "otel",
      title: "Telemetry of a streamed turn",
      about:
        `A turn of ${
          STREAM.deltas.toLocaleString("en")
        } deltas and ${STREAM.commands} commands, fed from memory, of a ` +
        `client that is instrumented and of one that is not, ${STREAM.rounds} of each in turns in one program that has ` +
        "OpenTelemetry's SDK (spans in batches, contexts in an AsyncLocalStorage). What the SDK sends to a collector in the " +
        `background is not in it. A command: of a turn of ${WORK.commands}, what each takes longer; most of it is the SDK's.`,
      figures,
    };
  },
};
