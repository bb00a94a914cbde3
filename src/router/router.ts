import type { InitializeParams, InitializeResponse, ParamsOf, RequestMethod, ResultOf } from "../../gen/mod.ts";
import { CODEX_VERSION } from "../../gen/provenance.ts";
import type { JsonRpcError, TransportClosedError } from "../errors.ts";
import type { Outgoing } from "../message/outgoing.ts";
import { isOlder, type ServerVersion, tooNew } from "../message/too_new.ts";
import { redact } from "../transport/redact.ts";
import type { LocalServer, Transport, TransportEnd } from "../transport/transport.ts";
import { type Deferred, deferred } from "../util/deferred.ts";
import { compareVersions } from "../util/versions.ts";
import type { Channel } from "./channel.ts";
import { closedError, type CloseInfo } from "./closed_error.ts";
import { Dispatch } from "./dispatch.ts";
import { Family } from "./family.ts";
import { grantedBy } from "./granted.ts";
import { Observers } from "./observer.ts";
import { fields } from "./parent_of.ts";
import { Peer } from "./peer.ts";
import { PendingRequests } from "./pending.ts";
import type { RequestOptions, RouterOptions } from "./router_options.ts";
import { ServerRequests } from "./server_requests.ts";
import { type SubscriptionFilter, Subscriptions } from "./subscriptions.ts";
import { type LocalThread, ThreadPlaces } from "./thread_places.ts";
import { traceOf } from "./trace.ts";
import { ThreadWork } from "./thread_work.ts";
import { TurnTable } from "./turn_table.ts";

/** The first version in which `turn/start` on a busy thread tells the id of the turn that it adds to. */
const JOINS_SINCE = "0.148.0";

/**
 * What users wait for, and the connection that it comes over.
 *
 * It lives in the tables here and not in the connection, so that a new connection can take the place of a lost one, and
 * so that one end settles everything.
 */
export class Router {
  readonly observers: Observers;
  readonly turns: TurnTable;
  readonly family: Family;
  readonly work: ThreadWork;
  readonly serverRequests: ServerRequests;
  readonly subscriptions: Subscriptions;
  readonly pending: PendingRequests;
  readonly #options: RouterOptions;
  readonly #closed: Deferred<CloseInfo> = deferred();
  readonly #places: ThreadPlaces;
  readonly #dispatch: Dispatch;
  #peer: Peer | undefined;
  #shared = false;
  /** The process of the connection that there is. */
  #pid: number | null = null;
  /** The server, if it is older than the protocol here. */
  #older: ServerVersion | undefined;
  #local: LocalServer | undefined;
  /** Whether the connection is not open to others yet. */
  #greeting = false;
  #closing = false;
  #ending = false;
  #failure: unknown;
  #closedError: TransportClosedError | undefined;
  #lostError: TransportClosedError | undefined;
  #busy = 0;

