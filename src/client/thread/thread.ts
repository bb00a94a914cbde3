import type {
  ReviewTarget,
  ThreadArchiveResponse,
  ThreadBackgroundTerminalsCleanResponse,
  ThreadCompactStartResponse,
  ThreadForkResponse,
  ThreadReadParams,
  ThreadReadResponse,
  ThreadResumeResponse,
  ThreadSetNameResponse,
  ThreadStartResponse,
  ThreadUnarchiveResponse,
  Turn,
} from "../../../gen/mod.ts";
import type { Notification } from "../../router/notification.ts";
import type { OwnHandlers } from "../../router/thread_handlers.ts";
import type { Input } from "../turn/input.ts";
import type { CallOptions, ReviewOptions, TurnOptions } from "../options.ts";
import { startReview } from "../turn/start_review.ts";
import { releaseThread } from "./release.ts";
import { compactThread } from "./compact.ts";
import { startTurn } from "../turn/start_turn.ts";
import type { TurnHandle } from "../turn/turn_handle.ts";
import type { TurnServices } from "../turn/turn_services.ts";

/** What a thread was opened with. */
export type ThreadResponse =
  | ThreadStartResponse
  | ThreadResumeResponse
  | ThreadForkResponse
  | ThreadUnarchiveResponse;

/**
 * A conversation. Several turns on one thread make a conversation of several rounds.
 *
 * Comes from `codex.threadStart`, `threadResume`, `threadFork` or `threadUnarchive`. The protocol's own record of the
 * same name is `Thread` in `@codex-app-server/sdk/protocol`; the one of this thread is `thread.response.thread`.
 */
export class Thread {
  /** The thread's id. */
  readonly id: string;
  /** The server's answer that opened this thread, unchanged. */
  readonly response: ThreadResponse;
  readonly #services: TurnServices;
  /** Held here and nowhere else for long, so that they go with this thread. */
  readonly #handlers: OwnHandlers | undefined;

  /** @ignore Threads come from a `Codex`. */
  constructor(services: TurnServices, response: ThreadResponse, handlers: OwnHandlers | undefined) {
    this.#services = services;
    this.#handlers = handlers;
    this.response = response;
    this.id = response.thread.id;
  }

  /**
   * The model that the thread was opened with; `null` behind `threadUnarchive`, whose answer does not tell. A turn may
   * take another one (`model` of its options), which then stays.
   */
  get model(): string | null {
    return "model" in this.response ? this.response.model : null;
  }

  /**
   * Runs one turn and waits for its end. Failed and interrupted turns are results as well: see `turn.status`, or let
   * `finalResponse(turn)` throw. The protocol's `Turn` does not say what it has used: for that take the handle,
   * `const turn = await thread.turn(input)`, wait by `await turn.run()`, and look at `turn.tokens`.
   *
   * @param input What the agent is told: a text, an input item, or a list of both.
   * @param options The protocol's own fields of `turn/start`, and `signal`, `timeoutMs`, `idleTimeoutMs`, `budget`. What is left
   * out keeps the thread's setting.
   * @returns The protocol's `Turn`, with all of its items filled in.
   * @throws {TypeError} If the input is not one.
   * @throws {TransportClosedError} If the connection ends first; carries the items that had been completed.
   * @throws {TimeoutError} If a deadline passed; the turn is interrupted.
   * @throws {BudgetExceededError} If the turn has spent its `budget`; it is interrupted.
   * @throws {ProtocolError} If the server never says how the turn ended, and has not stored it.
   * @example
   * ```ts
   * import { finalResponse, type Thread } from "@codex-app-server/sdk";
   *
   * async function ask(thread: Thread, question: string): Promise<string | null> {
   *   return finalResponse(await thread.run(question, { timeoutMs: 120_000 }));
   * }
   * ```
   */
  async run(input: Input, options?: TurnOptions): Promise<Turn> {
    const handle = await this.turn(input, options);
    // Nobody can open a stream of it any more, so nothing needs to be kept for one.
    await handle[Symbol.asyncDispose]();
    return await handle.run();
  }

