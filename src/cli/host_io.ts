import process from "node:process";
import { Readable, type Writable } from "node:stream";
import { isDenied } from "../runtime/permission.ts";
import type { CliIo } from "./io.ts";

/** Before that, asking again does not keep a command from taking away what it has made, in milliseconds. */
const PATIENCE_MS = 1000;

/** This process as {@linkcode CliIo}; `flushed` resolves when all that was written has left. */
export function hostIo(): { readonly io: CliIo; readonly flushed: () => Promise<void> } {
  const { stdin, stdout, stderr } = process;
  const stop = new AbortController();
  let askedAt: number | undefined;
  // SIGHUP: the terminal was closed.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => {
      const now = performance.now();
      askedAt ??= now;
      // Asked again, by somebody who has waited: not by a key that was pressed twice, or a signal that came by two ways.
      if (now - askedAt > PATIENCE_MS) process.exit(130);
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
