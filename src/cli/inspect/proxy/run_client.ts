import { spawn } from "node:child_process";
import { constants } from "node:os";
import process from "node:process";
import { delimiter } from "node:path";
import { UsageError } from "../../usage_error.ts";
import type { ShimFolder } from "./shim_folder.ts";

/** How a client ended. */
export interface ClientEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"] as const;

/**
 * Runs the client with the shim in place of `codex`. Its streams are this program's own, which touches none of them, and
 * signals are its affair while it runs: they go on to it, and do nothing here.
 *
 * @throws {UsageError} If it cannot be started.
 */
export async function runClient(
  [program, ...args]: readonly [string, ...string[]],
  shim: ShimFolder,
  { env, cwd }: { readonly env: Readonly<Record<string, string>>; readonly cwd: string },
): Promise<ClientEnd> {
  const child = spawn(program, args, {
    cwd,
    env: {
      ...env,
      CODEX_BIN: shim.program,
      PATH: `${shim.path}${delimiter}${env["PATH"] ?? "/usr/local/bin:/usr/bin:/bin"}`,
    },
    stdio: "inherit",
  });
  const passOn = SIGNALS.map((signal) => {
    const others = process.listeners(signal);
    const pass = () => {
      // What is typed into a terminal reaches the client by itself: it is in the same group.
      if ((signal === "SIGINT" || signal === "SIGQUIT") && process.stdin.isTTY === true) return;
      try {
        // Not by `child.kill`, after which Deno takes every end for one by that signal.
        process.kill(child.pid!, signal);
      } catch {
        // It has ended.
      }
    };
    process.removeAllListeners(signal);
    process.on(signal, pass);
    return () => {
      process.off(signal, pass);
      for (const other of others) process.on(signal, other);
    };
  });
  try {
    return await new Promise((resolve, reject) => {
      child.once("error", (error) => reject(new UsageError(`Cannot start ${program}: ${error.message}`)));
      child.once("exit", (code, signal) => resolve({ code, signal }));
    });
  } finally {
    for (const stop of passOn) stop();
  }
}

/** The exit code that tells the same, as shells word it: 143 after SIGTERM. */
export function codeOf({ code, signal }: ClientEnd): number {
  return signal === null ? code ?? 1 : 128 + constants.signals[signal];
}
