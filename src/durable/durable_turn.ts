import type { Turn } from "../../gen/mod.ts";
import type { Codex } from "../client/codex.ts";
import type { ThreadOptions, TurnOptions } from "../client/options.ts";
import type { Thread } from "../client/thread/thread.ts";
import type { Input } from "../client/turn/input.ts";
import type { Notification } from "../router/notification.ts";
import { abortable } from "../util/abort.ts";
import { sleep } from "../util/timer.ts";
import { describeInterruption } from "./continuation.ts";
import { findWork, type FoundWork } from "./find_work.ts";
import { checkKey, continuationKey } from "./key_chain.ts";
import { oneAtATime } from "./one_at_a_time.ts";
import { type OpenedThread, openThread } from "./open_thread.ts";
import { takeBack } from "./take_back.ts";

/** What {@linkcode durableTurn} takes: a turn's own options, and what makes it durable. */
export type DurableTurnOptions =
  & Omit<TurnOptions, "clientUserMessageId" | "toolOutput">
  & Pick<ThreadOptions, "handlers" | "tools">
  & {
    /** The thread to work in. It must have been stored: see {@linkcode durableThread}. */
    readonly threadId: string;
    /**
     * Names this piece of work, once and for all, within its thread: the id of the job, for instance. The same key is the
     * same work, whatever the input says.
     */
    readonly key: string;
    /** What the agent is told, if it was not told before. Not an empty list: the key is stored with a message. */
    readonly input: Input;
    /**
     * Sees the events of the turn while it is waited for, in their order; may be async. What it throws is thrown once the
     * turn is over: it never costs the turn.
     */
    readonly onEvent?: ((event: Notification) => unknown) | undefined;
    /**
     * What the agent is told when it goes on with interrupted work. Is given the last turn of the work, with the items of
     * all of its turns: the first is what the agent was told at first. Default: {@linkcode describeInterruption}.
     */
    readonly continueWith?: ((interrupted: Turn) => Input) | undefined;
    /** Whether a turn that failed is gone on with, like one that was interrupted. Default `false`: it is a result. */
    readonly continueFailed?: boolean | undefined;
  };

/** How {@linkcode durableTurn} came by its turn. */
export interface DurableTurn {
  /** The protocol's turn, with all of its items: of work that was gone on with, the last one. */
  readonly turn: Turn;
  /**
   * `"ran"`: the message was given to the agent by this call. `"found"`: by an earlier one, whose turn is over, or was
   * still running and was waited for. `"continued"`: by an earlier one that was interrupted, and this call went on.
   */
  readonly how: "ran" | "found" | "continued";
}

/**
 * Runs a turn once, whoever died before: a worker may be killed at any moment, and the next one calls this again with
 * the same key.
 *
 * What is promised, as long as the thread's file is there:
 *
 * - The message is given to the agent **at most once**. The server stores its key with it before the model sees it; what a
 *   server that died in between has stored of it is taken back (by servers from 0.148 on).
 * - A turn that is over is **found**, and not run again. One that failed is over too; see `continueFailed`.
 * - A turn that was interrupted, by a dead worker or on purpose, is **gone on with**: the agent sees what it had done,
 *   and is told that it was interrupted. Each call goes on at most once, so a retry limit of the caller holds.
 * - A command that was running at the moment of death **may or may not** have had its effect.
 *
 * While another process has the thread open, this waits, and returns what that one came to. The thread is let go
 * afterwards, unless this client had it open before. On one server that several clients share, nothing keeps two of them
 * from giving the message at the same moment: there, let a queue see to it that each thread has one worker.
 *
 * @throws {TypeError} If the key cannot be one, or there is nothing to tell the agent.
 * @throws {InvalidRequestError} If there is no such thread, or it was never stored.
 * @throws {unknown} `signal.reason`, also while it waits for another worker; and whatever a turn can throw.
 *
 * @example
 * ```ts
 * import { durableTurn } from "@codex-app-server/sdk/durable";
 * import type { Codex } from "@codex-app-server/sdk";
 *
 * async function work(codex: Codex, job: { id: string; threadId: string; prompt: string }) {
 *   const { turn, how } = await durableTurn(codex, {
 *     threadId: job.threadId,
 *     key: job.id,
 *     input: job.prompt,
 *     timeoutMs: 600_000,
 *   });
 *   return { status: turn.status, how };
 * }
 * ```
 */
export async function durableTurn(codex: Codex, options: DurableTurnOptions): Promise<DurableTurn> {
  const { threadId, key, input, signal } = options;
  checkKey(key);
  checkInput(input, "input");
  signal?.throwIfAborted();
  return await oneAtATime(codex, threadId, signal, async (clearAway) => {
    const isOver = (work: FoundWork) => over(work, options);
    const opened = await openThread(
      codex,
      { ...options, clearAway },
      async () => isOver(await findWork(codex, threadId, key, { signal })),
    );
    if (!("thread" in opened)) return opened;
    const watcher = watcherOf(options);
    try {
      const result = await carryOn(codex, opened, { ...options, onEvent: watcher.onEvent });
      watcher.rethrow();
      return result;
    } finally {
      await opened.release();
    }
  });
}

