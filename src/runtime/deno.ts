import type { Child, ExitStatus, SpawnOptions } from "./child.ts";
import { paced } from "./paced.ts";
import { parentPath } from "./paths.ts";
import { look } from "./permission.ts";
import type { PathInfo, Runtime } from "./runtime.ts";
import { signalTree } from "./signal_tree.ts";

/** What Node calls otherwise. */
const NODE_NAMES: Readonly<Record<string, string>> = { windows: "win32", x86_64: "x64", aarch64: "arm64" };

const nodeName = (name: string): string => NODE_NAMES[name] ?? name;

const isWindows = (): boolean => Deno.build.os === "windows";

// deno-lint-ignore require-await -- the contract is a rejection, never a throw
async function spawn(options: SpawnOptions): Promise<Child> {
  const child = new Deno.Command(options.command, {
    args: [...options.args],
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    clearEnv: true,
    env: { ...options.env },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
    detached: !isWindows(),
  }).spawn();
  return {
    pid: child.pid,
    stdin: child.stdin,
    stdout: paced(child.stdout),
    stderr: paced(child.stderr),
    exited: child.status.then((status): ExitStatus => ({
      code: status.signal === null ? status.code : null,
      signal: status.signal,
    })),
    kill: (signal) => signalTree(child.pid, signal, () => child.kill(signal)),
    ref: () => child.ref(),
    unref: () => child.unref(),
  };
}

async function stat(path: string): Promise<PathInfo> {
  const found = await look(Deno.stat(path), null);
  if (found === null) return { kind: "missing", executable: false };
  const executable = isWindows() || ((found.mode ?? 0) & 0o111) !== 0;
  return { kind: found.isDirectory ? "directory" : "file", executable };
}

async function readHead(path: string, length: number): Promise<Uint8Array> {
  const file = await Deno.open(path);
  try {
    const buffer = new Uint8Array(length);
    return buffer.subarray(0, await file.read(buffer) ?? 0);
  } finally {
    file.close();
  }
}

async function names(path: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { name } of Deno.readDir(path)) found.push(name);
  return found;
}

/** The adapter for Deno. Of Node it uses nothing: the first `node:` module costs a program 20 ms. */
export function denoRuntime(): Runtime {
  const platform = nodeName(Deno.build.os);
  return {
    name: "deno",
    platform,
    arch: nodeName(Deno.build.arch),
    spawn,
    env: () => Deno.env.toObject(),
    cwd: () => Deno.cwd(),
    programDir: () => Deno.build.standalone ? parentPath(platform, Deno.execPath()) : null,
    stat,
    realPath: (path) => look(Deno.realPath(path), path),
    head: (path, length) => look(readHead(path, length), null),
    list: (path) => look(names(path), []),
  };
}
