/**
 * Runs a program of examples/ on the runtime that runs the tests, as a user would, with the scripted model.
 *
 * @module
 */
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { detectRuntime } from "../../src/runtime/select.ts";

/** How an example ended. */
export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** What it left in the temporary folder. */
  readonly left: readonly string[];
}

/** What to start an example with. */
export interface ExampleOptions {
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

/** After so long an example is stuck, in milliseconds. */
const TIMEOUT_MS = 90_000;

/** The command line that runs an example on the present runtime. */
export function exampleCommand(name: string): [string, ...string[]] {
  // Node runs the examples transpiled, as it does the tests.
  const extension = import.meta.url.endsWith(".ts") ? "ts" : "js";
  const path = fileURLToPath(new URL(`../../examples/${name}.${extension}`, import.meta.url));
  // Quiet, for Deno says on stderr when it waits for another one.
  const flags = detectRuntime() === "deno" ? ["run", "--quiet", "--no-check", "-A"] : [];
  return [process.execPath, ...flags, path];
}

/** Runs an example to its end. */
export async function runExample(name: string, options: ExampleOptions = {}): Promise<Outcome> {
  const running = new RunningExample(name, options);
  running.end();
  return await running.ended;
}

/** An example that runs, to talk to. */
export class RunningExample {
  readonly ended: Promise<Outcome>;
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #waiting = new Set<() => void>();
  #over = false;
  #stdout = "";
  #stderr = "";
  #read = 0;

  constructor(name: string, options: ExampleOptions = {}) {
    const temp = mkdtempSync(join(tmpdir(), "codex-example-"));
    const [command, ...args] = exampleCommand(name);
    this.#child = spawn(command, [...args, ...options.args ?? []], {
      cwd: options.cwd ?? process.cwd(),
      env: {
        ...process.env,
        NO_COLOR: "1",
        CODEX_DEMO_MODEL: "scripted",
        ...options.env,
        TMPDIR: temp,
        TEMP: temp,
        TMP: temp,
      },
    });
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), TIMEOUT_MS);
    this.#child.stdout.setEncoding("utf8").on("data", (text: string) => this.#grow(() => this.#stdout += text));
    this.#child.stderr.setEncoding("utf8").on("data", (text: string) => this.#grow(() => this.#stderr += text));
    this.ended = new Promise((resolve, reject) => {
      this.#child.on("error", reject);
      this.#child.on("close", (code) => {
        clearTimeout(timer);
        const left = readdirSync(temp);
        rmSync(temp, { recursive: true, force: true });
        this.#grow(() => this.#over = true);
        resolve({ code, stdout: this.#stdout, stderr: this.#stderr, left });
      });
    });
  }

  /** Waits until this text stands in the output, behind what the last call found. */
  async printed(text: string): Promise<void> {
    for (;;) {
      const at = this.#stdout.indexOf(text, this.#read);
      if (at >= 0) {
        this.#read = at + text.length;
        return;
      }
      if (this.#over) throw new Error(`"${text}" was not printed:\n${this.#stdout}\n${this.#stderr}`);
      await new Promise<void>((resolve) => this.#waiting.add(resolve));
    }
  }

  /** Types a line. */
  type(line: string): void {
    this.#child.stdin.write(`${line}\n`);
  }

  /** Closes its standard input. */
  end(): void {
    this.#child.stdin.end();
  }

  /** Sends it a signal, and to no one else. */
  kill(signal: "SIGINT" | "SIGTERM"): void {
    // Not `child.kill`: Deno then takes the signal for the end, whatever the program makes of it.
    process.kill(this.#child.pid!, signal);
  }

  #grow(change: () => void): void {
    change();
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  }
}
