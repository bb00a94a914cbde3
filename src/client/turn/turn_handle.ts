import type {
  ThreadTokenUsage,
  TokenUsageBreakdown,
  Turn,
  TurnInterruptResponse,
  TurnSteerResponse,
} from "../../../gen/mod.ts";
import type { Channel } from "../../router/channel.ts";
import type { Notification } from "../../router/notification.ts";
import { requestTimeout } from "../../router/request_timeout.ts";
import { routeOf } from "../../router/route.ts";
import type { TurnRecord } from "../../router/turn_record.ts";
import { abortable } from "../../util/abort.ts";
import { type Deferred, deferred, quiet } from "../../util/deferred.ts";
import { startTimer } from "../../util/timer.ts";
import { type Input, toUserInput } from "./input.ts";
import { MappedStream } from "../stream/mapped_stream.ts";
import { checkInterrupt, checkSteer, checkStream } from "../option_checks.ts";
import type { CallOptions, SteerOptions, StreamOptions } from "../options.ts";
import { isOfMessages, isOfText, readMessages, readText, type TurnMessage } from "./turn_messages.ts";
import type { Patience, TurnServices } from "./turn_services.ts";

/** A turn that has begun. */
export interface Begun {
  readonly record: TurnRecord;
  /** Has everything since the request was written. */
  readonly channel: Channel;
  /** Whether it ran already, so that it is not this handle's to end. */
  readonly joined: boolean;
}

/**
 * One turn: stream it, wait for it, steer it, interrupt it.
 *
 * A turn goes on whether anybody looks at it or not. Not a thenable on purpose: an `async` function can return a handle
 * without waiting for the turn.
 */
export class TurnHandle implements AsyncDisposable {
  readonly #services: TurnServices;
  readonly #record: TurnRecord;
  readonly #joined: boolean;
  readonly #patience: Patience;
  readonly #channels = new Set<Channel>();
  readonly #cancelled: Deferred<never> = deferred();
  #reason: { readonly error: unknown } | undefined;
  #backlog: Channel | undefined;

