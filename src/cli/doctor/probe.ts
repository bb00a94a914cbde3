import { isDenied } from "../../runtime/permission.ts";
import { redact } from "../../transport/redact.ts";
import { startTimer } from "../../util/timer.ts";
import type { Finding } from "./finding.ts";
import type { Patient } from "./patient.ts";

/** One look at the machine. */
export interface Probe {
  /** What its finding is called if it does not come to one. */
  readonly id: string;
  /** What people read while it runs. */
  readonly doing: string;
  /** How long it may take, in milliseconds. */
  readonly timeoutMs: number;
  /** Ends what it has started when the signal says so. */
  run(patient: Patient, signal: AbortSignal): Promise<readonly Finding[]> | readonly Finding[];
}

/** How long a probe that was told to stop may take to end what it has started, in milliseconds. */
const CLEAN_UP_MS = 5_000;

/**
 * Runs a probe. It never rejects, and never takes longer than its deadline and the time to clean up.
 *
 * @param stop Ends it before its time, and is what ends it at its time.
 */
export async function runProbe(probe: Probe, patient: Patient, stop: AbortController): Promise<readonly Finding[]> {
  const timers: (() => void)[] = [];
  const after = (ms: number) => new Promise<null>((resolve) => timers.push(startTimer(ms, () => resolve(null))));
  const work = (async () => await probe.run(patient, stop.signal))().catch((error) => [failed(probe, error)]);
  try {
    const found = await Promise.race([work, after(probe.timeoutMs)]);
    if (found !== null) return found.map(redacted);
    stop.abort(new Error(`It took longer than ${probe.timeoutMs / 1000} s`));
    await Promise.race([work, after(CLEAN_UP_MS)]);
    return [{
      id: probe.id,
      status: "problem",
      summary: `${probe.doing}: no answer within ${probe.timeoutMs / 1000} s`,
      fix: "Try again when the machine is less busy; --timeout gives it longer.",
    }];
  } finally {
    for (const cancel of timers) cancel();
  }
}

function failed({ id, doing }: Probe, error: unknown): Finding {
  const text = error instanceof Error ? error.message : String(error);
  if (isDenied(error)) {
    return {
      id,
      status: "skipped",
      summary: `${doing}: Deno did not permit it`,
      details: [redact(text)],
      fix: "Run the doctor with -A.",
    };
  }
  return {
    id,
    status: "problem",
    summary: `${doing}: it failed`,
    details: redact(text).split("\n"),
    fix: "`doctor --explain` says what an error's text means.",
  };
}

function redacted({ summary, details, fix, ...rest }: Finding): Finding {
  return {
    ...rest,
    summary: redact(summary),
    ...(details === undefined || details.length === 0 ? {} : { details: details.map(redact) }),
    ...(fix === undefined ? {} : { fix: redact(fix) }),
  };
}
