/**
 * Programs of these tests, run by the runtime that runs the tests.
 *
 * @module
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import process from "node:process";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { detectRuntime } from "../../src/runtime/select.ts";

/** The command line that runs a script of this folder (`"fault_child"`) on the present runtime. */
export function selfCommand(script: string, ...args: readonly string[]): [string, ...string[]] {
  // Node runs the tests transpiled.
  const extension = import.meta.url.endsWith(".ts") ? "ts" : "js";
  const path = fileURLToPath(new URL(`./${script}.${extension}`, import.meta.url));
  const flags = detectRuntime() === "deno" ? ["run", "--no-check", "--no-lock", "-A"] : [];
  return [process.execPath, ...flags, path, ...args];
}

/** The environment of the tests, as a plain record. */
export function selfEnv(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}

/** Whether a process runs; one that has ended but was not reaped by its new parent does not. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  const stat = `/proc/${pid}/stat`;
  if (!existsSync("/proc/self/stat")) return true;
  try {
    return !/^\d+ \(.*\) [ZX]/s.test(readFileSync(stat, "utf8"));
  } catch {
    return false;
  }
}

/** The processes whose command line contains `mark`. Linux alone can tell; elsewhere there are none. */
export function processesWith(mark: string): number[] {
  if (!existsSync("/proc/self/cmdline")) return [];
  return readdirSync("/proc").filter((name) => /^\d+$/.test(name)).map(Number).filter((pid) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(mark);
    } catch {
      return false; // it has just ended
    }
  });
}

/** Waits until `pid` has ended. Fails after `limitMs`; ends the process then, so that nothing is left behind. */
export async function waitUntilGone(pid: number, limitMs = 10_000): Promise<void> {
  const end = Date.now() + limitMs;
  while (isRunning(pid)) {
    if (Date.now() > end) {
      process.kill(pid, "SIGKILL");
      throw new Error(`process ${pid} still ran after ${limitMs} ms`);
    }
    await delay(10);
  }
}
