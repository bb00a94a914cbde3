import { readdir, readFile } from "node:fs/promises";

/** Whether {@linkcode processesWith} can see processes here. */
export const seesProcesses: boolean = process.platform === "linux";

/** The ids of the processes in whose environment a text stands, such as the path of a temporary home. */
export async function processesWith(text: string): Promise<number[]> {
  const ids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(ids.map(async (id) => {
    const environment = await readFile(`/proc/${id}/environ`, "utf8").catch(() => "");
    return environment.includes(text) ? [Number(id)] : [];
  }));
  return found.flat();
}

/** Waits until no process has the text in its environment; returns those that still have it after `withinMs`. */
export async function processesLeft(text: string, withinMs = 2000): Promise<number[]> {
  const until = Date.now() + withinMs;
  for (;;) {
    const left = await processesWith(text);
    if (left.length === 0 || Date.now() > until) return left;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Kills them, and whatever they are just running: that may have ended by itself meanwhile. */
export async function killAll(mark: string): Promise<void> {
  for (const id of await processesWith(mark)) {
    try {
      process.kill(id, "SIGKILL");
    } catch (error) {
      if ((error as { readonly code?: unknown }).code !== "ESRCH") throw error;
    }
  }
}
