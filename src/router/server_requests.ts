import type { ServerRequestMethod, ThreadItem } from "../../gen/mod.ts";
import { InvalidParamsError } from "../errors.ts";
import type { DiagnosticListener, DiagnosticOf } from "../message/diagnostic.ts";
import type { RawError, RequestId } from "../message/message.ts";
import type { Validator } from "../message/validator.ts";
import { startTimer } from "../util/timer.ts";
import { safeRefusal } from "./refusals.ts";
import { itemIdOf, routeOf } from "./route.ts";
import type { LocalThread } from "./thread_places.ts";
import type {
  Parked,
  Passed,
  PendingServerRequest,
  ServerRequestContext,
  ServerRequestHandlers,
} from "./server_request.ts";

const PASSED: Passed = Object.freeze({ passed: true });
const PARKED: Parked = Object.freeze({ parked: true });

type AnyHandler = (params: unknown, ctx: ServerRequestContext) => unknown;

interface Entry {
  readonly id: RequestId;
  readonly method: ServerRequestMethod;
  readonly params: unknown;
  readonly threadId: string | null;
  readonly turnId: string | null;
  readonly controller: AbortController;
  readonly stopTimer: () => void;
  state: "handling" | "parked";
}

/** What the model or the server is told of a refusal, where there is room for it. */
const WHY: { readonly [R in DiagnosticOf<"server-request-refused">["reason"]]: string | undefined } = {
  "no-handler": undefined,
  "invalid-request": "the request does not fit the protocol",
  "handler-threw": "what answers it in this client failed",
  "invalid-answer": "what answers it in this client gave no usable answer",
  timeout: "nothing in this client answered in time",
};

/** What the answering of server requests needs from around it. */
export interface ServerRequestsOptions {
  readonly handlers: ServerRequestHandlers;
  readonly timeoutMs: number | undefined;
  readonly validator: Validator;
  readonly onDiagnostic: DiagnosticListener;
  /** Throws if the message is not JSON; one that cannot be sent because the connection is lost is dropped. */
  readonly send: (message: { id: RequestId; result: unknown } | { id: RequestId; error: RawError }) => void;
  /** Whether other clients may answer as well. */
  readonly isShared: () => boolean;
  /** Whether a turn is this client's, so that on a shared server it is the one to refuse. */
  readonly isOurs: (threadId: string | null, turnId: string | null) => Promise<boolean>;
  /** What is known of the machine of a thread, if it is this one. */
  readonly localOf: (threadId: string | null) => LocalThread | null;
  /** The thread of a turn, for a request that names its turn alone. */
  readonly threadOf: (turnId: string) => string | null;
  readonly itemOf: (turnId: string, itemId: string) => ThreadItem | null;
  readonly onBusy: (busy: boolean) => void;
}

/**
 * Answers what the server asks. Every request gets exactly one answer: a handler's, checked before it is sent, or a safe
 * refusal. The read loop never waits for it.
 */
export class ServerRequests {
  readonly #options: ServerRequestsOptions;
  readonly #pending = new Map<RequestId, Entry>();
  readonly #threads = new Map<string, ServerRequestHandlers>();

  constructor(options: ServerRequestsOptions) {
    this.#options = options;
  }

  /** How many requests wait for their answer. */
  get size(): number {
    return this.#pending.size;
  }

  /** The handlers of one thread; they come before the client's. `undefined` removes them. */
  setThreadHandlers(threadId: string, handlers: ServerRequestHandlers | undefined): void {
    if (handlers === undefined) this.#threads.delete(threadId);
    else this.#threads.set(threadId, handlers);
  }

  threadHandlers(threadId: string): ServerRequestHandlers | undefined {
    return this.#threads.get(threadId);
  }

  list(): PendingServerRequest[] {
    return [...this.#pending.values()].map(({ id, method, params, threadId, turnId, state }) =>
      ({ id, method, params, threadId, turnId, state }) as PendingServerRequest
    );
  }

  /** Takes in a request of the server. */
  receive(id: RequestId, method: string, params: unknown): void {
    // Asked again, as of a client that resumes the thread: it is being answered already.
    if (this.#pending.has(id)) return;
    const { validator, onDiagnostic } = this.#options;
    const check = validator.serverRequest(method, params);
    if (check === "unknown") onDiagnostic({ type: "unknown-method", part: "server-request", method });
    const { threadId: named, turnId } = routeOf(method, params);
    const threadId = named ?? (turnId === null ? null : this.#options.threadOf(turnId));
    const entry: Entry = {
      id,
      method: method as ServerRequestMethod,
      params,
      threadId,
      turnId,
      controller: new AbortController(),
      stopTimer: startTimer(this.#options.timeoutMs, () => {
        entry.controller.abort(new Error(`No answer to ${method} within ${this.#options.timeoutMs} ms`));
        void this.#refuse(entry, { reason: "timeout" });
      }),
      state: "handling",
    };
    if (this.#pending.size === 0) this.#options.onBusy(true);
    this.#pending.set(id, entry);
    this.#handle(entry, check === "valid").catch((error) => {
      if (!this.#isPending(entry)) return onDiagnostic({ type: "late-answer", id, method, error });
      return this.#refuse(entry, { reason: "handler-threw", error });
    });
  }

  /**
   * Answers a pending request.
   *
   * @throws {RangeError} If no request of this id is pending.
   * @throws {InvalidParamsError} If the result does not fit the request; it stays pending.
   * @throws {TypeError} If it is not JSON; it stays pending.
   */
  answer(id: RequestId, result: unknown): void {
    const entry = this.#find(id);
    if (entry === undefined) {
      throw new RangeError(`No server request ${JSON.stringify(id)} is pending: it was answered, resolved or cut off`);
    }
    const issues = this.#options.validator.answer(entry.method, result);
    if (issues.length > 0) {
      const message = `The answer does not fit: ${issues.map((i) => `${i.path}: ${i.message}`).join("; ")}`;
      throw new InvalidParamsError({ rpcCode: -32602, message, method: entry.method }, issues);
    }
    this.#answer(entry, result, new Error(`${entry.method} was answered elsewhere`));
  }

  /** Finds a request also if its id was stored as text meanwhile: the server's own are numbers. */
  #find(id: RequestId): Entry | undefined {
    const entry = this.#pending.get(id);
    if (entry !== undefined || typeof id !== "string") return entry;
    const number = Number(id);
    return String(number) === id ? this.#pending.get(number) : undefined;
  }

