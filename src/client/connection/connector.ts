import type { InitializeResponse, ParamsOf, RequestMethod, ResultOf } from "../../../gen/mod.ts";
import { NotStartedError, TimeoutError, TransportClosedError } from "../../errors.ts";
import { type DiagnosticListener, safeListener } from "../../message/diagnostic.ts";
import { loadProtocol } from "../../message/protocol.ts";
import type { CloseInfo } from "../../router/closed_error.ts";
import { type ResolvedLimits, resolveLimits } from "../../router/limits.ts";
import type { Notification } from "../../router/notification.ts";
import { Observers } from "../../router/observer.ts";
import type { OpenTurn } from "../../router/open_turns.ts";
import type { PendingOptions } from "../../router/pending.ts";
import { requestTimeout, troubleSaid } from "../../router/request_timeout.ts";
import type { Router } from "../../router/router.ts";
import type { SubscriptionFilter } from "../../router/subscriptions.ts";
import type { Transport } from "../../transport/transport.ts";
import { abortable, anySignal, onAbort } from "../../util/abort.ts";
import { AsyncContext } from "../../util/async_context.ts";
import { type Deferred, deferred, quiet } from "../../util/deferred.ts";
import { startFirstTimer, startTimer } from "../../util/timer.ts";
import { checkCall, checkCodexOptions, misplaced } from "../option_checks.ts";
import type { CallOptions, CodexOptions } from "../options.ts";
import { LazyStream } from "../stream/lazy_stream.ts";
import type { Greeting } from "./handshake.ts";
import { openTransport } from "./open_transport.ts";
import type { ServerInfo } from "./server_info.ts";
import type { Session } from "./session.ts";
import { watchStderr } from "./stderr_watch.ts";

interface Attempt {
  readonly started: Promise<void>;
  readonly controller: AbortController;
  waiting: number;
}

/**
 * Gets the connection up when it is first needed, once for all who need it, and down again. What is sent over it goes
 * through the router, which is loaded while the server starts.
 */
export class Connector {
  readonly limits: ResolvedLimits;
  readonly onDiagnostic: DiagnosticListener;
  readonly observers: Observers;
  readonly #options: CodexOptions;
  readonly #onAttached: () => unknown;
  #loading: Promise<Session> | undefined;
  #session: Session | undefined;
  /** What is to be done with the router as soon as there is one. */
  #onLoaded: ((router: Router) => void)[] = [];
  readonly #closed: Deferred<CloseInfo> = deferred();
  /** In which this client was made: its handlers run there, and what goes on for as long as the connection lasts. */
  readonly #context = new AsyncContext();
  #onIdle: (threadId: string) => void = () => {};
  #onAgentTurn: (open: OpenTurn) => void = () => {};
  #greeting: Greeting | undefined;
  #attempt: Attempt | undefined;
  #closing: TransportClosedError | undefined;

  /** @param onAttached Called while the server is starting: there is time to load what will be needed. */
  constructor(options: CodexOptions, onAttached: () => unknown = () => {}) {
    checkCodexOptions(options);
    this.#onAttached = onAttached;
    checkOptOut(options.optOutNotificationMethods);
    this.#options = options;
    this.limits = resolveLimits(options.limits);
    this.onDiagnostic = safeListener(options.onDiagnostic);
    this.observers = new Observers(this.onDiagnostic);
    const stopListening = onAbort(options.signal, (reason) => this.#abort(reason));
    this.closed.then(stopListening);
  }

  /** Loads what goes over a connection; a start does it by itself. Nothing is there to be told or asked before. */
  async load(): Promise<Router> {
    return (await this.#load()).router;
  }

  #load(): Promise<Session> {
    // Whoever comes first, it works for all: in no context but the client's own.
    return this.#loading ??= this.#context.run(async () => {
      const { Session } = await import("./session.ts");
      const session = new Session(this.#options, {
        limits: this.limits,
        onDiagnostic: this.onDiagnostic,
        observers: this.observers,
        context: this.#context,
        connect: (signal, beforeOpen) => this.#connect(signal, beforeOpen),
        onIdle: (threadId) => this.#onIdle(threadId),
        onAgentTurn: (open) => this.#onAgentTurn(open),
      });
      const { router } = this.#session = session;
      router.closed.then(this.#closed.resolve);
      for (const work of this.#onLoaded.splice(0)) work(router);
      return session;
    });
  }

