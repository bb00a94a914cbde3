import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { type ShimFolder, shimFolder } from "../../../src/cli/inspect/proxy/shim_folder.ts";
import { logShim, type OnShim, teeServer } from "../../../src/cli/inspect/proxy/tee_server.ts";
import { EventLog } from "../../../src/cli/inspect/server/event_log.ts";

/** A shim before a stand-in for codex. */
export interface TestShim extends AsyncDisposable {
  readonly folder: ShimFolder;
  /** What stands in for codex, to be started without the shim. */
  readonly codex: string;
  readonly log: EventLog;
  readonly port: number;
  /** Starts it as a client does. */
  start(args: readonly string[], options?: StartOptions): Running;
  /** The inspector is gone. */
  loseInspector(): void;
}

/** How to start it. */
export interface StartOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly program?: string;
}

/** A program that runs. */
export interface Running {
  readonly child: ChildProcessWithoutNullStreams;
  /** All of its stdout, once it has ended. */
  readonly output: Promise<Uint8Array>;
  readonly ended: Promise<{ readonly code: number | null; readonly signal: string | null }>;
}

/** The token that the shim has. */
export const TOKEN = "the-token-of-a-test";

/** Makes one. `onShim` takes the inspector's place. */
export async function testShim(onShim?: OnShim): Promise<TestShim> {
  const log = new EventLog({ maxEvents: 1_000_000, maxChars: 1_000_000_000 });
  const tee = await teeServer(TOKEN, onShim ?? logShim(log, true));
  const home = await mkdtemp(join(tmpdir(), "inspect tést "));
  const codex = join(home, "codex");
  const program = fileURLToPath(new URL("stand_in.mjs", import.meta.url));
  const runtime = "Deno" in globalThis ? [process.execPath, "run", "-A", "--no-config"] : [process.execPath];
  const words = [...runtime, program].map((word) => `'${word.replaceAll("'", `'\\''`)}'`);
  await writeFile(codex, `#!/bin/sh\nexec ${words.join(" ")} "$@"\n`);
  await chmod(codex, 0o755);
  const config = { port: tee.port, token: TOKEN, codex, replays: false };
  const folder = await shimFolder(config, { codexBin: undefined, pathDir: null });
  const children: ChildProcessWithoutNullStreams[] = [];
  return {
    folder,
    codex,
    log,
    port: tee.port,
    loseInspector: () => tee.close(),
    start(args, { cwd, env, program = folder.program } = {}) {
      const child = spawn(program, args, { cwd: cwd ?? home, env: { ...process.env, ...env }, stdio: "pipe" });
      children.push(child);
      child.stdin.on("error", () => {});
      const chunks: Uint8Array[] = [];
      child.stdout.on("data", (chunk: Uint8Array) => chunks.push(chunk));
      const ended = new Promise<{ code: number | null; signal: string | null }>((resolve) => {
        child.once("close", (code, signal) => resolve({ code, signal }));
      });
      return { child, ended, output: ended.then(() => joined(chunks)) };
    },
    async [Symbol.asyncDispose]() {
      for (const child of children) if (child.exitCode === null && child.signalCode === null) child.kill("SIGKILL");
      tee.close();
      await folder.remove();
      await rm(home, { recursive: true, force: true });
    },
  };
}

/** One after the other. */
export function joined(chunks: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(chunks.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all;
}

/** What is said to a port that belongs to shims, and what comes back. */
export function saidTo(port: number, text: string): Promise<string> {
  return new Promise((resolve) => {
    let heard = "";
    const socket = connect(port, "127.0.0.1", () => socket.write(text));
    socket.on("data", (chunk: Uint8Array) => heard += new TextDecoder().decode(chunk));
    socket.on("error", () => {});
    socket.on("close", () => resolve(heard));
  });
}