  /** Another client answered first, or the server took the request back. */
  resolved(id: RequestId): void {
    const entry = this.#pending.get(id);
    if (entry !== undefined) this.#close(entry, new Error(`${entry.method} was resolved elsewhere`));
  }

  /** A turn is over: nobody wants the answers to its questions any more. */
  endTurn(turnId: string): void {
    for (const entry of this.#pending.values()) {
      if (entry.turnId === turnId) this.#close(entry, new Error(`Turn ${turnId} is over`));
    }
  }

  /** The connection is gone. */
  closeAll(reason: unknown): void {
    for (const entry of this.#pending.values()) this.#close(entry, reason);
  }

  async #handle(entry: Entry, valid: boolean): Promise<void> {
    const { id, method, params, threadId, turnId, controller } = entry;
    const { isShared, isOurs, onDiagnostic, itemOf, localOf, validator } = this.#options;
    const itemId = itemIdOf(method, params);
    const own = !isShared() || await isOurs(threadId, turnId);
    const ctx: ServerRequestContext = {
      id,
      method,
      threadId,
      turnId,
      own,
      signal: controller.signal,
      local: localOf(threadId),
      item: turnId === null || itemId === null ? null : itemOf(turnId, itemId),
      pass: () => PASSED,
      defer: () => PARKED,
    };
    const handlers = [threadId === null ? undefined : this.#threads.get(threadId), this.#options.handlers]
      .flatMap((of) => valid && of?.[method] !== undefined ? [of[method] as AnyHandler] : []);
    for (const handler of handlers) {
      if (!this.#isPending(entry)) return;
      const result = await handler(params, ctx);
      if (result === PASSED) continue;
      if (result === PARKED) {
        entry.state = "parked";
        return;
      }
      if (!this.#isPending(entry)) return onDiagnostic({ type: "late-answer", id, method });
      const issues = validator.answer(method, result);
      if (issues.length > 0) return await this.#refuse(entry, { reason: "invalid-answer", error: issues });
      try {
        return this.#answer(entry, result);
      } catch (error) {
        return await this.#refuse(entry, { reason: "invalid-answer", error });
      }
    }
    if (handlers.length > 0 && isShared()) return this.#leave(entry, { reason: "handler-passed" }, own);
    await this.#refuse(entry, { reason: valid ? "no-handler" : "invalid-request" });
  }

  /**
   * Sends an answer. With a reason, a handler that is still at work is told to stop.
   *
   * @throws {TypeError} If the result is not JSON; nothing was sent then, and the request stays pending.
   */
  #answer(entry: Entry, result: unknown, reason?: unknown): void {
    this.#options.send({ id: entry.id, result });
    this.#close(entry, reason);
  }

  /** Sends the safe refusal; but what another client's turn asks is that client's to refuse. */
  async #refuse(
    entry: Entry,
    why: Omit<DiagnosticOf<"server-request-refused">, "type" | "id" | "method">,
  ): Promise<void> {
    const { id, method, params, threadId, turnId } = entry;
    const { isShared, isOurs, send, onDiagnostic } = this.#options;
    if (isShared() && !(await isOurs(threadId, turnId))) return this.#leave(entry, { ...why, reason: "not-our-turn" });
    if (!this.#close(entry)) return;
    send({ id, ...safeRefusal(method, params, WHY[why.reason]) });
    onDiagnostic({ type: "server-request-refused", id, method, ...why });
  }

  /** Leaves the answer to other clients: this one's own turns do not wait for it for longer than their deadline. */
  #leave(
    entry: Entry,
    why: Omit<DiagnosticOf<"server-request-left">, "type" | "id" | "method">,
    own: boolean = false,
  ): void {
    const { id, method } = entry;
    if (own && this.#isPending(entry)) entry.state = "parked";
    else if (!this.#close(entry)) return;
    this.#options.onDiagnostic({ type: "server-request-left", id, method, ...why });
  }

  #isPending(entry: Entry): boolean {
    return this.#pending.get(entry.id) === entry;
  }

  /** Takes the entry off the table. False if it was off already. With a reason, its handler is told to stop. */
  #close(entry: Entry, reason?: unknown): boolean {
    if (!this.#isPending(entry)) return false;
    this.#pending.delete(entry.id);
    entry.stopTimer();
    if (reason !== undefined) entry.controller.abort(reason);
    if (this.#pending.size === 0) this.#options.onBusy(false);
    return true;
  }
}