  /**
   * Starts a turn, or joins the one that runs in this thread: its input is then added to that turn, and the handle has
   * that turn's id. A compaction, a review and a shell command take no input: the turn waits for their end.
   *
   * Resolves when the server has accepted it. `signal` and the deadlines stay in force until the turn is over. They end
   * it, unless it was joined: what others have begun goes on.
   *
   * @throws {TypeError} If the input is not one.
   * @throws {ThreadSettingsError} If a turn runs, and the options would have this one run under another sandbox or
   * approval policy: one that runs goes on as it began.
   * @throws {ActiveTurnError} If again and again something else begins first that takes no input.
   */
  async turn(input: Input, options?: TurnOptions): Promise<TurnHandle> {
    const handle = await startTurn(this.#services, this.id, input, options);
    // Of a thread that nobody has any more, the turn goes on, and is still answered.
    if (this.#handlers !== undefined) this.#services.connector.router.turns.get(handle.id)?.hold(this.#handlers);
    return handle;
  }

  /**
   * What happens in this thread from now on: all of its turns, also those that others start, reviews and compaction.
   * Ends when the connection is closed.
   *
   * @throws {TransportClosedError} From the iteration, if the connection is lost.
   */
  events(): AsyncIterableIterator<Notification> {
    return this.#services.connector.router.subscribe({ threadId: this.id });
  }

  /** Reads the thread's record, with its turns if `includeTurns` is set. */
  read(params: Omit<ThreadReadParams, "threadId"> = {}, options?: CallOptions): Promise<ThreadReadResponse> {
    return this.#services.connector.request("thread/read", { ...params, threadId: this.id }, options);
  }

  /** Gives the thread a name. */
  setName(name: string, options?: CallOptions): Promise<ThreadSetNameResponse> {
    return this.#services.connector.request("thread/name/set", { threadId: this.id, name }, options);
  }

  /**
   * Compacts the thread's history, and waits until that is done: a summary by the model takes the place of what was said.
   * Turns that are started meanwhile wait for it. Several calls at a time are one compaction.
   *
   * To give the call up (`signal`, `timeoutMs`) does not end the compaction. `events()` shows the turn that does it.
   *
   * @throws {ActiveTurnError} If a turn or a review runs in the thread, which the server would end for it; nothing is done.
   * @throws {TurnFailedError} If it failed, or was interrupted.
   * @example
   * ```ts
   * import { finalResponse, type Thread } from "@codex-app-server/sdk";
   *
   * async function goOn(thread: Thread): Promise<string | null> {
   *   await thread.compact();
   *   return finalResponse(await thread.run("Where were we?"));
   * }
   * ```
   */
  compact(options?: CallOptions): Promise<ThreadCompactStartResponse> {
    return compactThread(this.#services, this.id, options);
  }

  /**
   * Reviews changes: those that are not committed, a commit, what a branch adds, or what you say. The handle is that of
   * any turn; `finalResponse(await review.run())` is what was found. Turns that are started meanwhile wait for its end.
   *
   * @param target What to review.
   * @param options How it is waited for, as of a turn.
   * @throws {ActiveTurnError} If a turn or a review runs in the thread, which the server would end for it; nothing is done.
   * @throws {InvalidRequestError} If the server cannot review that.
   * @example
   * ```ts
   * import { finalResponse, type Thread } from "@codex-app-server/sdk";
   *
   * async function findings(thread: Thread): Promise<string | null> {
   *   const review = await thread.review({ type: "uncommittedChanges" }, { timeoutMs: 600_000 });
   *   return finalResponse(await review.run());
   * }
   * ```
   */
  review(target: ReviewTarget, options?: ReviewOptions): Promise<TurnHandle> {
    return startReview(this.#services, this.id, target, options);
  }

  /**
   * Ends the commands of this thread that run in the background: those that the agent has left running, and those of turns
   * that were interrupted, given up or out of time. `codex.request("thread/backgroundTerminals/list", ...)` names them.
   *
   * @experimental
   * @example
   * ```ts
   * import type { Thread } from "@codex-app-server/sdk";
   *
   * async function build(thread: Thread, signal: AbortSignal) {
   *   try {
   *     return await thread.run("Build it.", { signal });
   *   } finally {
   *     if (signal.aborted) await thread.cleanBackgroundTerminals();
   *   }
   * }
   * ```
   */
  cleanBackgroundTerminals(options?: CallOptions): Promise<ThreadBackgroundTerminalsCleanResponse> {
    return this.#services.connector.request("thread/backgroundTerminals/clean", { threadId: this.id }, options);
  }

  /** Archives the thread; what runs in it is interrupted. `codex.threadUnarchive` brings it back. */
  archive(options?: CallOptions): Promise<ThreadArchiveResponse> {
    return this.#services.connector.request("thread/archive", { threadId: this.id }, options);
  }

  /**
   * Lets go of the thread, so that another process on the same home can have it at once. Until then this server is its
   * one writer, and `threadResume` elsewhere rejects with a {@linkcode ThreadBusyError}: for as long as the server lives,
   * or for half an hour after its last use. To have it again, call `codex.threadResume`.
   *
   * Waits for the turns that this client runs in it (for as long as `timeoutMs` says). The server does it by archiving
   * the thread and bringing it back: other clients of the same server lose it too, and commands that it has left running
   * in the background end.
   *
   * @throws {TimeoutError} If a turn still runs after `timeoutMs`; the thread is kept then.
   */
  release(options: CallOptions = {}): Promise<void> {
    return releaseThread(this.#services.connector, this.id, options);
  }
}
