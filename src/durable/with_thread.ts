import { Codex } from "../client/codex.ts";
import type { CodexOptions } from "../client/options.ts";
import { checkRollout, checkThreadId, type RolloutStore } from "./rollout_store.ts";

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
  const { findRollout } = await import("./home_rollout.ts");
  const { version, data } = await bring(home, store, threadId);
  const codex = new Codex({ ...options, env: { ...options.env, CODEX_HOME: home } });
  const [result] = await Promise.allSettled([Promise.resolve(codex).then(work)]);
  await codex.close();
  try {
    const now = await findRollout(home, threadId);
    if (now !== null && !same(now.data, data)) {
      await store.save(threadId, { path: now.path, data: now.data, version: version + 1 });
    }
  } catch (error) {
    if (result.status === "fulfilled") throw error;
    throw new AggregateError([result.reason, error], `The work on thread ${threadId} failed, and so did saving it`);
  }
  if (result.status === "rejected") throw result.reason;
  return result.value;
}

/** Lays the newest copy into the home; says which version the store has, and what that one holds. */
async function bring(
  home: string,
  store: RolloutStore,
  threadId: string,
): Promise<{ readonly version: number; readonly data: Uint8Array | null }> {
  const { join, moveFile, remove, writeWhole } = await import("../runtime/files.ts");
  const { findRollout } = await import("./home_rollout.ts");
  const stored = await store.load(threadId);
  const local = await findRollout(home, threadId);
  if (stored === null) return { version: 0, data: null };
  checkRollout(threadId, stored);
  const { version, path, data } = stored;
  if (local !== null && startsWith(local.data, data)) return { version, data };
  if (local !== null && startsWith(data, local.data)) await remove(join(home, local.place));
  else if (local !== null) {
    await moveFile(join(home, local.place), join(home, "diverged", `${threadId}-before-${version}.jsonl`));
  }
  await writeWhole(join(home, path), data);
  return { version, data };
}

function startsWith(whole: Uint8Array, start: Uint8Array): boolean {
  return whole.length >= start.length && start.every((byte, index) => whole[index] === byte);
}

function same(one: Uint8Array, other: Uint8Array | null): boolean {
  return other !== null && one.length === other.length && startsWith(one, other);
}
