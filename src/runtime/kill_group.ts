import process from "node:process";

/**
 * Signals the process group that `pid` leads, or by `killChild` the child alone: on Windows, which has no groups, and
 * under Deno with a restricted `--allow-run`, which permits a program's own children only.
 */
export function killGroup(pid: number, signal: "SIGTERM" | "SIGKILL", killChild: () => void): void {
  try {
    if (process.platform !== "win32") {
      process.kill(-pid, signal);
      return;
    }
  } catch (error) {
    if ((error as { code?: unknown }).code === "ESRCH") return; // The whole group has exited.
  }
  try {
    killChild();
  } catch {
    // It has exited.
  }
}
