import type { CliIo } from "../io.ts";
import { progress } from "../progress.ts";
import { readArgs } from "../read_args.ts";
import { UsageError } from "../usage_error.ts";
import { explain } from "./explain.ts";
import { hasProblem } from "./finding.ts";
import { receive, type Wishes } from "./patient.ts";
import { runProbe } from "./probe.ts";
import { PROBES } from "./probes.ts";
import { jsonReport, textReport } from "./report.ts";

const HELP = `Usage: doctor [OPTIONS]

Looks at this machine as a program of the SDK meets it: the runtime, the binary and why it is that one, versions, login,
sandbox, home, PATH, proxies, threads that others hold; runs a turn with a scripted model; asks codex's own doctor. It
changes nothing, shows no secrets, and ends what it starts.

Options:
      --codex PATH     this binary, rather than the one that would be found
      --from FOLDER    look for the binary as a program in this folder would
      --live           also ask the real model one question: a few tokens
      --explain TEXT   say what the text of an error means; - reads it from stdin
      --ignore ID      let this finding not count for the exit code; may be repeated
      --timeout SECS   how long each look may take at the most
      --json           for programs
  -h, --help           this text

Exit code: 0 if nothing keeps a program from working, 1 if something does, 2 if the command line was wrong.
`;

const OPTIONS = {
  codex: { type: "string" },
  from: { type: "string" },
  live: { type: "boolean" },
  explain: { type: "string" },
  ignore: { type: "string", multiple: true },
  timeout: { type: "string" },
  json: { type: "boolean" },
} as const;

/** Says what is wrong with this machine's codex, and what to do about it. */
export async function doctor(args: readonly string[], io: CliIo): Promise<number> {
  const { values } = readArgs(args, OPTIONS);
  if (values["help"] === true) {
    await io.write(HELP);
    return 0;
  }
  const json = values["json"] === true;
  const text = (name: "codex" | "from" | "explain") => values[name] as string | undefined;
  if (text("explain") !== undefined) return await explain(text("explain")!, json, io);
  const timeoutMs = seconds(values["timeout"] as string | undefined);
  const ignored = new Set((values["ignore"] ?? []) as string[]);
  const wishes: Wishes = { codexBin: text("codex"), from: text("from"), live: values["live"] === true };
  const findings = await examine(io, wishes, timeoutMs);
  io.signal.throwIfAborted();
  const ok = !hasProblem(findings, ignored);
  await io.write(json ? jsonReport(findings, ok) : textReport(findings, ignored, io));
  return ok ? 0 : 1;
}

async function examine(io: CliIo, wishes: Wishes, timeoutMs: number | undefined) {
  const patient = receive(io, wishes);
  const line = progress(io);
  const running = new Set(PROBES.map(({ doing }) => doing));
  const tell = () => running.size > 0 && line.show(`${[...running].join(", ")} ...`);
  tell();
  const looks = PROBES.map((probe) => ({
    probe: timeoutMs === undefined ? probe : { ...probe, timeoutMs },
    stop: new AbortController(),
  }));
  // One listener for all: Node warns of a signal that has many.
  const stopAll = () => looks.forEach(({ stop }) => stop.abort(io.signal.reason));
  io.signal.addEventListener("abort", stopAll, { once: true });
  if (io.signal.aborted) stopAll();
  const found = await Promise.all(looks.map(async ({ probe, stop }) => {
    const findings = await runProbe(probe, patient, stop);
    running.delete(probe.doing);
    tell();
    return findings;
  }));
  io.signal.removeEventListener("abort", stopAll);
  await line.clear();
  return found.flat();
}

function seconds(given: string | undefined): number | undefined {
  if (given === undefined) return undefined;
  const value = Number(given);
  if (!(value > 0 && value <= 3600)) throw new UsageError(`--timeout takes seconds, up to 3600, and not ${given}.`);
  return value * 1000;
}
