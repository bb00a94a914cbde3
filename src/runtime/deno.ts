import { tooOld } from "../util/too_old.ts";
import type { Child, ExitStatus, SpawnOptions } from "./child.ts";
import { denoPermissions } from "./deno_permissions.ts";
import { denoMain } from "./main_program.ts";
import { paced } from "./paced.ts";
import { parentPath } from "./paths.ts";
import { look } from "./permission.ts";
import type { PathInfo, Runtime } from "./runtime.ts";
import { groupRuns, signalTree } from "./signal_tree.ts";
import { unlessGone } from "./unless_gone.ts";

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
    groupRuns: () => groupRuns(child.pid, () => askGroup(child.pid)),
    ref: () => unlessGone(() => child.ref()),
    unref: () => unlessGone(() => child.unref()),
  };
}

/** @throws If nobody is in the group, or without the permission to signal one; its user is not asked for that. */
function askGroup(pid: number): void {
  if (isWindows() || denoPermissions()?.run !== "all") throw new Error("There is no group to be asked");
  Deno.kill(-pid, "SIGCONT"); // what runs goes on
}

function stat(path: string): PathInfo {
  const found = look(() => Deno.statSync(path), null);
  if (found === null) return { kind: "missing", executable: false };
  const executable = isWindows() || ((found.mode ?? 0) & 0o111) !== 0;
  return { kind: found.isDirectory ? "directory" : found.isFile ? "file" : "other", executable };
}

function readHead(path: string, length: number): Uint8Array {
  const file = Deno.openSync(path);
  try {
    const buffer = new Uint8Array(length);
    return buffer.subarray(0, file.readSync(buffer) ?? 0);
  } finally {
    file.close();
  }
}

/**
 * The adapter for Deno. Of Node it uses nothing: the first `node:` module costs a program 20 ms.
 *
 * @throws {StartError} If this Deno is too old.
 */
export function denoRuntime(): Runtime {
  // The youngest of the things that are needed, and it would be missed only when a child runs already.
  if (!("setImmediate" in globalThis)) throw tooOld("setImmediate");
  const platform = nodeName(Deno.build.os);
  return {
    name: "deno",
    platform,
    arch: nodeName(Deno.build.arch),
    spawn,
    env: () => Deno.env.toObject(),
    cwd: () => Deno.cwd(),
    main: () => denoMain(platform, () => Deno.mainModule),
    unaskedSource: () => null,
    programDir: () => Deno.build.standalone ? parentPath(platform, Deno.execPath()) : null,
    stat,
    realPath: (path) => look(() => Deno.realPathSync(path), path),
    head: (path, length) => look(() => readHead(path, length), null),
    list: (path) => look(() => Array.from(Deno.readDirSync(path), ({ name }) => name), []),
    makeFolder: (path) => Deno.mkdirSync(path, { recursive: true, mode: 0o700 }),
  };
}
