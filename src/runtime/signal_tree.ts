/**
 * Signals a child's process group and, by SIGKILL, its descendants; if that cannot be had, `killChild` signals the child
 * alone.
 *
 * What it takes is loaded only now: nearly every server ends with its stdin, and Deno takes 30 ms for these parts of Node.
 */
export function signalTree(pid: number, signal: "SIGTERM" | "SIGKILL", killChild: () => void): void {
  import("./kill_tree.ts").then(({ killTree }) => killTree(pid, signal, killChild), killChild).catch(() => {});
}

/** Whether something runs in the group of a process that has exited. `ask` throws if the group has nobody in it. */
export async function groupRuns(pid: number, ask: () => void): Promise<boolean> {
  try {
    ask();
  } catch {
    return false; // nearly always
  }
  return await import("./kill_tree.ts").then(({ runsInGroup }) => runsInGroup(pid), () => true);
}