/** How long after a first look a thread is looked at again whose last turn has no end, for it may run, or have ended. */
const OPEN_END_MS = 250;

/** With the thread in hand, what is stored is true. */
async function carryOn(
  codex: Codex,
  { thread, wasOpen }: OpenedThread,
  options: DurableTurnOptions,
): Promise<DurableTurn> {
  let lookedAgain = false;
  for (;;) {
    // Listens first and looks then, so that no turn ends unseen between the two.
    const events = thread.events();
    try {
      const work = await findWork(codex, thread.id, options.key, { signal: options.signal });
      const result = over(work, options);
      if (result !== null) return result;
      if (work.running === null) {
        if (work.openEnded && wasOpen && !lookedAgain) {
          lookedAgain = true;
          await sleep(OPEN_END_MS, options.signal);
          continue;
        }
        if (work.unsaid !== null) await takeBack(codex, thread.id, work.unsaid, { signal: options.signal });
        return await run(thread, work, options);
      }
      lookedAgain = false;
      const mine = work.running.id === work.last?.turn.id;
      await endOf(events, work.running.id, mine ? options : { signal: options.signal });
    } finally {
      await events.return?.();
    }
  }
}

/** The result, if the work is over; `null` if there is something left to do or to wait for. */
function over({ last }: FoundWork, { continueFailed = false }: DurableTurnOptions): DurableTurn | null {
  if (last === null) return null;
  const { status } = last.turn;
  const isOver = status === "completed" || (status === "failed" && !continueFailed);
  return isOver ? { turn: last.turn, how: "found" } : null;
}

/** Gives the agent the message, or tells it to go on. */
async function run(thread: Thread, { last, items }: FoundWork, options: DurableTurnOptions): Promise<DurableTurn> {
  const { key, input, onEvent, continueWith = describeInterruption } = options;
  const message = last === null ? input : continueWith({ ...last.turn, items: [...items] });
  checkInput(message, "continueWith");
  const clientUserMessageId = continuationKey(key, last === null ? 0 : last.place + 1);
  const handle = await thread.turn(message, { ...turnOptions(options), clientUserMessageId });
  const watching = onEvent === undefined ? Promise.resolve() : watch(handle.stream(), onEvent);
  const [run] = await Promise.allSettled([handle.run(), watching]);
  if (run.status === "rejected") throw run.reason;
  return { turn: run.value, how: last === null ? "ran" : "continued" };
}

/** What is left for the turn itself. */
function turnOptions(options: DurableTurnOptions): TurnOptions {
  const { threadId: _1, key: _2, input: _3, onEvent: _4, continueWith: _5, continueFailed: _6, ...rest } = options;
  const { handlers: _7, tools: _8, ...turn } = rest;
  return turn;
}

/**
 * The key is stored with the first item that the agent is told.
 *
 * @throws {TypeError} If there is none: nothing would be found of the work, and it would be done again.
 */
function checkInput(input: Input, what: string): void {
  if (!Array.isArray(input) || input.length > 0) return;
  throw new TypeError(
    `durableTurn needs something to tell the agent, and \`${what}\` is an empty list: the key is stored with the message, ` +
      "so the work would not be found again. Say something, if only an empty text",
  );
}

/** Shows events until that throws, and keeps what was thrown. */
function watcherOf({ onEvent }: DurableTurnOptions): Pick<DurableTurnOptions, "onEvent"> & { rethrow(): void } {
  let thrown: { readonly error: unknown } | undefined;
  const guarded = async (event: Notification) => {
    try {
      if (thrown === undefined) await onEvent?.(event);
    } catch (error) {
      thrown = { error };
    }
  };
  return {
    onEvent: onEvent && guarded,
    rethrow() {
      if (thrown !== undefined) throw thrown.error;
    },
  };
}

/** Shows the events to whoever wants them, one after the other. */
async function watch(stream: AsyncIterable<Notification>, onEvent: (event: Notification) => unknown): Promise<void> {
  for await (const event of stream) await onEvent(event);
}

/** How long a running turn is waited for in silence before its stored state is looked at anew. */
const LOOK_AGAIN_MS = 15_000;

/** Waits until a turn that somebody else began is over, or may be. Another one of the thread may end before. */
async function endOf(
  events: AsyncIterableIterator<Notification>,
  turnId: string,
  { signal, onEvent }: Pick<DurableTurnOptions, "signal" | "onEvent">,
): Promise<void> {
  for (;;) {
    const silence = new AbortController();
    const quiet = sleep(LOOK_AGAIN_MS, silence.signal).then(() => null, () => null);
    try {
      const next = await abortable(Promise.race([events.next(), quiet]), signal);
      if (next === null || next.done === true || next.value.method === "connection/gap") return;
      const { params } = next.value as { readonly params?: { turnId?: string; turn?: { id: string } } };
      if ((params?.turnId ?? params?.turn?.id) === turnId) await onEvent?.(next.value);
      // A review is stored under another id than its end tells.
      if (next.value.method === "turn/completed") return;
    } finally {
      silence.abort();
    }
  }
}
