import type { ServerRequestMethod } from "../../gen/mod.ts";
import { InvalidParamsError } from "../errors.ts";
import type { DiagnosticListener, DiagnosticOf } from "../message/diagnostic.ts";
import type { RawError, RequestId } from "../message/message.ts";
import { encode } from "../message/outgoing.ts";
import type { Validator } from "../message/validator.ts";
import type { AsyncContext } from "../util/async_context.ts";
import { startTimer } from "../util/timer.ts";
import { claimOf, isSameQuestion } from "./claim.ts";
import type { Answered } from "./granted.ts";
import type { Asking, Lineage } from "./lineage.ts";
import { notPending } from "./not_pending.ts";
import type { Observers, ServerRequestOutcome } from "./observer.ts";
import { QuestionIds } from "./question_ids.ts";
import { safeRefusal } from "./refusals.ts";
import { itemIdOf, routeOf } from "./route.ts";
import type { Parked, Passed, PendingServerRequest, ServerRequest, ServerRequestContext } from "./server_request.ts";
import type { OwnHandlers } from "./thread_handlers.ts";
import type { LocalThread } from "./thread_places.ts";

const PASSED: Passed = Object.freeze({ passed: true });
const PARKED: Parked = Object.freeze({ parked: true });

/**
 * How long after its question an approval is sent at the earliest. The server goes by the id of the item, and gives an
 * answer to whichever question of that id came last: so another one that has come meanwhile must have been seen.
 */
const APPROVAL_AFTER_MS = 25;

/** What a question takes while it waits for its answer, beside its text. */
const QUESTION_BYTES = 4096;

type AnyHandler = (params: unknown, ctx: ServerRequestContext) => unknown;
type Refused = Omit<DiagnosticOf<"server-request-refused">, "type" | "id" | "method">;
type Left = Omit<DiagnosticOf<"server-request-left">, "type" | "id" | "method">;

interface Entry {
  readonly id: RequestId;
  readonly requestId: RequestId;
  readonly method: ServerRequestMethod;
  readonly params: unknown;
  readonly bytes: number;
  readonly threadId: string | null;
  readonly turnId: string | null;
  readonly claim: string | null;
  readonly receivedAt: number;
  readonly controller: AbortController;
  readonly stopTimer: () => void;
  /** Of the handler that is at work. */
  context: AsyncContext | undefined;
  state: "handling" | "parked" | "answered";
  /** Of an answer that is held back. */
  sendNow: (() => void) | undefined;
  stopSending: () => void;
}

/** What the model or the server is told of a refusal, where there is room for it. */
const WHY: { readonly [R in DiagnosticOf<"server-request-refused">["reason"]]: string | undefined } = {
  "no-handler": undefined,
  "invalid-request": "the request does not fit the protocol",
  "handler-threw": "what answers it in this client failed",
  "invalid-answer": "what answers it in this client gave no usable answer",
  timeout: "nothing in this client answered in time",
  "unknown-parent": "it is not known whose sub-agent asks",
  "handlers-gone": "nobody has this thread any more",
  "foreign-turn": "an agent may not do by another thread what its own may not",
  "ambiguous-item": "two calls of this turn have the same id",
  "too-many": "too much is asked at a time",
};

/** What the answering of server requests needs from around it. */
export interface ServerRequestsOptions {
  /** The client's handlers. */
  readonly client: OwnHandlers;
  readonly timeoutMs: number | undefined;
  /** How much may be asked at a time. */
  readonly maxBytes: number;
  /** How much is remembered of questions that are gone. */
  readonly rememberedBytes: number;
  readonly validator: Validator;
  readonly onDiagnostic: DiagnosticListener;
  /** Throws if the message is not JSON; one that cannot be sent because the connection is lost is dropped. */
  readonly send: (message: { id: RequestId; result: unknown } | { id: RequestId; error: RawError }) => void;
  /** Whether other clients may answer as well. */
  readonly isShared: () => boolean;
  readonly lineage: Lineage;
  /** What is known of the machine of a thread, given the path to it, if it is this one. */
  readonly localOf: (path: readonly string[]) => Promise<LocalThread | null>;
  /** Is told the answer to what a thread has asked; of one that is not known nothing. */
  readonly onAnswer: (threadId: string, answered: Answered) => void;
  /** The thread of a turn, for a request that names its turn alone. */
  readonly threadOf: (turnId: string) => string | null;
  readonly onBusy: (busy: boolean) => void;
  readonly observers: Observers;
}

