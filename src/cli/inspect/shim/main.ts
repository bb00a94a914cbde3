/**
 * Stands in place of `codex app-server`: starts the real one, passes everything on as it is, and tells the inspector of
 * it. It is a program of its own, in one file, in a temporary folder. Nothing here waits for the inspector.
 *
 * @module
 */
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import process from "node:process";
import type { Readable } from "node:stream";
import { isatty } from "node:tty";
import { writeOwn } from "../../../runtime/own_output.ts";
import { HANDED_ON, type ShimConfig } from "./config.ts";
import { Tee } from "./tee.ts";

/** Passed on, each once: the server has a process group of its own, so that none reaches it twice. */
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR2"] as const;

/** Where a killed server leaves bytes that nobody reads, they are given up after so long. */
const LAST_BYTES_MS = 1000;

const config = JSON.parse(readFileSync(new URL("config.json", import.meta.url), "utf8")) as ShimConfig;
if (config.replays) relay();
else stand();

function stand(): void {
  const args = process.argv.slice(2);
  const env = { ...process.env };
  for (const [name, meant] of Object.entries(HANDED_ON)) {
    if (env[name] === undefined) continue;
    env[meant] = env[name];
    delete env[name];
  }
  const cwd = env["INSPECT_CWD"];
  delete env["INSPECT_CWD"];
  if (cwd !== undefined && env["PWD"] !== undefined) env["PWD"] = cwd;
  const isTerminal = isatty(2);
  const child = spawn(config.codex, args, {
    cwd,
    env,
    stdio: ["pipe", "pipe", isTerminal ? "inherit" : "pipe"],
    detached: true,
  });
  const tee = new Tee(config, { pid: child.pid ?? null, args, cwd: cwd ?? null });
  child.once("error", (error) => {
    process.stderr.write(`codex (inspected): cannot start ${config.codex}: ${error.message}\n`);
    void leave(127, null);
  });
  if (child.pid === undefined) return;

  const { stdin, stdout, stderr } = child;
  if (stdin === null || stdout === null) return;
  // Towards the server: as fast as it reads.
  process.stdin.on("data", (chunk: Uint8Array) => {
    tee.tell("out", chunk);
    if (!stdin.write(chunk)) process.stdin.pause();
  });
  stdin.on("drain", () => process.stdin.resume());
  process.stdin.on("end", () => stdin.end());
  process.stdin.on("error", () => stdin.end());
  // It reads no more: neither does this program.
  stdin.on("error", () => process.stdin.destroy());

  const outputs = [pass(stdout, 1, (chunk) => tee.tell("in", chunk))];
  if (stderr !== null) outputs.push(pass(stderr, 2, (chunk) => tee.tell("err", chunk)));
  const passed = Promise.all(outputs);

  const send = (signal: NodeJS.Signals) => {
    try {
      // Not by `child.kill`, after which Deno takes every end for one by that signal.
      process.kill(child.pid!, signal);
    } catch {
      // It has ended.
    }
  };
  for (const signal of SIGNALS) {
    try {
      process.on(signal, () => send(signal));
    } catch {
      // This system, or this runtime, has no such signal.
    }
  }
  child.once("exit", async (code, signal) => {
    const stop = signal === null ? undefined : setTimeout(() => void leave(code, signal), LAST_BYTES_MS);
    await passed;
    clearTimeout(stop);
    await leave(code, signal);
  });

  /** Ends as the server did. */
  async function leave(code: number | null, signal: NodeJS.Signals | null): Promise<void> {
    await tee.end(JSON.stringify({ code, signal }));
    if (signal !== null) {
      process.removeAllListeners(signal);
      process.kill(process.pid, signal);
      // The signal may be one that this runtime keeps to itself.
      setTimeout(() => process.exit(1), 1000);
      return;
    }
    process.exit(code ?? 1);
  }
}

/** Passes a stream on to one of this program's own, as fast as that is read. Resolves when all has left, or cannot. */
async function pass(source: Readable, fd: 1 | 2, tell: (chunk: Uint8Array) => void): Promise<void> {
  try {
    for await (const chunk of source as AsyncIterable<Uint8Array>) {
      tell(chunk);
      await writeOwn(fd, chunk);
    }
  } catch {
    // Nobody reads it any more, so the server is told by its own pipe; or the pipe broke with its process.
    source.destroy();
  }
}

/** The inspector itself is the server: what it says goes out, what comes in goes to it. */
function relay(): void {
  const socket = connect(config.port, "127.0.0.1", () => {
    socket.write(`${config.token}\n`);
    process.stdin.pipe(socket);
  });
  const done = pass(socket, 1, () => {});
  socket.on("error", (error) => {
    process.stderr.write(`codex (replayed): ${error.message}\n`);
    process.exit(1);
  });
  void done.then(() => process.exit(0));
}
