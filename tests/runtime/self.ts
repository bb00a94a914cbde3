/**
 * Programs of these tests, run by the runtime that runs the tests.
 *
 * @module
 */
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import process from "node:process";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { detectRuntime } from "../../src/runtime/select.ts";

/** The command line that runs a script of the tests (`"runtime/fault_child"`) on the present runtime. */
export function selfCommand(script: string, ...args: readonly string[]): [string, ...string[]] {
  // Node runs the tests transpiled.
  const extension = import.meta.url.endsWith(".ts") ? "ts" : "js";
  const path = fileURLToPath(new URL(`../${script}.${extension}`, import.meta.url));
  // Quiet, for Deno says on stderr when it waits for another one.
  const flags = detectRuntime() === "deno" ? ["run", "--quiet", "--no-check", "-A"] : [];
  return [process.execPath, ...flags, path, ...args];
}

/** The environment of the tests, as a plain record. */
export function selfEnv(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}

/** A process of this machine. */
export interface Listed {
  readonly pid: number;
  /** As `ps` writes it: `S`, `R+`, `Z` ... */
  readonly state: string;
  readonly command: string;
}

/** The processes of this machine. Deno opens /proc to `--allow-all` only, and not every machine has `ps`. */
function processes(): Listed[] {
  try {
    return readdirSync("/proc").filter((name) => /^\d+$/.test(name)).flatMap((name) => {
      try {
        const state = readFileSync(`/proc/${name}/stat`, "utf8").replace(/^.*\) /s, "").slice(0, 1);
        return [{
          pid: Number(name),
          state,
          command: readFileSync(`/proc/${name}/cmdline`, "utf8").replaceAll("\0", " "),
        }];
      } catch {
        return []; // it has just ended
      }
    });
  } catch {
    const { error, stdout } = spawnSync("ps", ["-A", "-ww", "-o", "pid=,state=,args="], { encoding: "utf8" });
    if (error !== undefined) throw error;
    return [...stdout.matchAll(/^\s*(\d+)\s+(\S+)\s+(.*)$/gm)].map(([, pid, state = "", command = ""]) => ({
      pid: Number(pid),
      state,
      command,
    }));
  }
}

/** Whether a process runs; one that has ended but was not reaped by its new parent does not. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  const found = processes().find((each) => each.pid === pid);
  return found !== undefined && !/^[ZX]/.test(found.state);
}

/** The processes whose command line contains `mark`. */
export function processesWith(mark: string): Listed[] {
  return processes().filter(({ command }) => command.includes(mark));
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
