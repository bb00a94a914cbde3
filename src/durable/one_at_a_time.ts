import type { Codex } from "../client/codex.ts";
import { abortable } from "../util/abort.ts";
import { deferred } from "../util/deferred.ts";

/** The last work on each thread of each client, while there is any. */
const queues = new WeakMap<Codex, Map<string, Promise<void>>>();

/**
 * Runs works on one thread of one client one after the other. Between processes the server's own lock does that; within
 * one, both works would pass it.
 *
 * @param work Is given how to keep the next one waiting beyond its own end, until something is cleared away.
 */
export async function oneAtATime<T>(
  codex: Codex,
  threadId: string,
  signal: AbortSignal | undefined,
  work: (clearAway: (done: Promise<void>) => void) => Promise<T>,
): Promise<T> {
  const queue = queues.get(codex) ?? new Map<string, Promise<void>>();
  queues.set(codex, queue);
  const before = queue.get(threadId) ?? Promise.resolve();
  const mine = deferred<void>();
  let left = Promise.resolve();
  const settled = before.then(() => mine.promise);
  queue.set(threadId, settled);
  settled.then(() => {
    if (queue.get(threadId) === settled) queue.delete(threadId);
  });
  try {
    await abortable(before, signal);
    return await work((done) => left = done);
  } finally {
    left.then(mine.resolve, mine.resolve);
  }
}
