import process from "node:process";
import { Readable } from "node:stream";
import { detectRuntime } from "./select.ts";

/** The host program's own standard streams, for a program that is itself a server's stand-in. */
export interface HostStdio {
  readonly stdin: ReadableStream<Uint8Array>;
  /** Resolves when the bytes have left the process, or cannot. */
  write(chunk: Uint8Array): Promise<void>;
  writeError(text: string): void;
  /** Makes SIGTERM do nothing. */
  ignoreSigterm(): void;
  exit(code: number): never;
  /** Ends the process as the kernel does: at once, without a word. */
  killSelf(): void;
}

/** The standard streams of this process. */
export function hostStdio(): HostStdio {
  return {
    stdin: Readable.toWeb(process.stdin) as ReadableStream<Uint8Array>,
    write: (chunk) => new Promise((resolve) => void process.stdout.write(chunk, () => resolve())),
    writeError: (text) => void process.stderr.write(text),
    ignoreSigterm: () => void process.on("SIGTERM", () => {}),
    exit: (code) => process.exit(code),
    killSelf: () => void process.kill(process.pid, "SIGKILL"),
  };
}

/** The command line that runs a script with this runtime. */
export function runScriptCommand(path: string): readonly [string, ...string[]] {
  return detectRuntime() === "deno" ? [process.execPath, "run", "--allow-all", path] : [process.execPath, path];
}