  constructor(options: RouterOptions) {
    const { limits, validator, client, serverRequestTimeoutMs, onDiagnostic, onIdle, onAgentTurn } = options;
    const channelLimits = { mergeAfter: limits.streamEvents, maxBytes: limits.streamBytes };
    const onBusy = (busy: boolean) => this.#count(busy);
    const isShared = () => this.#shared;
    this.#options = options;
    this.#places = new ThreadPlaces(limits.rememberedBytes);
    this.observers = options.observers ?? new Observers(onDiagnostic);
    this.work = new ThreadWork(limits.rememberedBytes);
    this.turns = new TurnTable(channelLimits, limits, onBusy, {
      onFound: (completion) => {
        const { threadId, turn } = completion.params;
        this.work.completed(threadId, turn.id);
        this.family.openTurns.end(threadId, turn.id);
        this.observers.event(completion);
      },
      onFailed: (record, error) => {
        this.work.completed(record.threadId, record.id);
        this.family.openTurns.lose(record, error);
      },
    });
    this.family = new Family({
      limits,
      turns: this.turns,
      isShared,
      readThread: (threadId, timeoutMs) => this.#readThread(threadId, timeoutMs),
      onAgentTurn,
      onTurnLost: (threadId, turnId, error) => this.observers.turnLost(threadId, turnId, error),
    });
    this.subscriptions = new Subscriptions(channelLimits, onBusy);
    this.pending = new PendingRequests(limits.requestsInFlight, (message) => this.#send(message), onBusy);
    this.serverRequests = new ServerRequests({
      client,
      timeoutMs: serverRequestTimeoutMs,
      maxBytes: limits.questionBytes,
      rememberedBytes: limits.rememberedBytes,
      validator,
      onDiagnostic,
      onBusy,
      send: (message) => void this.#peer?.send(message).catch(() => {}),
      isShared,
      localOf: (path) => this.#localOf(path),
      onAnswer: (threadId, answered) => this.#places.granted(threadId, grantedBy(answered, this.isLocal)),
      threadOf: (turnId) => this.turns.threadOf(turnId),
      lineage: this.family.lineage,
      observers: this.observers,
    });
    this.#dispatch = new Dispatch({
      pending: this.pending,
      turns: this.turns,
      family: this.family,
      work: this.work,
      places: this.#places,
      subscriptions: this.subscriptions,
      serverRequests: this.serverRequests,
      observers: this.observers,
      validator,
      onDiagnostic,
      onIdle,
      fail: (error) => this.fail(error),
    });
  }

  /** Resolves when the connection is over for good. Never rejects. */
  get closed(): Promise<CloseInfo> {
    return this.#closed.promise;
  }

  /** What every call fails with once the connection is over; `undefined` before. */
  get closedError(): TransportClosedError | undefined {
    return this.#closedError;
  }

  /** Whether the server is known to see the same files as this program. */
  get isLocal(): boolean {
    return this.#local !== undefined;
  }

  /** The server's process, if it is known and the connection stands. */
  get pid(): number | null {
    return this.#peer === undefined ? null : this.#pid;
  }

  /** Whether other clients may use the same server. */
  get shared(): boolean {
    return this.#shared;
  }

  /** Which server answers, once it has said so. What it is too old for is refused from then on. */
  set server(server: ServerVersion) {
    this.#older = compareVersions(server.version, CODEX_VERSION) < 0 ? server : undefined;
    this.work.joins = !isOlder(server, JOINS_SINCE);
  }

  /** Whether the server is too old for a request, or for what its params ask for. */
  lacks<M extends RequestMethod>(method: M, params: ParamsOf<M>): boolean {
    return this.#tooNew(method, params) !== undefined;
  }

  #tooNew(method: string, params: unknown): JsonRpcError | undefined {
    return this.#older && tooNew(this.#older, method, params);
  }

  /**
   * Begins to read from a new connection. Only handshake requests are sent until {@linkcode open}.
   *
   * @throws {TransportClosedError} If everything ends or has ended; the transport is left to the caller.
   */
  attach(transport: Transport): void {
    if (this.#ending) throw this.#gone();
    const peer = new Peer(transport, {
      maxLineBytes: this.#options.limits.maxLineBytes,
      unreadBytes: this.#options.limits.unreadBytes,
      lookPauseMs: this.#options.limits.silenceMs / 2, // a timer may be a little early
      conceal: this.#options.conceal,
      onDiagnostic: this.#options.onDiagnostic,
      onMessage: (message, bytes) => this.#dispatch.receive(message, bytes),
    });
    this.#peer = peer;
    this.#shared = transport.shared ?? false;
    this.#pid = transport.pid ?? null;
    this.#local = transport.local;
    this.#greeting = true;
    if (this.#busy === 0) peer.unref();
    peer.ended.then((end) => this.#onEnd(end));
  }

  /**
   * The handshake is done: lets every request through.
   *
   * @throws {TransportClosedError} If the connection has ended meanwhile.
   */
  open(): void {
    if (!this.#greeting) throw this.#gone();
    this.#greeting = false;
    this.pending.resume();
  }

  /** Resolves when no connection is attached: one that was closed before it was opened comes off by itself. */
  async detached(): Promise<void> {
    await this.#peer?.ended;
  }

  /**
   * Sends the first request. Its params are not checked here, for it is sent before the protocol is loaded: that and
   * the server's work on the answer (some 60 ms) go on at the same time.
   */
  async initialize(params: InitializeParams, signal: AbortSignal): Promise<InitializeResponse> {
    const result = await this.requestRaw("initialize", params, { priority: "handshake", signal });
    this.#options.validator.greeting(result);
    return result as InitializeResponse;
  }

  /**
   * Sends a request and returns its checked result. Before anything is sent, it is refused if its params are wrong, or if
   * the server is too old for them.
   */
  async request<M extends RequestMethod>(
    method: M,
    params: ParamsOf<M> | undefined,
    options?: RequestOptions,
  ): Promise<ResultOf<M>> {
    const checked = this.#options.validator.params(method, params);
    const refused = this.#tooNew(method, params);
    if (refused !== undefined) throw refused;
    const result = await this.requestRaw(method, checked, options);
    this.#options.validator.result(method, result);
    if (method === "review/start" || method === "turn/start") {
      const { id } = fields(fields(result)["turn"]); // with nothing validated, whatever there is
      if (typeof id === "string") this.family.ownTurns.add(id);
    }
    return result as ResultOf<M>;
  }

  /** Sends a request of any method, with nothing checked. */
  async requestRaw(method: string, params: unknown, options: RequestOptions = {}): Promise<unknown> {
    if (typeof method !== "string") throw new TypeError(`A method is a string, not ${typeof method}`);
    if (this.#ending) throw this.#gone();
    this.#places.asked(params);
    const { limits, traceContext, onDiagnostic, onAnswered } = this.#options;
    const ask = options.ask ?? this.work.askBy(method, params);
    ask?.sent();
    const call = {
      ...options,
      timeoutMs: options.timeoutMs ?? limits.requestTimeoutMs,
      trace: traceOf(options.trace, traceContext, onDiagnostic),
      onResult: ask && ((result: unknown) => {
        ask.answered(result);
        onAnswered?.(method, ask.threadId);
      }),
    };
    try {
      if (this.observers.none) return await this.pending.request(method, params, call);
      const { trace, watches } = this.observers.request({ method, params, trace: call.trace });
      const reply = this.pending.request(method, params, { ...call, trace });
      return await this.observers.outcome(reply, watches);
    } catch (error) {
      ask?.refused(error);
      throw error;
    }
  }

  /** Asks what a server that lives answers at once. A connection on which several go unanswered is given up. */
  async look<T>(ask: () => Promise<T>): Promise<T> {
    return this.#peer === undefined || this.#greeting ? await ask() : await this.#peer.look(ask);
  }

  /** Keeps the program alive, as a pending request does, until this is settled. */
  async hold<T>(waiting: Promise<T>): Promise<T> {
    this.#count(true);
    try {
      return await waiting;
    } finally {
      this.#count(false);
    }
  }

  /** The server has said that it could not read a message, nobody knows which: whoever waits for an answer is told so. */
  unreadable(said: string): void {
    const line = redact(this.#options.conceal?.(said) ?? said);
    this.#options.onDiagnostic({ type: "message-unreadable", line });
    this.pending.troubled(line);
    for (const record of this.turns.records()) record.trouble = line;
  }

  /** Sends a notification. */
  async notify(method: string, params?: unknown): Promise<void> {
    await this.#send(params === undefined ? { method } : { method, params });
  }

  /** Opens a channel for what the filter lets through, from now on. */
  subscribe(filter: SubscriptionFilter): Channel {
    const channel = this.subscriptions.open(filter);
    if (this.#closedError !== undefined) this.subscriptions.close(this.#closing ? undefined : this.#closedError);
    return channel;
  }

  /** Ends the connection in an orderly way, and everything that waits for it. */
  async close(): Promise<void> {
    this.#closing = true;
    await this.#end({});
  }

  /** Ends the connection because of what came over it. */
  fail(error: unknown): void {
    this.#failure ??= error;
    this.#end({ error }).catch(() => {});
  }

  /** What is known of the machine of a thread. Of a sub-agent's, nothing is told before it is asked for. */
  async #localOf(path: readonly string[]): Promise<LocalThread | null> {
    const threadId = path.at(-1) ?? null;
    if (this.#local === undefined || threadId === null) return null;
    const unknown = path.filter((id) => !this.#places.has(id));
    await Promise.allSettled(unknown.map((id) => this.#readThread(id, this.#options.limits.parentTimeoutMs)));
    return this.#places.local(threadId, this.#local);
  }

  /** Past the queue and while others still wait: a question waits for it. */
  async #readThread(threadId: string, timeoutMs: number): Promise<unknown> {
    const result = await this.requestRaw("thread/read", { threadId }, { priority: "handshake", timeoutMs });
    return (result as { readonly thread?: unknown } | null)?.thread;
  }

  /** From here on no other connection is attached, so that this one's end is the end of everything. */
  async #end(end: TransportEnd): Promise<void> {
    this.#ending = true;
    const peer = this.#peer;
    await peer?.close().catch(() => {});
    await peer?.ended;
    // If there was one, `#onEnd` has finished already, and knew more.
    this.#finish(closedError(end, this.#closing));
  }

  /** Rejects, rather than waits, while there is no connection: what can wait does so in `pending`. */
  async #send(message: Outgoing): Promise<void> {
    if (this.#peer === undefined) throw this.#gone();
    await this.#peer.send(message);
  }

  #gone(): TransportClosedError {
    if (this.#closedError !== undefined) return this.#closedError;
    if (this.#lostError !== undefined && !this.#ending) return this.#lostError;
    return closedError({ error: this.#failure }, this.#closing);
  }

  #onEnd({ error: cause, ...rest }: TransportEnd): void {
    const { stderrTail } = rest;
    const end = stderrTail === undefined
      ? rest
      : { ...rest, stderrTail: this.#options.conceal?.(stderrTail) ?? stderrTail };
    this.#peer = undefined;
    const failure = this.#failure ?? cause;
    const error = closedError(failure === undefined ? end : { ...end, error: failure }, this.#closing);
    const greeting = this.#greeting;
    this.#greeting = false;
    const final = this.#ending || (!greeting && !this.#options.onLost(error));
    if (final) return this.#finish(error);
    this.#lostError = error;
    if (!this.#shared) this.family.lose(error);
    this.subscriptions.lose(error);
    this.pending.pause(error);
    this.work.clear(error);
    this.serverRequests.closeAll(error);
  }

  /** The one place where everything that waits is settled, for good. */
  #finish(error: TransportClosedError): void {
    if (this.#closedError !== undefined) return;
    this.#ending = true;
    this.#closedError = error;
    this.pending.failAll(error);
    this.work.clear(error);
    this.serverRequests.closeAll(error);
    this.turns.failAll(error);
    this.subscriptions.close(this.#closing ? undefined : error);
    this.family.close(error);
    const { exit, stderrTail } = error;
    this.#closed.resolve({ reason: this.#closing ? "closed" : "lost", exit, stderrTail, error });
  }

  /** An idle connection does not keep the program alive; one with anything to wait for does. */
  #count(busy: boolean): void {
    this.#busy += busy ? 1 : -1;
    if (busy && this.#busy === 1) this.#peer?.ref();
    if (!busy && this.#busy === 0) this.#peer?.unref();
  }
}
