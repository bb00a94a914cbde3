/** A thread as a file: everything that the agent remembers of it. */
export interface Rollout {
  /** Counts the times that the thread was saved, from 1. */
  readonly version: number;
  /** Where the file lies below a Codex home, with `/`: `sessions/2026/11/25/rollout-...-ID.jsonl`. */
  readonly path: string;
  /** What it holds. */
  readonly data: Uint8Array<ArrayBuffer>;
}

/**
 * Keeps threads for workers that share no disk. Two calls are all that a store must have; {@linkcode folderStore} is one,
 * and a table of a database makes another.
 */
export interface RolloutStore {
  /** The newest version of a thread, or `null` if it was never saved. */
  load(threadId: string): Promise<Rollout | null>;
  /**
   * Keeps `rollout` as the thread's newest version, exactly if the one before it (`rollout.version - 1`) is the newest
   * now; 1 is the first. Both at once: of two savers of one version, one must fail.
   *
   * @throws {RolloutConflictError} If another version is the newest.
   */
  save(threadId: string, rollout: Rollout): Promise<void>;
}

const ID = /^[0-9a-zA-Z][0-9a-zA-Z_-]{0,127}$/;
const PATH = /^sessions(?:\/[0-9]{1,4}){0,3}\/rollout-[0-9a-zA-Z_.-]+\.jsonl$/;

/**
 * Refuses an id that would not be safe as a part of a path.
 *
 * @throws {TypeError} If it is none.
 */
export function checkThreadId(threadId: string): string {
  if (typeof threadId === "string" && ID.test(threadId)) return threadId;
  throw new TypeError(`${JSON.stringify(threadId)} is not the id of a thread`);
}

/**
 * Refuses what would write anywhere but to the thread's own place: what a store says is not believed.
 *
 * @throws {TypeError} If the path is another one, or the version is not a count.
 */
export function checkRollout(threadId: string, { version, path }: Rollout): void {
  if (!Number.isSafeInteger(version) || version < 1) {
    throw new TypeError(`The version of thread ${threadId} must count from 1, and the store says ${version}`);
  }
  if (!PATH.test(path) || !path.endsWith(`-${checkThreadId(threadId)}.jsonl`)) {
    throw new TypeError(
      `The store says that thread ${threadId} lies at ${JSON.stringify(path)}; expected ` +
        `sessions/YEAR/MONTH/DAY/rollout-TIME-${threadId}.jsonl`,
    );
  }
}
