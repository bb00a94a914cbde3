import type { Codex } from "../client/codex.ts";
import type { CallOptions, ThreadOptions } from "../client/options.ts";
import type { Thread } from "../client/thread/thread.ts";
import { InternalRpcError, InvalidParamsError, InvalidRequestError, ThreadBusyError } from "../errors.ts";
import { abortable } from "../util/abort.ts";
import { sleep } from "../util/timer.ts";

/** Between two looks at a thread that another process holds. */
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 2_000;

/** A thread that this client has open, and how it is let go. */
export interface OpenedThread {
  readonly thread: Thread;
  /** Whether this server had it open before. Then other turns of it can run, or have just ended. */
  readonly wasOpen: boolean;
  release(): Promise<void>;
}

/** What is needed to open a thread. */
export interface OpenOptions extends ThreadOptions {
  readonly threadId: string;
  /** Told of the letting go of a thread that nobody waited for any more when it was open. */
  readonly clearAway: (done: Promise<void>) => void;
}

/** So many times a thread is looked at again that is neither here nor in the archive, before it is put right. */
const ASTRAY_LOOKS = 3;

/**
 * Opens a thread, which makes this server its only writer. While another process is that, looks again and again for what
 * that one has come to, which needs no lock, and returns it as soon as there is something.
 */
export async function openThread<R extends object>(
  codex: Codex,
  { threadId, signal, handlers, tools, clearAway }: OpenOptions,
  result: () => Promise<R | null>,
): Promise<OpenedThread | R> {
  let pause = FIRST_PAUSE_MS;
  for (let astray = 0;; pause = Math.min(2 * pause, LONGEST_PAUSE_MS)) {
    const found = await unlessUnknown(result);
    if (found !== null) return found;
    const wasOpen = await isLoaded(codex, threadId, { signal });
    signal?.throwIfAborted();
    // Once asked for, it will be open, whoever still waits for it: so it is given up only to be let go.
    const opening = resume(codex, threadId, { handlers, tools });
    try {
      const thread = await abortable(opening, signal);
      return { thread, wasOpen, release: async () => wasOpen ? undefined : await letGo(thread) };
    } catch (error) {
      if (signal?.aborted === true && !wasOpen) clearAway(opening.then(letGo, () => {}));
      if (isAstray(error)) {
        // Somebody may be letting it go this very moment, so it is looked at again first.
        astray++;
        if (astray > 2 * ASTRAY_LOOKS || (astray > ASTRAY_LOOKS && !await putRight(codex, threadId, error))) {
          throw error;
        }
      } else if (error instanceof ThreadBusyError) astray = 0;
      else throw error;
    }
    await sleep(pause, signal);
  }
}

/** What the server says of a thread whose file is elsewhere than it has just read, or is moved while it reads. */
function isAstray(error: unknown): error is InvalidRequestError | InternalRpcError {
  if (error instanceof InvalidRequestError) {
    return /\bno (archived )?rollout found\b|\bis archived\b/.test(error.message);
  }
  return error instanceof InternalRpcError && /\bos error [23]\b|\bdoes not exist\b/.test(error.message);
}

/** A thread that is being let go is in the archive for a moment; who died in that moment has left it there. */
async function resume(codex: Codex, threadId: string, options: ThreadOptions): Promise<Thread> {
  try {
    return await codex.threadResume(threadId, { excludeTurns: true }, options);
  } catch (error) {
    // A server that is too old for it: its answer is longer then, and as good.
    if (error instanceof InvalidParamsError) return await codex.threadResume(threadId, {}, options);
    if (!(error instanceof InvalidRequestError) || !/\bis archived\b/.test(error.message)) throw error;
    return await codex.threadUnarchive(threadId, options);
  }
}

/**
 * Puts a thread right that a dying server has left half archived: its file is in one place, and the server's own index
 * says the other. The file goes where the index says. Only for a server whose home is on this machine.
 *
 * @returns Whether there was something to put right.
 */
async function putRight(codex: Codex, threadId: string, { message }: Error): Promise<boolean> {
  const { findRollout } = await import("./home_rollout.ts");
  const { join, moveFile } = await import("../runtime/files.ts");
  const home = codex.metadata.codexHome;
  const rollout = await findRollout(home, threadId);
  if (rollout === null) return false;
  const wanted = /no archived rollout|\barchived_sessions\b/.test(message) ? rollout.archived : rollout.path;
  if (rollout.place !== wanted) await moveFile(join(home, rollout.place), join(home, wanted));
  return true;
}

/**
 * A thread that the server does not know yet has no result, nor has one whose file is moved while it is read. What the
 * server has against it, the resumption says better.
 */
async function unlessUnknown<R>(result: () => Promise<R | null>): Promise<R | null> {
  try {
    return await result();
  } catch (error) {
    if (error instanceof InvalidRequestError || error instanceof InternalRpcError) return null;
    throw error;
  }
}

/** Lets a thread go, so that another process may have it. */
async function letGo(thread: Thread): Promise<void> {
  try {
    await thread.release();
  } catch {
    // The turn has its result, or its error. Who comes next finds the thread busy, and waits.
  }
}

async function isLoaded(codex: Codex, threadId: string, call: CallOptions): Promise<boolean> {
  let cursor: string | null = null;
  do {
    const page: { data: string[]; nextCursor?: string | null } = await codex.request(
      "thread/loaded/list",
      cursor === null ? {} : { cursor },
      call,
    );
    if (page.data.includes(threadId)) return true;
    cursor = page.nextCursor === cursor ? null : page.nextCursor ?? null;
  } while (cursor !== null);
  return false;
}
