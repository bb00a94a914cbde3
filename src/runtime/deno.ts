import type { Child, ExitStatus, SpawnOptions } from "./child.ts";
import { host } from "./host.ts";
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
    detached: true,
  }).spawn();
  return {
    pid: child.pid,
    stdin: child.stdin,
    stdout: child.stdout,
    stderr: child.stderr,
    exited: child.status.then((status): ExitStatus => ({
      code: status.signal === null ? status.code : null,
      signal: status.signal,
    })),
    kill: (signal) => kill(child, signal),
    ref: () => child.ref(),
    unref: () => child.unref(),
  };
}

function kill(child: Deno.ChildProcess, signal: "SIGTERM" | "SIGKILL"): void {
  try {
    // A group can be signalled with an unrestricted `--allow-run` only.
    if (host.platform !== "win32") return Deno.kill(-child.pid, signal);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotCapable)) return;
  }
  try {
    child.kill(signal);
  } catch {
    // It has exited.
  }
}

/** The adapter for Deno. */
export const denoRuntime: Runtime = { ...host, name: "deno", spawn };
