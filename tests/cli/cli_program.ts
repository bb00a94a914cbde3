import { spawn } from "node:child_process";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { detectRuntime } from "../../src/runtime/select.ts";

/** How the program ended. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The command line of the program on the runtime that runs the tests. @param flags Deno's own. Default: all permissions. */
export function cliCommand(flags: readonly string[] = ["-A"]): [string, ...string[]] {
  const extension = import.meta.url.endsWith(".ts") ? "ts" : "js";
  const path = fileURLToPath(new URL(`../../src/cli/main.${extension}`, import.meta.url));
  return [process.execPath, ...detectRuntime() === "deno" ? ["run", "--no-check", "--no-prompt", ...flags] : [], path];
}

/** Runs a command line to its end. */
export function runProgram(
  [program = "", ...args]: readonly string[],
  options: { readonly env?: NodeJS.ProcessEnv; readonly input?: string } = {},
): Promise<Ended> {
  const { env = process.env, input = "" } = options;
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { env, timeout: 90_000, killSignal: "SIGKILL" });
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text) => stdout += text);
    child.stderr.setEncoding("utf8").on("data", (text) => stderr += text);
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, stdout, stderr }));
    child.stdin.on("error", () => {}).end(input);
  });
}
