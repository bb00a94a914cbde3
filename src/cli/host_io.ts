import process from "node:process";
import { Readable, type Writable } from "node:stream";
import { isDenied } from "../runtime/permission.ts";
import type { CliIo } from "./io.ts";

/** This process as {@linkcode CliIo}; `flushed` resolves when all that was written has left. */
export function hostIo(): { readonly io: CliIo; readonly flushed: () => Promise<void> } {
  const { stdin, stdout, stderr } = process;
  const stop = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, () => {
      if (stop.signal.aborted) process.exit(130); // asked twice
      stop.abort(new Error(`Ended by ${signal}`));
    });
  }
  const toStdout = writer(stdout);
  const toStderr = writer(stderr);
  const io: CliIo = {
    env: environment(),
    cwd: workingDirectory(),
    signal: stop.signal,
    terminal: { stdin: stdin.isTTY === true, stdout: stdout.isTTY === true, stderr: stderr.isTTY === true },
    columns: stdout.columns || 80, // some terminals say 0
    stdin: () => Readable.toWeb(stdin) as ReadableStream<Uint8Array>,
    write: toStdout,
    writeError: toStderr,
  };
  return { io, flushed: async () => void await Promise.all([toStdout(""), toStderr("")]) };
}

/** Under Deno it may be closed to this program: `doctor` tells what is missing, and must be able to start for that. */
function environment(): Record<string, string> {
  try {
    return Object.fromEntries(
      Object.entries(process.env).flatMap(([name, value]) => value === undefined ? [] : [[name, value]]),
    );
  } catch (error) {
    if (!isDenied(error)) throw error;
    return {};
  }
}

/** The same of the working directory, which may also have been removed. */
function workingDirectory(): string {
  try {
    return process.cwd();
  } catch {
    return ".";
  }
}

function writer(stream: Writable): (text: string | Uint8Array) => Promise<void> {
  let isGone = false;
  // `doctor | head -1`: whoever reads has seen enough.
  stream.on("error", () => isGone = true);
  return (text) =>
    new Promise((resolve) => {
      if (isGone) return resolve();
      stream.write(text, () => resolve());
    });
}