  /** @ignore Handles come from `thread.turn()`. */
  constructor(services: TurnServices, { record, channel, joined }: Begun, patience: Patience) {
    this.#services = services;
    this.#record = record;
    this.#joined = joined;
    this.#patience = patience;
    this.#backlog = channel;
    quiet(this.#cancelled.promise);
  }

  /** The turn's id. Two handles share it if the second turn joined the first. */
  get id(): string {
    return this.#record.id;
  }

  /** The id of the turn's thread. */
  get threadId(): string {
    return this.#record.threadId;
  }

  /**
   * What this turn alone has used so far, in tokens: all of its requests to the model, in and out. `null` until the server
   * tells of the first one; a review is never told of, and sub-agents are threads of their own. Of a turn that was joined
   * while it ran, from then on at least.
   *
   * @example
   * ```ts
   * import type { Thread } from "@codex-app-server/sdk";
   *
   * async function cost(thread: Thread, input: string): Promise<number> {
   *   const turn = await thread.turn(input);
   *   await turn.run();
   *   return turn.tokens?.totalTokens ?? 0;
   * }
   * ```
   */
  get tokens(): TokenUsageBreakdown | null {
    return this.#record.tokens;
  }

  /**
   * The last token usage that the server reported in this turn, or `null`: `last` is that of the last request, `total`
   * that of the whole thread. That of the turn is {@linkcode tokens}.
   */
  get usage(): ThreadTokenUsage | null {
    return this.#record.usage;
  }

  /**
   * This turn's notifications in the order of the wire; ends after `turn/completed`, which it includes.
   *
   * The first stream begins with the turn, also if it is opened late; a stream opened in the same moment sees the same.
   * Later ones begin when they are opened. Each is independent; to stop reading one early ends only that one, and never
   * the turn.
   *
   * With `agents`, also what the turn's sub-agents do, and theirs, for as long as the turn itself lasts. Each event has the
   * `threadId` of whose it is.
   *
   * @example
   * ```ts
   * import type { Thread } from "@codex-app-server/sdk";
   *
   * async function watch(thread: Thread) {
   *   const turn = await thread.turn("Have two agents look at it.");
   *   for await (const { method, params } of turn.stream({ agents: true })) {
   *     if (method === "item/completed") console.log(params.threadId === thread.id ? "" : "  ", params.item.type);
   *   }
   * }
   * ```
   *
   * @throws {TransportClosedError} From the iteration, if the connection ends before the turn.
   * @throws {StreamOverflowError} From the iteration, if this reader falls too far behind.
   */
  stream(options: StreamOptions = {}): AsyncIterableIterator<Notification> {
    checkStream(options);
    return this.#open(undefined, options.agents);
  }

  /** The same as {@linkcode stream}. */
  [Symbol.asyncIterator](): AsyncIterableIterator<Notification> {
    return this.stream();
  }

  /**
   * The agent's words as they come: the text of its messages and nothing else, with an empty line between two of them. A
   * message that the model gives whole comes whole. To tell commentary from the answer, or to see plans, use `messages`.
   * Begins and ends as `stream`.
   *
   * @example
   * ```ts
   * import type { Thread } from "@codex-app-server/sdk";
   *
   * async function show(thread: Thread, write: (text: string) => void) {
   *   for await (const text of (await thread.turn("What is new?")).text()) write(text);
   * }
   * ```
   */
  text(): AsyncIterableIterator<string> {
    return new MappedStream(this.#open(isOfText), readText());
  }

  /**
   * The agent's messages as they grow: each time that one has more text, that message with all of its text so far. The
   * last one of an id is whole. In plan mode the plan is among them, with the phase `plan`. Begins and ends as `stream`.
   *
   * @example
   * ```ts
   * import type { Thread } from "@codex-app-server/sdk";
   *
   * async function lastWords(thread: Thread): Promise<Map<string, string>> {
   *   const answers = new Map<string, string>();
   *   for await (const { id, phase, text } of (await thread.turn("What is new?")).messages()) {
   *     if (phase !== "commentary") answers.set(id, text);
   *   }
   *   return answers;
   * }
   * ```
   */
  messages(): AsyncIterableIterator<TurnMessage> {
    return new MappedStream(this.#open(isOfMessages), readMessages());
  }

  /**
   * Waits for the end of the turn. Failed and interrupted turns are results as well: see `turn.status`.
   *
   * @returns The protocol's `Turn`, with all items of the turn filled in, in the order of their completion.
   * @throws {TransportClosedError} If the connection ends first; carries the items that had been completed.
   * @throws {TimeoutError} If a deadline of the turn passed.
   * @throws {BudgetExceededError} If the turn has spent its budget.
   * @throws {ProtocolError} If the server never says how the turn ended, and has not stored it.
   */
  async run(): Promise<Turn> {
    const turn = await Promise.race([this.#cancelled.promise, this.#record.done]);
    return this.#record.complete ? turn : await this.#services.fullTurn(this.#record, turn, this.#patience);
  }

  /**
   * Adds input to the running turn. With a `clientUserMessageId`, its item bears that as `clientId`.
   *
   * @throws {InvalidRequestError} If the turn is over, or another one runs.
   */
  async steer(input: Input, options: SteerOptions = {}): Promise<TurnSteerResponse> {
    checkSteer(options);
    const { signal, timeoutMs, trace, ...fields } = options;
    const { threadId, id: expectedTurnId } = this;
    const params = { ...fields, threadId, expectedTurnId, input: toUserInput(input) };
    return await this.#services.connector.requestUrgently("turn/steer", params, { signal, timeoutMs, trace });
  }

  /**
   * Stops the turn, which then ends with the status `interrupted`, and the turns of its sub-agents. A turn that ends by
   * itself in that moment may say `completed`, though the server has taken the interrupt. Goes ahead of whatever
   * waits to be sent, and takes at most `limits.interruptTimeoutMs`. While one interrupt is on its way, further calls get
   * its answer. Sub-agents that go on all the same are told as the diagnostic `agents-go-on`.
   *
   * A command that the turn was running is not ended: the server keeps it as a background terminal, and
   * `thread.cleanBackgroundTerminals()` ends it. What the agent was saying is neither stored nor known to it afterwards:
   * of an interrupted turn there are the items that were completed, and a stream has the rest.
   *
   * To give the call up (`signal`, `timeoutMs`) does not take the interrupt back.
   *
   * @throws {InvalidRequestError} If the turn is over, and no sub-agent works for it any more.
   */
  async interrupt(options: Omit<CallOptions, "trace"> = {}): Promise<TurnInterruptResponse> {
    checkInterrupt(options);
    const { signal, timeoutMs } = options;
    signal?.throwIfAborted();
    const late = deferred<never>();
    const cancel = startTimer(timeoutMs, () => late.reject(requestTimeout("turn/interrupt", timeoutMs!)));
    try {
      return await abortable(Promise.race([this.#services.interrupts.interrupt(this.#record), late.promise]), signal);
    } finally {
      cancel();
    }
  }

  /** Lets go of what is kept for streams that were never opened, and of open ones. Does not interrupt the turn. */
  [Symbol.asyncDispose](): Promise<void> {
    this.#dropBacklog();
    for (const channel of [...this.#channels]) channel.return();
    return Promise.resolve();
  }

  /**
   * @ignore Gives the turn up: it is interrupted, and whatever waits here rejects with the reason. A turn that ran before
   * its input was added is somebody else's, and goes on.
   */
  cancel(error: unknown): void {
    if (!this.#record.over) this.fail(error);
  }

  /** @ignore The same, also if the turn has ended in the same moment. */
  fail(error: unknown): void {
    if (this.#reason !== undefined) return;
    this.#reason = { error };
    this.#cancelled.reject(error);
    for (const channel of [...this.#channels]) {
      this.#release(channel);
      channel.fail(error);
    }
    this.#dropBacklog();
    if (!this.#joined) this.#services.interrupts.stop(this.threadId, Promise.resolve(this.#record));
  }

  #open(accepts?: (event: Notification) => boolean, agents = false): Channel {
    const options = { onReturn: () => this.#release(channel), ...(accepts && { accepts }) };
    const keeps = (event: Notification) => agents || this.#isOwn(event);
    const channel: Channel = this.#backlog?.fork(options, keeps) ?? this.#services.newChannel(options);
    if (this.#backlog === undefined) this.#begin(channel, agents);
    else {
      this.#adopt(channel, agents);
      queueMicrotask(() => this.#dropBacklog());
    }
    return channel;
  }

  /** For a stream that was opened too late for the backlog: what comes from now on, or the end alone. */
  #begin(channel: Channel, agents: boolean): void {
    const { completion } = this.#record;
    if (this.#reason !== undefined) channel.fail(this.#reason.error);
    else if (!this.#record.over) this.#adopt(channel, agents);
    else if (completion !== undefined) channel.push(completion, 0);
    if (this.#record.over) this.#record.done.then(() => channel.end(), (error) => channel.fail(error));
  }

  /** Whether it is of the turn's own thread, and not of an agent's. */
  #isOwn({ method, params }: Notification): boolean {
    const { threadId } = routeOf(method, params);
    return threadId === null || threadId === this.threadId;
  }

  #adopt(channel: Channel, agents: boolean): void {
    this.#channels.add(channel);
    this.#record.attach(channel, agents);
  }

  #release(channel: Channel): void {
    this.#channels.delete(channel);
    this.#record.detach(channel);
  }

  #dropBacklog(): void {
    const backlog = this.#backlog;
    if (backlog === undefined) return;
    this.#backlog = undefined;
    this.#record.detach(backlog);
    backlog.return();
  }
}