  /** The router, if it is loaded. */
  get loaded(): Router | undefined {
    return this.#session?.router;
  }

  /** The router, for what can be there only when it is loaded: threads, turns, logins. */
  get router(): Router {
    if (this.#session === undefined) throw new Error("The router was used before load() had resolved");
    return this.#session.router;
  }

  /** Resolves when the connection is over for good. Never rejects. */
  get closed(): Promise<CloseInfo> {
    return this.#closed.promise;
  }

  /** What the server sends from now on, or, if it is read before the start, from that on. */
  listen(filter: SubscriptionFilter): AsyncIterableIterator<Notification> {
    return new LazyStream((handOn) => {
      const open = (router: Router) => handOn(router.subscribe(filter));
      if (this.loaded === undefined) this.#onLoaded.push(open);
      else open(this.loaded);
    }, async () => {
      // Of a connection that is over, the stream knows how it ended.
      if (this.loaded?.closedError === undefined) await this.start();
    });
  }

  /** The server's answer to `initialize`. @throws {NotStartedError} Before the start. */
  get metadata(): InitializeResponse {
    return this.#started("metadata").metadata;
  }

  #started(name: string): Greeting {
    if (this.#greeting !== undefined) return this.#greeting;
    throw new NotStartedError(
      `codex.${name} is known only after the start: use \`await Codex.start()\`, or await any call first`,
    );
  }

  /** Which server answers. @throws {NotStartedError} Before the start. */
  get server(): ServerInfo {
    return this.#started("server").server;
  }

  /** Who is told that nothing runs in a thread any more. */
  set onIdle(listener: (threadId: string) => void) {
    this.#onIdle = listener;
  }

  /** @throws {TypeError} If the server was told not to send what something cannot do without. */
  demand(method: string, who: string): void {
    if (this.#options.optOutNotificationMethods?.includes(method) !== true) return;
    throw new TypeError(`${who} cannot do without ${method}: leave it out of optOutNotificationMethods`);
  }

  /** Who is told that a turn has begun that works for another one. */
  set onAgentTurn(listener: (open: OpenTurn) => void) {
    this.#onAgentTurn = listener;
  }

  /** Resumes this thread after a reconnection, for as long as `holder` is reachable. */
  hold(threadId: string, holder: object): void {
    const { reconnector, threads } = this.#session!;
    if (reconnector.enabled) threads.add(threadId, holder);
  }

  /** Resumes it no longer, whoever holds it. */
  drop(threadId: string): void {
    this.#session?.threads.release(threadId);
  }

  /** Starts, or waits for the start that others have begun. When nobody waits for it any more, it is given up. */
  async start(signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    const over = this.loaded?.closedError ?? this.#closing;
    if (over !== undefined) throw over;
    if (this.#greeting !== undefined) return;
    this.#options.signal?.throwIfAborted();
    // An attempt that is being given up is over for everybody, but it still cleans up.
    if (this.#attempt === undefined || this.#attempt.controller.signal.aborted) {
      this.#attempt = this.#begin(this.#attempt?.started);
    }
    const attempt = this.#attempt;
    attempt.waiting++;
    try {
      await abortable(attempt.started, signal);
    } finally {
      attempt.waiting--;
      if (attempt.waiting === 0 && signal?.aborted === true && this.#greeting === undefined) {
        attempt.controller.abort(signal.reason);
      }
    }
  }

  /** Makes a request of the user's. Its options are checked here. */
  async request<M extends RequestMethod>(method: M, params: ParamsOf<M>, options?: CallOptions): Promise<ResultOf<M>> {
    const wrong = checkCall(method, options);
    if (wrong !== undefined) await wrong;
    return await this.#request(method, params, options);
  }

  /** The same, ahead of whatever waits to be sent. */
  async requestUrgently<M extends RequestMethod>(
    method: M,
    params: ParamsOf<M>,
    options?: CallOptions,
  ): Promise<ResultOf<M>> {
    const wrong = checkCall(method, options);
    if (wrong !== undefined) await wrong;
    return await this.#request(method, params, { ...options, priority: "urgent" });
  }

  async requestRaw(method: string, params: unknown, options?: CallOptions): Promise<unknown> {
    const wrong = checkCall(method, options);
    if (wrong !== undefined) await wrong;
    if (this.#greeting === undefined) await this.#startFor(method, options);
    return await this.router.requestRaw(method, params, options);
  }

  async #request<M extends RequestMethod>(
    method: M,
    params: ParamsOf<M>,
    options?: PendingOptions,
  ): Promise<ResultOf<M>> {
    if (this.#greeting === undefined) await this.#startFor(method, options);
    try {
      return await this.router.request(method, params, options);
    } catch (error) {
      throw misplaced(method, error) ?? error;
    }
  }

  /** Ends everything, in bounded time. */
  async close(): Promise<void> {
    this.#closing ??= new TransportClosedError("This Codex was closed");
    const stopped = this.#session?.reconnector.stop();
    await this.#giveUpStart(this.#closing);
    await (await this.load()).close();
    await stopped;
  }

  /** A request waits for the start no longer than for its answer. */
  async #startFor(method: string, { signal, timeoutMs }: PendingOptions = {}): Promise<void> {
    if (timeoutMs === undefined) return await this.start(signal);
    const deadline = new AbortController();
    const stopTimer = startTimer(timeoutMs, () => deadline.abort(requestTimeout(method, timeoutMs)));
    try {
      await this.start(signal === undefined ? deadline.signal : anySignal(signal, deadline.signal));
    } finally {
      stopTimer();
    }
  }

  #begin(previous: Promise<void> = Promise.resolve()): Attempt {
    const controller = new AbortController();
    // Nobody's context but the client's own is to last as long as the connection.
    const started = this.#context.run(() => previous.catch(() => {}).then(() => this.#connect(controller.signal)));
    const attempt = { started, controller, waiting: 0 };
    started.catch(() => {
      // The next call may try again.
      if (this.#attempt === attempt) this.#attempt = undefined;
    });
    return attempt;
  }

  /**
   * Opens one connection and shakes hands over it. Leaves nothing behind if it fails.
   *
   * @param beforeOpen What is to be done over it before others may use it; takes the time that it needs.
   */
  async #connect(signal: AbortSignal, beforeOpen?: () => Promise<void>): Promise<void> {
    const { startTimeoutMs } = this.limits;
    const deadline = new AbortController();
    let trouble: string | undefined;
    const stopTimer = startFirstTimer(startTimeoutMs, () => deadline.abort(startTimeout(startTimeoutMs, trouble)));
    let transport: Transport | undefined;
    try {
      const either = anySignal(signal, deadline.signal);
      const onStderr = watchStderr((line) => {
        trouble = line;
        this.loaded?.unreadable(line);
      });
      const opening = openTransport(this.#options, this.limits, this.onDiagnostic, { signal: either, onStderr });
      // The server takes its time now.
      const loading = quiet(this.#load());
      transport = await opening;
      const session = await loading;
      session.router.attach(transport);
      // What cannot be loaded is told whoever needs it.
      loadProtocol().then(this.#onAttached).catch(() => {});
      const greeting = await session.greet(either, transport.program);
      stopTimer();
      await beforeOpen?.();
      signal.throwIfAborted();
      session.router.open();
      this.#greeting = greeting;
    } catch (error) {
      await transport?.close().catch(() => {});
      await this.loaded?.detached();
      throw error;
    } finally {
      stopTimer();
    }
  }

  async #abort(reason: unknown): Promise<void> {
    void this.#session?.reconnector.stop();
    await this.#giveUpStart(reason);
    (await this.load()).fail(reason);
  }

  async #giveUpStart(reason: unknown): Promise<void> {
    this.#attempt?.controller.abort(reason);
    await this.#attempt?.started.catch(() => {});
    // One that was given is this client's to close, also if it never came to be used.
    const { transport } = this.#options;
    if (typeof transport === "object" && !transport.readable.locked) await transport.close().catch(() => {});
  }
}

function startTimeout(timeoutMs: number, trouble: string | undefined): TimeoutError {
  const message = `The codex app-server did not answer initialize within ${timeoutMs} ms (limits.startTimeoutMs)`;
  return new TimeoutError("start", timeoutMs, message + troubleSaid(trouble));
}

/** Without these no turn could be told to be over, or what it was made of. */
const NEEDED = ["turn/started", "item/completed", "turn/completed", "serverRequest/resolved"];

function checkOptOut(methods: readonly string[] = []): void {
  const needed = methods.filter((method) => NEEDED.includes(method));
  if (needed.length === 0) return;
  throw new TypeError(`optOutNotificationMethods: turns cannot do without ${needed.join(", ")}. Leave it out`);
}
