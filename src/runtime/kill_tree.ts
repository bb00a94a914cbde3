import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import process from "node:process";

/**
 * Signals the process group that `pid` leads. SIGKILL, which no process can pass on to those it started, also goes to
 * all its descendants: the commands of an agent run in groups of their own.
 *
 * Where neither is possible, `killChild` signals the child alone: under Deno with a restricted `--allow-run`, which
 * permits a program's own children only.
 */
export function killTree(pid: number, signal: "SIGTERM" | "SIGKILL", killChild: () => void): void {
  if (process.platform === "win32") {
    // There are no groups, and SIGTERM is no request either: it ends the process at once.
    if (signal === "SIGKILL") attempt(() => run("taskkill.exe", "/PID", String(pid), "/T", "/F"));
    attempt(killChild);
    return;
  }
  const below = signal === "SIGKILL" ? descendants(pid, processTable()) : [];
  if (!attempt(() => process.kill(-pid, signal))) attempt(killChild);
  for (const target of below) attempt(() => process.kill(target, signal));
}

/** All processes below `root`, in a table from each process to its parent. */
export function descendants(root: number, table: ReadonlyMap<number, number>): number[] {
  const found = new Set([root]);
  for (let before = 0; before < found.size;) {
    before = found.size;
    for (const [pid, parent] of table) if (found.has(parent)) found.add(pid);
  }
  found.delete(root);
  return [...found];
}

/** Whether the group has somebody in it who runs. Where nobody reaps orphans, the dead stay in their groups for ever. */
export function runsInGroup(pgid: number): boolean {
  const states: string[] = [];
  const isRead = process.platform === "linux" && attempt(() => {
    for (const { state, group } of readProc()) if (group === pgid) states.push(state);
  });
  if (!isRead) return attempt(() => process.kill(-pgid, 0));
  return states.some((state) => !/[ZX]/.test(state));
}

/** The processes of this machine and their parents; empty if this may not be asked. */
export function processTable(platform: string = process.platform): Map<number, number> {
  const table = new Map<number, number>();
  // Deno opens /proc to --allow-all only, and asks for less to run `ps`.
  if (platform === "linux" && attempt(() => readProc().forEach(({ pid, parent }) => table.set(pid, parent)))) {
    return table;
  }
  attempt(() => {
    for (const line of run("ps", "-A", "-o", "pid=,ppid=").split("\n")) {
      const [pid, parent] = line.trim().split(/\s+/).map(Number);
      if (pid !== undefined && parent !== undefined) table.set(pid, parent);
    }
  });
  return table;
}

interface Proc {
  readonly pid: number;
  readonly state: string;
  readonly parent: number;
  readonly group: number;
}

function readProc(): Proc[] {
  const found: Proc[] = [];
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    attempt(() => {
      // The name of a process stands in parentheses, and may hold some: what is wanted follows the last.
      const fields = readFileSync(`/proc/${name}/stat`, "utf8").replace(/^.*\)/s, "").trim().split(" ");
      const [state = "", parent, group] = fields;
      found.push({ pid: Number(name), state, parent: Number(parent), group: Number(group) });
    });
  }
  return found;
}

/** Runs a program of the system, if it is where it belongs. */
function run(name: string, ...args: string[]): string {
  let failure: unknown = new Error(`${name} is in no folder of the system`);
  for (const command of systemPrograms(process.platform, name, process.env["SystemRoot"])) {
    const { error, stdout } = spawnSync(command, args, { encoding: "utf8", windowsHide: true });
    if (error === undefined) return stdout;
    failure = error;
  }
  throw failure;
}

/**
 * Where a program of the system may be. Never `PATH`: what has its name there may be anybody's, such as a repository's,
 * whose `node_modules/.bin` comes first under `npm run`.
 */
export function systemPrograms(platform: string, name: string, systemRoot: string | undefined): string[] {
  if (platform !== "win32") return [`/bin/${name}`, `/usr/bin/${name}`];
  return /^[A-Za-z]:\\/.test(systemRoot ?? "") ? [`${systemRoot}\\System32\\${name}`] : [];
}

/** Whether it worked. What is to be ended may have ended, and what is to be read may not be permitted. */
function attempt(act: () => unknown): boolean {
  try {
    act();
    return true;
  } catch {
    return false;
  }
}