/**
 * Answers what the server asks. Every request gets exactly one answer: a handler's, checked before it is sent, or a safe
 * refusal. The read loop never waits for it.
 */
export class ServerRequests {
  readonly #options: ServerRequestsOptions;
  readonly #ids: QuestionIds;
  readonly #pending = new Map<RequestId, Entry>();
  /** The same, by the server's ids. */
  readonly #asked = new Map<RequestId, Entry>();
  /** The same, by what the server goes by when it is answered. */
  readonly #claims = new Map<string, Entry>();
  #bytes = 0;

  constructor(options: ServerRequestsOptions) {
    this.#options = options;
    this.#ids = new QuestionIds(options.rememberedBytes);
  }

  /** How many requests wait for their answer. */
  get size(): number {
    return this.#pending.size;
  }

  list(): PendingServerRequest[] {
    return [...this.#pending.values()].filter(({ state }) => state !== "answered").map(recordOf);
  }

  /** Takes in a request of the server. `bytes` is its length on the wire. Returns the name by which it is answered. */
  receive(requestId: RequestId, method: string, params: unknown, bytes: number): RequestId {
    // Asked again, as of a client that resumes the thread: it is being answered already.
    const before = this.#asked.get(requestId);
    const { validator, onDiagnostic, onBusy, maxBytes, timeoutMs } = this.#options;
    if (before !== undefined) {
      if (before.method === method && isSameQuestion(before.params, params)) return before.id;
      const message = `A request of this id waits already (${before.method}): both get the one answer`;
      onDiagnostic({ type: "invalid-message", part: "server-request", method, issues: [{ path: "id", message }] });
      return before.id;
    }
    const check = validator.serverRequest(method, params);
    if (check === "unknown") onDiagnostic({ type: "unknown-method", part: "server-request", method });
    const { threadId: named, turnId } = routeOf(method, params);
    const threadId = named ?? (turnId === null ? null : this.#options.threadOf(turnId));
    const entry: Entry = {
      id: this.#ids.next(requestId),
      requestId,
      method: method as ServerRequestMethod,
      params,
      bytes: bytes + QUESTION_BYTES,
      threadId,
      turnId,
      claim: claimOf(method, params),
      receivedAt: performance.now(),
      controller: new AbortController(),
      stopTimer: startTimer(timeoutMs, () => {
        this.#abort(entry, new Error(`No answer to ${method} within ${timeoutMs} ms`));
        void this.#refuse(entry, { reason: "timeout" });
      }),
      context: undefined,
      state: "handling",
      sendNow: undefined,
      stopSending: () => {},
    };
    const tooMany = this.#pending.size > 0 && this.#bytes + entry.bytes > maxBytes;
    const other = entry.claim === null ? undefined : this.#claims.get(entry.claim);
    const rival = other !== undefined && !isSameQuestion(other.params, params) ? other : undefined;
    if (this.#pending.size === 0) onBusy(true);
    this.#pending.set(entry.id, entry);
    this.#asked.set(requestId, entry);
    this.#bytes += entry.bytes;
    if (entry.claim !== null) this.#claims.set(entry.claim, entry);
    this.#options.observers.event(requestOf(entry));
    if (rival !== undefined) {
      // Whichever is answered, the server would take it for the answer to the one that it asked last.
      this.#abort(rival, new Error(`${rival.method} was refused: two items of one turn have the same id`));
      for (const each of [rival, entry]) void this.#refuse(each, { reason: "ambiguous-item" });
    } else if (tooMany) void this.#refuse(entry, { reason: "too-many" });
    else this.#begin(entry, check === "valid");
    return entry.id;
  }

  #begin(entry: Entry, valid: boolean): void {
    const { onDiagnostic } = this.#options;
    this.#handle(entry, valid).catch((error) => {
      if (!this.#isOpen(entry)) return onDiagnostic({ type: "late-answer", id: entry.id, method: entry.method, error });
      return this.#refuse(entry, { reason: "handler-threw", error });
    });
  }

  /**
   * Answers a pending request.
   *
   * @throws {RangeError} If no request of this id is pending; says what became of it.
   * @throws {InvalidParamsError} If the result does not fit the request; it stays pending.
   * @throws {TypeError} If it is not JSON; it stays pending.
   */
  answer(id: RequestId, result: unknown): void {
    const entry = this.#find(id);
    if (entry === undefined || entry.state === "answered") {
      const why = entry === undefined ? this.#ids.whyGone(id) : "it was answered";
      throw notPending(id, why);
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
  resolved(requestId: RequestId): void {
    const entry = this.#asked.get(requestId);
    if (entry === undefined) return;
    // What was answered here is answered, though it has not been sent yet.
    if (entry.sendNow !== undefined) return entry.sendNow();
    this.#learn(entry);
    this.#close(entry, "it was resolved elsewhere", new Error(`${entry.method} was resolved elsewhere`));
  }

  /** A turn is over: nobody wants the answers to its questions any more. */
  endTurn(threadId: string, turnId: string): void {
    for (const entry of this.#pending.values()) {
      if (entry.turnId !== turnId || entry.threadId !== threadId) continue;
      this.#close(entry, "its turn is over", new Error(`Turn ${turnId} is over`));
    }
  }

  /** The connection is gone. */
  closeAll(reason: unknown): void {
    const why = "it was asked over a connection that is lost; if the server asks it again, it has another id";
    for (const entry of this.#pending.values()) this.#close(entry, why, reason);
  }

  async #handle(entry: Entry, valid: boolean): Promise<void> {
    const { id, requestId, method, params, threadId, turnId, controller } = entry;
    const { isShared, lineage, localOf, onDiagnostic, validator, client, observers } = this.#options;
    const isForNobody = !valid || (client.handlers[method] === undefined && !lineage.hasHandlers);
    if (isForNobody) return await this.#refuse(entry, { reason: valid ? "no-handler" : "invalid-request" });
    const asking = await lineage.of(threadId, turnId, itemIdOf(method, params));
    if (!this.#isOpen(entry)) return;
    if (asking.refused !== undefined) return await this.#refuse(entry, { reason: asking.refused });
    const local = await localOf(asking.path);
    const ctx: ServerRequestContext = {
      id,
      requestId,
      method,
      threadId,
      turnId,
      ...contextOf(asking),
      signal: controller.signal,
      local,
      pass: () => PASSED,
      defer: () => PARKED,
    };
    let asked = false;
    for (const { handlers, context } of [...asking.handlers, client]) {
      const handler = handlers[method] as AnyHandler | undefined;
      if (handler === undefined) continue;
      if (!this.#isOpen(entry)) return;
      asked = true;
      entry.context = context;
      const result = await context.run(() => observers.handle(requestOf(entry), ctx, () => handler(params, ctx)));
      if (result === PASSED) continue;
      if (result === PARKED) {
        if (entry.state === "handling") entry.state = "parked";
        return;
      }
      if (!this.#isOpen(entry)) return onDiagnostic({ type: "late-answer", id, method });
      const issues = validator.answer(method, result);
      if (issues.length > 0) return await this.#refuse(entry, { reason: "invalid-answer", error: issues });
      try {
        return this.#answer(entry, result);
      } catch (error) {
        return await this.#refuse(entry, { reason: "invalid-answer", error });
      }
    }
    if (asked && isShared()) return this.#leave(entry, { reason: "handler-passed" }, asking.own);
    await this.#refuse(entry, { reason: "no-handler" });
  }

  /**
   * Sends an answer. With a reason, a handler that is still at work is told to stop.
   *
   * @throws {TypeError} If the result is not JSON; nothing was sent then, and the request stays pending.
   */
  #answer(entry: Entry, result: unknown, reason?: unknown): void {
    const early = entry.claim === null ? 0 : APPROVAL_AFTER_MS - (performance.now() - entry.receivedAt);
    if (early <= 0) return this.#deliver(entry, result, reason);
    encode({ id: entry.requestId, result }); // throws now what it would throw then
    const kept: unknown = JSON.parse(JSON.stringify(result));
    entry.state = "answered";
    entry.sendNow = () => this.#deliver(entry, kept);
    entry.stopSending = startTimer(early, entry.sendNow);
    if (reason !== undefined) this.#abort(entry, reason);
  }

  #deliver(entry: Entry, result: unknown, reason?: unknown): void {
    const { send, lineage } = this.#options;
    const { requestId: id, method, params, threadId, turnId, claim } = entry;
    entry.stopSending();
    if (claim !== null && lineage.isAmbiguous(threadId, turnId, itemIdOf(method, params))) {
      return void this.#refuse(entry, { reason: "ambiguous-item" });
    }
    this.#learn(entry, result);
    send({ id, result });
    this.#close(entry, "it was answered", reason, { type: "answered", result });
  }

  /** Sends the safe refusal; but what another client's turn asks is that client's to refuse. */
  async #refuse(entry: Entry, why: Refused): Promise<void> {
    const { id, requestId, method, params, threadId, turnId } = entry;
    const { isShared, lineage, send, onDiagnostic } = this.#options;
    // What is told of an ambiguous question is for nobody to judge, so that it is taken back before anything else.
    if (why.reason === "ambiguous-item") this.#hold(entry);
    if (isShared() && !(await lineage.isOurs(threadId, turnId))) {
      return this.#leave(entry, { ...why, reason: "not-our-turn" });
    }
    const outcome = { type: "refused", reason: why.reason } as const;
    const more = why.reason === "timeout"
      ? ": serverRequestTimeoutMs of the client, 0 for ever, is how long it waits"
      : "";
    if (!this.#close(entry, `it was refused (${why.reason})${more}`, undefined, outcome)) return;
    send({ id: requestId, ...safeRefusal(method, params, WHY[why.reason]) });
    onDiagnostic({ type: "server-request-refused", id, method, ...why });
  }

  /** Leaves the answer to other clients: this one's own turns do not wait for it for longer than their deadline. */
  #leave(entry: Entry, why: Left, own: boolean = false): void {
    this.#learn(entry);
    if (own && this.#isOpen(entry)) entry.state = "parked";
    else if (!this.#close(entry, "it was left to other clients")) return;
    this.#options.onDiagnostic({ type: "server-request-left", id: entry.id, method: entry.method, ...why });
  }

  /** Lets be noted what an answer opens to the agent; one that another client gives is taken for a yes. */
  #learn({ method, params, threadId, turnId }: Entry, result?: unknown): void {
    if (threadId === null || (result === undefined && !this.#options.isShared())) return;
    const item = this.#options.lineage.itemOf(threadId, turnId, itemIdOf(method, params));
    this.#options.onAnswer(threadId, { method, params, item, result });
  }

  /** Whatever answer it has or gets, none is sent. */
  #hold(entry: Entry): void {
    entry.stopSending();
    entry.sendNow = undefined;
    entry.state = "answered";
  }

  #abort(entry: Entry, reason: unknown): void {
    const { context, controller } = entry;
    if (context === undefined) controller.abort(reason);
    else void context.run(() => controller.abort(reason));
  }

  /** Whether it waits for an answer. */
  #isOpen(entry: Entry): boolean {
    return this.#pending.get(entry.id) === entry && entry.state !== "answered";
  }

  /** Takes the entry off the table. False if it was off already. With a reason, its handler is told to stop. */
  #close(
    entry: Entry,
    why: string,
    reason?: unknown,
    outcome: ServerRequestOutcome = { type: "gone", reason: why },
  ): boolean {
    if (this.#pending.get(entry.id) !== entry) return false;
    this.#pending.delete(entry.id);
    this.#asked.delete(entry.requestId);
    if (entry.claim !== null && this.#claims.get(entry.claim) === entry) this.#claims.delete(entry.claim);
    this.#bytes -= entry.bytes;
    this.#ids.close(entry.id, why);
    this.#options.observers.settled(recordOf(entry), outcome);
    entry.stopTimer();
    entry.stopSending();
    if (reason !== undefined) this.#abort(entry, reason);
    if (this.#pending.size === 0) this.#options.onBusy(false);
    return true;
  }
}

function recordOf({ id, requestId, method, params, threadId, turnId, state }: Entry): PendingServerRequest {
  return { id, requestId, method, params, threadId, turnId, state } as PendingServerRequest;
}

/** As those who watch see it, under the name by which it is answered. */
function requestOf({ id, requestId, method, params }: Entry): ServerRequest {
  return (id === requestId ? { id, method, params } : { id, requestId, method, params }) as ServerRequest;
}

function contextOf(
  { path, own, item }: Asking,
): Pick<ServerRequestContext, "rootThreadId" | "threadPath" | "own" | "item"> {
  return { rootThreadId: path[0] ?? null, threadPath: path, own, item };
}
