import type { InitializeParams, InitializeResponse, ParamsOf, RequestMethod, ResultOf } from "../../gen/mod.ts";
import type { TransportClosedError } from "../errors.ts";
import type { DiagnosticListener } from "../message/diagnostic.ts";
import type { Incoming } from "../message/message.ts";
import { toRpcError } from "../message/rpc_error.ts";
import type { Validator } from "../message/validator.ts";
import type { Transport, TransportEnd } from "../transport/transport.ts";
import { type Deferred, deferred } from "../util/deferred.ts";
import type { ExitStatus } from "../util/exit_status.ts";
import type { Channel } from "./channel.ts";
import { closedError } from "./closed_error.ts";
import type { ResolvedLimits } from "./limits.ts";
import type { Notification } from "./notification.ts";
import { type Outgoing, Peer } from "./peer.ts";
import { type PendingOptions, PendingRequests } from "./pending.ts";
import { routeOf } from "./route.ts";
import type { ServerRequestHandlers } from "./server_request.ts";
import { ServerRequests } from "./server_requests.ts";
import { type SubscriptionFilter, Subscriptions } from "./subscriptions.ts";
import { TurnTable } from "./turn_table.ts";

/** How a connection ended. */
export interface CloseInfo {
  /** `closed`: by `close()`. `lost`: the server exited, the connection broke, or the protocol was violated. */
  readonly reason: "closed" | "lost";
  /** How the server process ended, or `null` if there is none or it was not seen to end. */
  readonly exit: ExitStatus | null;
  /** The last bytes of the server's stderr, as text. */
  readonly stderrTail: string;
  /** What every later call fails with. */
  readonly error: TransportClosedError;
}

/** What a router is made of. */
export interface RouterOptions {
  readonly limits: ResolvedLimits;
  readonly validator: Validator;
  readonly handlers: ServerRequestHandlers;
  readonly serverRequestTimeoutMs: number | undefined;
  readonly onDiagnostic: DiagnosticListener;
  /**
   * The connection was lost. Returns whether a new one will be attached; what can wait for it then waits, with turns,
   * subscriptions and unsent requests as they are.
   */
  readonly onLost: (error: TransportClosedError) => boolean;
  /** The server says that nothing runs in a thread any more. */
  readonly onIdle: (threadId: string) => void;
}

/** How many of them are remembered: one that ends before its reply, or unseen in a gap, is not taken off. */
const OWN_TURNS_MAX = 1024;

type State = "unconnected" | "connecting" | "open" | "closed";

/**
 * Where every message of a connection finds whom it is for. The one read loop feeds it; it waits for nobody.
 *
 * What a user waits for lives in the tables here and not in the connection, so that a new connection can take the place
 * of a lost one, and so that one end settles everything.
 */
export class Router {
  readonly turns: TurnTable;
  readonly serverRequests: ServerRequests;
  readonly subscriptions: Subscriptions;
  readonly pending: PendingRequests;
  readonly #options: RouterOptions;
  readonly #closed: Deferred<CloseInfo> = deferred();
  /** On a shared server: turns that this client has begun, also otherwise than through a handle, such as reviews. */
  readonly #ownTurns = new Set<string>();
  #peer: Peer | undefined;
  #shared = false;
  #state: State = "unconnected";
  #closing = false;
  #ending = false;
  #failure: unknown;
  #closedError: TransportClosedError | undefined;
  #lostError: TransportClosedError | undefined;
  #busy = 0;

