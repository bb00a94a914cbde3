import type { Codex } from "../client/codex.ts";
import type { CodexOptions } from "../client/options.ts";
import { checkRollout, checkThreadId, type Rollout, type RolloutStore } from "./rollout_store.ts";

/** A file of a home, and what it holds. */
type LocalRollout = Omit<Rollout, "version">;

/**
 * Brings a thread into a Codex home, works on it there with a server of its own, and saves it back when that server has
 * ended: only then has the file its last line.
 *
 * The newer copy wins: the store's, unless the home's begins with all of it and goes on, which is what a worker leaves
 * that died before it saved. A home's copy that went another way is set aside below `diverged/` in the home. If `work`
 * rejects, the thread is saved all the same: what the agent did is done.
 *
 * A home on a disk that is lost takes with it what was not saved. {@linkcode durableTurn} then finds the thread as it was
 * before, and gives the agent the message again: "at most once" holds per copy, and across homes only as far as the home
 * of a dead worker is found again.
 *
 * @param home The folder for `CODEX_HOME`, absolute; made if it is not there. Its own configuration and login hold.
 * @param work Gets a client of that home. It is closed afterwards.
 * @param options Of that client.
 * @throws {RolloutConflictError} If somebody else has saved the thread meanwhile; this copy stays in the home.
 * @throws {TypeError} If the store's path of the thread leads elsewhere than to the thread's own place.
 *
 * @example
 * ```ts
 * import { durableTurn, folderStore, withThread } from "@codex-app-server/sdk/durable";
 *
 * async function work(job: { id: string; threadId: string; prompt: string }) {
 *   const store = folderStore("/mnt/threads");
 *   return await withThread("/var/lib/codex", store, job.threadId, (codex) =>
 *     durableTurn(codex, { threadId: job.threadId, key: job.id, input: job.prompt }));
 * }
 * ```
 */
export async function withThread<T>(
  home: string,
  store: RolloutStore,
  threadId: string,
  work: (codex: Codex) => Promise<T>,
  options: CodexOptions = {},
): Promise<T> {
  checkThreadId(threadId);
  const { version, data } = await bring(home, store, threadId);
  const { Codex } = await import("../client/codex.ts");
  const codex = new Codex({ ...options, env: { ...options.env, CODEX_HOME: home } });
  try {
    return await work(codex);
  } finally {
    await codex.close();
    const now = await find(home, threadId);
    if (now !== null && !same(now.data, data)) {
      await store.save(threadId, { path: now.path, data: now.data, version: version + 1 });
    }
  }
}

/** Lays the newest copy into the home; says which version the store has, and what that one held. */
async function bring(
  home: string,
  store: RolloutStore,
  threadId: string,
): Promise<{ readonly version: number; readonly data: Uint8Array | null }> {
  const stored = await store.load(threadId);
  if (stored === null) return { version: 0, data: null };
  checkRollout(threadId, stored);
  const local = await find(home, threadId);
  if (local === null || !startsWith(local.data, stored.data)) {
    const { join, moveFile, writeWhole } = await import("../runtime/files.ts");
    if (local !== null && !startsWith(stored.data, local.data)) {
      await moveFile(join(home, local.path), join(home, "diverged", `${threadId}-before-${stored.version}.jsonl`));
    } else if (local !== null && local.path !== stored.path) {
      await (await import("../runtime/files.ts")).remove(join(home, local.path));
    }
    await writeWhole(join(home, stored.path), stored.data);
  }
  return { version: stored.version, data: stored.data };
}

/** The file of a thread in a home. */
async function find(home: string, threadId: string): Promise<LocalRollout | null> {
  const { filesBelow, join, readBytes } = await import("../runtime/files.ts");
  const name = (await filesBelow(join(home, "sessions"))).find((file) => file.endsWith(`-${threadId}.jsonl`));
  if (name === undefined) return null;
  const path = `sessions/${name}`;
  const data = await readBytes(join(home, path));
  return data === null ? null : { path, data };
}

function startsWith(whole: Uint8Array, start: Uint8Array): boolean {
  return whole.length >= start.length && start.every((byte, index) => whole[index] === byte);
}

function same(one: Uint8Array, other: Uint8Array | null): boolean {
  return other !== null && one.length === other.length && startsWith(one, other);
}
