import { dirname } from "node:path";
import type { Child, ExitStatus, SpawnOptions } from "./child.ts";
import { host } from "./host.ts";
import { killTree } from "./kill_tree.ts";
import { paced } from "./paced.ts";
import type { Runtime } from "./runtime.ts";

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
    detached: host.platform !== "win32",
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
    kill: (signal) => killTree(child.pid, signal, () => child.kill(signal)),
    ref: () => child.ref(),
    unref: () => child.unref(),
  };
}

/** The adapter for Deno. */
export const denoRuntime: Runtime = {
  ...host,
  name: "deno",
  spawn,
  programDir: () => Deno.build.standalone ? dirname(Deno.execPath()) : null,
};