  constructor(options: RouterOptions) {
    const { limits, validator, handlers, serverRequestTimeoutMs, onDiagnostic } = options;
    const channelLimits = { mergeAfter: limits.streamEvents, maxBytes: limits.streamBytes };
    const onBusy = (busy: boolean) => this.#count(busy);
    this.#options = options;
    this.turns = new TurnTable(channelLimits, onBusy);
    this.subscriptions = new Subscriptions(channelLimits, onBusy);
    this.pending = new PendingRequests(limits.requestsInFlight, (message) => this.#send(message), onBusy);
    this.serverRequests = new ServerRequests({
      handlers,
      timeoutMs: serverRequestTimeoutMs,
      validator,
      onDiagnostic,
      onBusy,
      send: (message) => void this.#peer?.send(message).catch(() => {}),
      isShared: () => this.#shared,
      isOurs: (threadId, turnId) => this.#isOurs(threadId, turnId),
      itemOf: (turnId, itemId) => this.turns.get(turnId)?.item(itemId) ?? null,
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

  /** Whether other clients may use the same server. */
  get shared(): boolean {
    return this.#shared;
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
      onDiagnostic: this.#options.onDiagnostic,
      onMessage: (message, bytes) => this.#receive(message, bytes),
    });
    this.#peer = peer;
    this.#shared = transport.shared ?? false;
    this.#state = "connecting";
    if (this.#busy === 0) peer.unref();
    peer.ended.then((end) => this.#onEnd(peer, end));
  }

  /**
   * The handshake is done: lets every request through.
   *
   * @throws {TransportClosedError} If the connection has ended meanwhile.
   */
  open(): void {
    if (this.#state !== "connecting") throw this.#gone();
    this.#state = "open";
    this.pending.resume();
  }

  /** Resolves when a connection that was closed before it was opened is off, so that another one can be attached. */
  async detached(): Promise<void> {
    await this.#peer?.ended;
  }

  /**
   * Sends the first request. Its params are not checked here, for it is sent before the protocol is loaded: that and
   * the server's work on the answer (some 60 ms) go on at the same time.
   */
  async initialize(params: InitializeParams, signal: AbortSignal): Promise<InitializeResponse> {
    const result = await this.requestRaw("initialize", params, { priority: "handshake", signal });
    this.#options.validator.result("initialize", result);
    return result as InitializeResponse;
  }

  /** Sends a request and returns its checked result. */
  async request<M extends RequestMethod>(
    method: M,
    params: ParamsOf<M>,
    options?: PendingOptions,
  ): Promise<ResultOf<M>> {
    this.#options.validator.params(method, params);
    const result = await this.requestRaw(method, params, options);
    this.#options.validator.result(method, result);
    if (method === "review/start" || method === "turn/start") this.#own((result as ResultOf<"turn/start">).turn.id);
    return result as ResultOf<M>;
  }

  /** Sends a request of any method, with nothing checked. */
  requestRaw(method: string, params: unknown, options: PendingOptions = {}): Promise<unknown> {
    if (this.#ending) return Promise.reject(this.#gone());
    return this.pending.request(method, params, {
      ...options,
      timeoutMs: options.timeoutMs ?? this.#options.limits.requestTimeoutMs,
    });
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

  /** From here on no other connection is attached, so that this one's end is the end of everything. */
  async #end(end: TransportEnd): Promise<void> {
    this.#ending = true;
    const peer = this.#peer;
    await peer?.close().catch(() => {});
    await peer?.ended;
    // There was none, or a failing handshake had taken it off; else `#onEnd` has finished, and knows more.
    this.#finish(closedError(end, this.#closing));
  }

  /** Rejects, rather than waits, while there is no connection: what can wait does so in `pending`. */
  async #send(message: Outgoing): Promise<void> {
    if (this.#peer === undefined) throw this.#gone();
    await this.#peer.send(message);
  }

  #gone(): TransportClosedError {
    return this.#closedError ?? this.#lostError ?? closedError({ error: this.#failure }, this.#closing);
  }

  #receive(message: Incoming, bytes: number): void {
    switch (message.kind) {
      case "notification":
        return this.#publish(message.notification as Notification, bytes);
      case "request":
        return this.serverRequests.receive(message.id, message.method, message.params);
      case "result":
        return this.#settled(message.id, this.pending.settle(message.id, (answer) => answer.resolve(message.result)));
      case "error":
        return this.#settled(
          message.id,
          this.pending.settle(message.id, (answer, method) => answer.reject(toRpcError(method, message.error))),
        );
      case "neither": {
        const error = { code: -32603, message: "The server answered with neither a result nor an error" };
        this.pending.settle(message.id, (answer, method) => answer.reject(toRpcError(method, error)));
        return this.#options.onDiagnostic({
          type: "unexpected-reply",
          id: message.id,
          reason: "neither-result-nor-error",
        });
      }
    }
  }

  #settled(id: string | number, settled: "settled" | "late" | "unknown"): void {
    if (settled === "unknown") this.#options.onDiagnostic({ type: "unexpected-reply", id, reason: "unknown-id" });
  }

