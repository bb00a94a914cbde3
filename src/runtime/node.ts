import { type ChildProcessWithoutNullStreams, spawn as spawnChild } from "node:child_process";
import process from "node:process";
import type { Readable, Writable } from "node:stream";
import type { Child, ExitStatus, SpawnOptions } from "./child.ts";
import { host } from "./host.ts";
import type { Runtime } from "./runtime.ts";

/** Starts a child by `node:child_process`; also works under Deno and Bun. */
async function spawn(options: SpawnOptions): Promise<Child> {
  const child = spawnChild(options.command, [...options.args], {
    cwd: options.cwd,
    env: { ...options.env },
    stdio: ["pipe", "pipe", "pipe"],
    detached: host.platform !== "win32",
    windowsHide: true,
  });
  // "exit" and not "close": a grandchild that inherited a pipe would hold "close" back for ever.
  const exited = new Promise<ExitStatus>((resolve) => {
    child.once("exit", (code, signal) => resolve({ code: signal === null ? code : null, signal }));
  });
  const stdin = toWritable(child.stdin);
  const stdout = toReadable(child.stdout);
  const stderr = toReadable(child.stderr);
  await new Promise<void>((resolve, reject) => {
    child.once("spawn", resolve);
    child.once("error", reject);
  });
  child.on("error", () => {}); // a failed kill
  return {
    pid: child.pid!,
    stdin,
    stdout,
    stderr,
    exited,
    kill: (signal) => kill(child, signal),
    ref: () => each(child, "ref"),
    unref: () => each(child, "unref"),
  };
}

function kill(child: ChildProcessWithoutNullStreams, signal: "SIGTERM" | "SIGKILL"): void {
  try {
    if (host.platform === "win32") child.kill(signal);
    else process.kill(-child.pid!, signal);
  } catch {
    // The whole group has exited.
  }
}

/** The pipes are sockets, and each holds the event loop for itself. */
function each(child: ChildProcessWithoutNullStreams, verb: "ref" | "unref"): void {
  child[verb]();
  for (const pipe of [child.stdin, child.stdout, child.stderr]) {
    (pipe as { ref?(): void; unref?(): void })[verb]?.();
  }
}

/** One chunk at a time, done when the kernel has it; that is the back-pressure. */
function toWritable(pipe: Writable): WritableStream<Uint8Array> {
  return new WritableStream({
    start(controller) {
      pipe.on("error", (error) => controller.error(error));
    },
    write(chunk) {
      return new Promise((resolve, reject) => {
        pipe.write(chunk, (error) => error == null ? resolve() : reject(error));
      });
    },
    close() {
      return new Promise((resolve) => pipe.end(() => resolve()));
    },
    abort() {
      pipe.destroy();
    },
  });
}

/** Not `Readable.toWeb`: a pipe that ends because its process was killed is an end, not an `AbortError`. */
function toReadable(pipe: Readable): ReadableStream<Uint8Array> {
  let open = true;
  return new ReadableStream({
    start(controller) {
      const finish = () => {
        if (open) controller.close();
        open = false;
      };
      pipe.on("data", (chunk: Uint8Array) => {
        if (!open) return;
        controller.enqueue(new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength));
        if (controller.desiredSize! <= 0) pipe.pause();
      });
      pipe.on("end", finish);
      pipe.on("close", finish);
      pipe.on("error", finish);
    },
    pull() {
      pipe.resume();
    },
    cancel() {
      open = false;
      pipe.destroy();
    },
  });
}

/** The adapter for Node. */
export const nodeRuntime: Runtime = { ...host, name: "node", spawn };
