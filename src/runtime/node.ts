import type { Child, ExitStatus, SpawnOptions } from "./child.ts";
import { host } from "./host.ts";
import { groupRuns, signalTree } from "./signal_tree.ts";
import { readableOf, type Refable, refSwitch, writableOf } from "./node_streams.ts";
import { nodeMain } from "./main_program.ts";
import { joinPath, parentPath } from "./paths.ts";
import type { Runtime } from "./runtime.ts";

/** Starts a child by `node:child_process`; also works under Deno and Bun. */
async function spawn(options: SpawnOptions): Promise<Child> {
  const child = globalThis.process.getBuiltinModule("node:child_process").spawn(options.command, [...options.args], {
    cwd: options.cwd,
    env: { ...options.env },
    stdio: ["pipe", "pipe", "pipe"],
    detached: globalThis.process.platform !== "win32",
    windowsHide: true,
  });
  // "exit" and not "close": a grandchild that inherited a pipe would hold "close" back for ever.
  const exited = new Promise<ExitStatus>((resolve) => {
    child.once("exit", (code, signal) => resolve({ code: signal === null ? code : null, signal }));
  });
  await new Promise<void>((resolve, reject) => {
    child.once("spawn", resolve);
    child.once("error", reject);
  });
  child.on("error", () => {}); // a kill that failed
  const pid = child.pid!;
  const pipes = [child.stdin, child.stdout, child.stderr] as Refable[];
  return {
    pid,
    stdin: writableOf(child.stdin),
    stdout: readableOf(child.stdout),
    stderr: readableOf(child.stderr),
    exited,
    kill: (signal) => signalTree(pid, signal, () => child.kill(signal)),
    groupRuns: () => groupRuns(pid, () => globalThis.process.kill(-pid, 0)),
    ...refSwitch([child, ...pipes]),
  };
}

/** The adapter for Node. */
export function nodeRuntime(): Runtime {
  const { process } = globalThis;
  const { platform } = process;
  return {
    ...host(),
    name: "node",
    spawn,
    main: () => nodeMain(process, (...parts) => joinPath(platform, ...parts)),
    unaskedSource: () => null,
    // A single executable application has its modules in itself.
    programDir: () => isSingleExecutable() ? parentPath(platform, process.execPath) : null,
  };
}

function isSingleExecutable(): boolean {
  const sea = globalThis.process.getBuiltinModule("node:sea") as { isSea?(): boolean } | undefined;
  return sea?.isSea?.() ?? false;
}