  #publish(event: Notification, bytes: number): void {
    try {
      this.#options.validator.notification(event);
    } catch (error) {
      // Only in strict mode, in which nothing may pass unnoticed.
      return this.fail(error);
    }
    const { threadId, turnId } = routeOf(event.method, event.params);
    if (event.params != null) this.#act(event, threadId, turnId);
    if (threadId !== null && turnId !== null) this.turns.observe(threadId, turnId, event, bytes);
    this.subscriptions.publish(threadId, event, bytes);
  }

  /** What this client does about it. Whatever the types say, a message of the server may lack anything that it names. */
  #act(event: Notification, threadId: string | null, turnId: string | null): void {
    switch (event.method) {
      case "serverRequest/resolved":
        this.serverRequests.resolved(event.params.requestId);
        break;
      case "turn/completed":
        if (turnId === null) break;
        this.serverRequests.endTurn(turnId);
        this.#ownTurns.delete(turnId);
        break;
      case "error":
        // Without a deadline a turn waits for as long as the server goes on trying: not in silence.
        if (event.params.willRetry === true) this.#tellRetry(threadId, turnId, event.params.error?.message);
        break;
      case "configWarning": {
        // Comes right behind the handshake, before anybody can have begun to listen.
        const { summary, details = null } = event.params;
        this.#options.onDiagnostic({ type: "config-warning", summary, details });
        break;
      }
      case "thread/status/changed":
        if (threadId !== null && event.params.status?.type === "idle") this.#options.onIdle(threadId);
        break;
      case "thread/closed":
      case "thread/deleted":
        if (threadId !== null) this.serverRequests.setThreadHandlers(threadId, undefined);
        break;
    }
  }

  #tellRetry(threadId: string | null, turnId: string | null, message = ""): void {
    this.#options.onDiagnostic({ type: "server-retries", threadId, turnId, message });
  }

  #own(turnId: string): void {
    if (!this.#shared) return;
    this.#ownTurns.add(turnId);
    if (this.#ownTurns.size <= OWN_TURNS_MAX) return;
    const [oldest] = this.#ownTurns;
    this.#ownTurns.delete(oldest!);
  }

  async #isOurs(threadId: string | null, turnId: string | null): Promise<boolean> {
    if (threadId === null) return true;
    const isKnown = () => {
      if (turnId === null) return this.turns.records().some((record) => record.threadId === threadId);
      return this.turns.get(turnId) !== undefined || this.#ownTurns.has(turnId);
    };
    if (isKnown()) return true;
    // A question can come before the reply that tells whose the turn is.
    await this.turns.settled(threadId);
    return isKnown();
  }

  #onEnd(peer: Peer, { error: cause, ...end }: TransportEnd): void {
    if (this.#peer !== peer) return;
    this.#peer = undefined;
    const failure = this.#failure ?? cause;
    const error = closedError(failure === undefined ? end : { ...end, error: failure }, this.#closing);
    const handshake = this.#state === "connecting";
    const final = this.#ending || (!handshake && !this.#options.onLost(error));
    if (final) return this.#finish(error);
    this.#state = "unconnected";
    this.#lostError = error;
    this.subscriptions.lose(error);
    this.pending.pause(error);
    this.serverRequests.closeAll(error);
  }

  /** The one place where everything that waits is settled, for good. */
  #finish(error: TransportClosedError): void {
    if (this.#closedError !== undefined) return;
    this.#ending = true;
    this.#closedError = error;
    this.#state = "closed";
    this.pending.failAll(error);
    this.serverRequests.closeAll(error);
    this.turns.failAll(error);
    this.subscriptions.close(this.#closing ? undefined : error);
    this.#ownTurns.clear();
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
