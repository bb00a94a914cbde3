import type { DiagnosticListener } from "../message/diagnostic.ts";
import { callback, wrong } from "../util/options.ts";
import type { Notification } from "./notification.ts";
import type { PendingServerRequest, ServerRequest, ServerRequestContext } from "./server_request.ts";
import type { TraceContext } from "./trace.ts";

/** A request of this client, as an observer sees it. */
export interface ObservedRequest {
  /** What is asked. */
  readonly method: string;
  /** As they are sent; they may hold secrets (`account/login/start`). Not to be changed. */
  readonly params: unknown;
  /** The trace that it belongs to so far: what its call names, else what `traceContext` says. */
  readonly trace: TraceContext | undefined;
}

/** What an observer wants of a request that it was shown. */
export interface RequestWatch {
  /** The trace that goes with the request instead. Absent leaves it as it is. */
  readonly trace?: TraceContext | undefined;
  /** Told the result, before the caller has it. */
  readonly onResult?: ((result: unknown) => void) | undefined;
  /** Told why there is none. */
  readonly onError?: ((error: unknown) => void) | undefined;
}

/** What became of a request of the server. */
export type ServerRequestOutcome =
  /** This client has answered it: a handler, or `codex.answer`. */
  | { readonly type: "answered"; readonly result: unknown }
  /** This client has refused it; `reason` as in the diagnostic `server-request-refused`. */
  | { readonly type: "refused"; readonly reason: string }
  /** It was taken back, answered by another client, or lost with its connection; `reason` says which, in words. */
  | { readonly type: "gone"; readonly reason: string };

/**
 * Watches a client, for telemetry or a protocol of who allowed what, and takes no part: see `codex.observe`. Its methods
 * are called as things happen, before anybody else is told, and nothing waits for them: they must be quick. What they
 * throw is told as the diagnostic `callback-threw`, and changes nothing.
 */
export interface CodexObserver {
  /** A request of this client is about to be sent. Called in the async context of its caller. */
  request?(request: ObservedRequest): RequestWatch | undefined | void;
  /**
   * All that the server sends, in its order, its requests included; and in its place the end of a turn that was learnt by
   * other means.
   */
  event?(event: Notification | ServerRequest): void;
  /**
   * A handler is about to run, in its own async context. What is called around `next`, which never rejects here and may be
   * left uncalled, is around the handler: `handle: (request, ctx, next) => storage.run(value, next)`.
   */
  handle?(request: ServerRequest, ctx: ServerRequestContext, next: () => Promise<void>): void;
  /** A request of the server waits for nothing any more. */
  settled?(request: PendingServerRequest, outcome: ServerRequestOutcome): void;
  /**
   * A turn that ran, of this client or another one, will not be heard of again: its thread was archived or closed, or the
   * connection is gone for good (`error` says how), or there is another one that does not follow it.
   */
  turnLost?(turn: { readonly threadId: string; readonly turnId: string }, error: unknown): void;
}

const METHODS: readonly (keyof CodexObserver)[] = ["request", "event", "handle", "settled", "turnLost"];

/** Those who watch a client. */
export class Observers {
  readonly #onDiagnostic: DiagnosticListener;
  #all: readonly { readonly observer: CodexObserver }[] = [];

  constructor(onDiagnostic: DiagnosticListener) {
    this.#onDiagnostic = onDiagnostic;
  }

  /** Whether there are none: then nothing needs to be made for them. */
  get none(): boolean {
    return this.#all.length === 0;
  }

  /**
   * Adds one. Returns how to take it away again.
   *
   * @throws {TypeError} If it is none.
   */
  add(observer: CodexObserver): () => void {
    if (typeof observer !== "object" || observer === null) throw wrong("observe", "an object with methods", observer);
    for (const name of METHODS) if (observer[name] !== undefined) callback(observer[name], `observe: ${name}`);
    const entry = { observer }; // of its own, so that the same one can watch twice
    this.#all = [...this.#all, entry];
    return () => {
      this.#all = this.#all.filter((each) => each !== entry);
    };
  }

  /** Shows a request; each one sees the trace that the one before it gave. */
  request(request: ObservedRequest): { readonly trace: TraceContext | undefined; readonly watches: RequestWatch[] } {
    let { trace } = request;
    const watches: RequestWatch[] = [];
    for (const { observer } of this.#all) {
      const watch = this.#call(() => observer.request?.({ ...request, trace }));
      if (typeof watch !== "object" || watch === null) continue;
      trace = watch.trace ?? trace;
      watches.push(watch);
    }
    return { trace, watches };
  }

  /** Tells those who watch a request how it ended, and hands on what they are not to change. */
  async outcome<T>(reply: Promise<T>, watches: readonly RequestWatch[]): Promise<T> {
    try {
      const result = await reply;
      for (const { onResult } of watches) this.#call(() => onResult?.(result));
      return result;
    } catch (error) {
      for (const { onError } of watches) this.#call(() => onError?.(error));
      throw error;
    }
  }

  event(event: Notification | ServerRequest): void {
    // By index, and with no function for each: it is called for every delta.
    const all = this.#all;
    for (let at = 0; at < all.length; at++) {
      try {
        all[at]!.observer.event?.(event);
      } catch (error) {
        this.#threw(error);
      }
    }
  }

  /** Runs a handler within what the observers put around it. */
  handle(request: ServerRequest, ctx: ServerRequestContext, handler: () => unknown): unknown {
    return this.#all.reduce<() => unknown>((inner, { observer }) => {
      if (observer.handle === undefined) return inner;
      return () => {
        let outcome: Promise<unknown> | undefined;
        const start = () => outcome ??= (async () => await inner())();
        this.#call(() => observer.handle!(request, ctx, () => start().then(() => {}, () => {})));
        return start();
      };
    }, handler)();
  }

  settled(request: PendingServerRequest, outcome: ServerRequestOutcome): void {
    for (const { observer } of this.#all) this.#call(() => observer.settled?.(request, outcome));
  }

  turnLost(threadId: string, turnId: string, error: unknown): void {
    for (const { observer } of this.#all) this.#call(() => observer.turnLost?.({ threadId, turnId }, error));
  }

  #call<T>(work: () => T): T | undefined {
    try {
      return work();
    } catch (error) {
      this.#threw(error);
      return undefined;
    }
  }

  #threw(error: unknown): void {
    this.#onDiagnostic({ type: "callback-threw", callback: "observer", error });
  }
}
