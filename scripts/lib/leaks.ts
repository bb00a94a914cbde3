import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

/** The environment variable that marks every process descended from one run of the tests. */
export const RUN_MARK = "CODEX_SDK_TEST_RUN";

/** A process that outlived its run. */
export interface Leak {
  readonly pid: number;
  readonly command: string;
}

/**
 * Finds the processes that carry the mark of a run, reparented ones included: a child inherits its environment, whoever
 * its parent becomes. Processes need a moment to be reaped, so a first sighting is confirmed until `patienceMs` is over.
 * Linux alone tells what it needs to know; elsewhere the list is empty.
 */
export async function findLeaks(mark: string, patienceMs = 3_000): Promise<Leak[]> {
  const end = Date.now() + patienceMs;
  for (;;) {
    const leaks = scan(`${RUN_MARK}=${mark}`);
    if (leaks.length === 0 || Date.now() > end) return leaks;
    await sleep(100);
  }
}

/** Ends what {@linkcode findLeaks} found, so that one bad run does not disturb the next. */
export function endLeaks(leaks: readonly Leak[]): void {
  for (const { pid } of leaks) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // it ended by itself
    }
  }
}

function scan(entry: string): Leak[] {
  if (process.platform !== "linux") return [];
  const leaks: Leak[] = [];
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name) || Number(name) === process.pid) continue;
    try {
      const environment = readFileSync(`/proc/${name}/environ`, "utf8").split("\0");
      if (!environment.includes(entry)) continue;
      const command = readFileSync(`/proc/${name}/cmdline`, "utf8").split("\0").join(" ").trim();
      if (command !== "") leaks.push({ pid: Number(name), command }); // a zombie has no command line
    } catch {
      // it ended while it was looked at
    }
  }
  return leaks;
}
