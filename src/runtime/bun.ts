import type { Readable } from "node:stream";
import type { Child, ExitStatus, SpawnOptions } from "./child.ts";
import { host } from "./host.ts";
import { groupRuns, signalTree } from "./signal_tree.ts";
import { readableOf, type Refable, refSwitch } from "./node_streams.ts";
import { dotEnvOf } from "./dot_env.ts";
import { bunMain } from "./main_program.ts";
import { paced } from "./paced.ts";
import { parentPath } from "./paths.ts";
import type { Runtime } from "./runtime.ts";

/** The sliver of Bun that is used here. */
declare const Bun: { readonly main: string; spawn(options: BunSpawnOptions): BunChild };

interface BunSpawnOptions {
  readonly cmd: string[];
  readonly cwd?: string;
  readonly env: Record<string, string>;
  readonly stdin: "pipe";
  readonly stdout: "pipe";
  readonly stderr: "pipe";
  readonly detached: boolean;
  readonly windowsHide: boolean;
}

interface BunChild {
  readonly pid: number;
  readonly stdin: FileSink;
  readonly stdout: ReadableStream<Uint8Array>;
  readonly stderr: ReadableStream<Uint8Array>;
  readonly exited: Promise<number>;
  readonly exitCode: number | null;
  readonly signalCode: string | null;
  kill(signal: string): void;
  ref(): void;
  unref(): void;
}

interface FileSink {
  write(chunk: Uint8Array): number | Promise<number>;
  flush(): number | Promise<number>;
  end(): number | Promise<number>;
}

// deno-lint-ignore require-await -- the contract is a rejection, never a throw
async function spawn(options: SpawnOptions): Promise<Child> {
  const child = Bun.spawn({
    cmd: [options.command, ...options.args],
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    env: { ...options.env },
    stdin: "pipe",
    stdout: "pipe",
    stderr: "pipe",
    detached: globalThis.process.platform !== "win32",
    windowsHide: true,
  });
  const exited = child.exited.then((): ExitStatus => {
    const signal = child.signalCode;
    return { code: signal === null ? child.exitCode : null, signal };
  });
  const stdout = nodePipe(child.stdout);
  const stderr = nodePipe(child.stderr);
  return {
    pid: child.pid,
    stdin: toWritable(child.stdin, exited),
    stdout: paced(readableOf(stdout)),
    stderr: paced(readableOf(stderr)),
    exited,
    kill: (signal) => signalTree(child.pid, signal, () => child.kill(signal)),
    groupRuns: () => groupRuns(child.pid, () => globalThis.process.kill(-child.pid, 0)),
    ...refSwitch([child, stdout, stderr]),
  };
}

/**
 * Bun's Web streams hold the event loop whenever they are read; only their Node form can let it go. Bun takes 5 ms to
 * load `node:stream`, and does so here while the child starts.
 */
function nodePipe(stream: ReadableStream<Uint8Array>): Readable & Refable {
  const { Readable } = globalThis.process.getBuiltinModule("node:stream");
  const pipe: Readable & Refable = Readable.fromWeb(stream as Parameters<typeof Readable.fromWeb>[0]);
  pipe.ref?.(); // Bun counts from 0, and `unref` acts on the way from 1 to 0 only.
  return pipe;
}

/** Bun's sink swallows what is written to a dead process, so its death has to be told to the stream. */
function toWritable(sink: FileSink, exited: Promise<unknown>): WritableStream<Uint8Array> {
  return new WritableStream({
    start(controller) {
      exited.then(() => controller.error(new Error("EPIPE: the process has exited")));
    },
    async write(chunk) {
      await sink.write(chunk);
      await sink.flush();
    },
    async close() {
      await sink.end();
    },
    async abort() {
      await sink.end();
    },
  });
}

/** The adapter for Bun. */
export function bunRuntime(): Runtime {
  const { process } = globalThis;
  return {
    ...host(),
    name: "bun",
    spawn,
    main: () => bunMain(Bun.main),
    unaskedSource: (variable) => dotEnvOf(variable, process),
    // `bun build --compile` puts the modules into a file system of its own.
    programDir: () =>
      /^(\/\$bunfs|[A-Z]:[\\/]~BUN)[\\/]/.test(Bun.main) ? parentPath(process.platform, process.execPath) : null,
  };
}
