import type { RateLimitSnapshot, TurnError } from "../../gen/mod.ts";
import type { Diagnostic, DiagnosticListener } from "../message/diagnostic.ts";
import type { Incoming, RawError, RequestId } from "../message/message.ts";
import { ProtocolError } from "../errors.ts";
import { toRpcError } from "../message/rpc_error.ts";
import type { Validator } from "../message/validator.ts";
import type { Family } from "./family.ts";
import type { Notification } from "./notification.ts";
import type { Observers } from "./observer.ts";
import type { PendingRequests, Settled } from "./pending.ts";
import { routeOf, sameMethod } from "./route.ts";
import type { ServerRequest } from "./server_request.ts";
import type { ServerRequests } from "./server_requests.ts";
import type { Subscriptions } from "./subscriptions.ts";
import type { ThreadPlaces } from "./thread_places.ts";
import type { ThreadWork } from "./thread_work.ts";
import type { TurnTable } from "./turn_table.ts";
import { isUsageLimit, rememberLimits } from "./usage_limit.ts";

/** Whom messages are for, and what they have to go through. */
export interface DispatchOptions {
  readonly pending: PendingRequests;
  readonly turns: TurnTable;
  readonly family: Family;
  readonly work: ThreadWork;
  readonly places: ThreadPlaces;
  readonly subscriptions: Subscriptions;
  readonly serverRequests: ServerRequests;
  readonly observers: Observers;
  readonly validator: Validator;
  readonly onDiagnostic: DiagnosticListener;
  /** The server says that nothing runs in a thread any more. */
  readonly onIdle: (threadId: string) => void;
  /** Ends the connection because of what came over it. */
  readonly fail: (error: unknown) => void;
}

const NEITHER: RawError = { code: -32603, message: "The server answered with neither a result nor an error" };

/** Where every message of the server finds whom it is for. */
export class Dispatch {
  readonly #options: DispatchOptions;
  #rateLimits: RateLimitSnapshot | undefined;

  constructor(options: DispatchOptions) {
    this.#options = options;
  }

  /** Takes in one message; waits for nobody. `bytes` is its length on the wire. */
  receive(message: Incoming, bytes: number): void {
    switch (message.kind) {
      case "notification":
        return this.#notify(message.notification as Notification, bytes);
      case "request":
        return this.#ask(message, bytes);
      case "result": {
        const { id, result } = message;
        // At once: the next message may be a question of the thread that this one tells of.
        this.#options.places.told(result);
        this.#options.family.told(result);
        return this.#report(id, this.#options.pending.resolve(id, result));
      }
      case "error":
        return this.#report(message.id, this.#reject(message.id, message.error));
      case "neither":
        this.#reject(message.id, NEITHER);
        return this.#tell({ type: "unexpected-reply", id: message.id, reason: "neither-result-nor-error" });
    }
  }

  /** A stream shows it under the name by which it is answered. */
  #ask({ id: requestId, method, params }: Extract<Incoming, { kind: "request" }>, bytes: number): void {
    const { serverRequests, subscriptions } = this.#options;
    const id = serverRequests.receive(requestId, method, params, bytes);
    const request = id === requestId ? { id, method, params } : { id, requestId, method, params };
    subscriptions.publishRequest(request as ServerRequest, bytes);
  }

  #reject(id: RequestId, error: RawError): Settled {
    return this.#options.pending.reject(id, (method) => toRpcError(method, error));
  }

  #report(id: RequestId, settled: Settled): void {
    if (settled === "unknown") this.#tell({ type: "unexpected-reply", id, reason: "unknown-id" });
  }

  #tell(diagnostic: Diagnostic): void {
    this.#options.onDiagnostic(diagnostic);
  }

  /** However odd one notification is, the connection goes on: whoever can make nothing of it has thrown. */
  #notify(event: Notification, bytes: number): void {
    (event as { method: string }).method = sameMethod(event.method); // nobody else has it yet
    try {
      this.#options.validator.notification(event);
    } catch (error) {
      // Only in strict mode, in which nothing may pass unnoticed.
      return this.#options.fail(error);
    }
    try {
      this.#publish(event, bytes);
    } catch (error) {
      const message = `It cannot be taken in: ${error instanceof Error ? error.message : String(error)}`;
      const issues = [{ path: "", message }];
      this.#tell({ type: "invalid-message", part: "notification", method: event.method, issues });
    }
  }

  #publish(event: Notification, bytes: number): void {
    const { turns, family, subscriptions, observers } = this.#options;
    const { threadId: named, turnId } = routeOf(event.method, event.params);
    const threadId = named ?? (turnId === null ? null : turns.threadOf(turnId));
    if (event.method === "turn/started" && threadId !== null) this.#completeStart(event.params?.turn, threadId);
    if (event.params == null) {
      observers.event(event);
      return subscriptions.publish(threadId, event, bytes);
    }
    family.observe(event, threadId, turnId, bytes);
    observers.event(event);
    this.#act(event, threadId, turnId);
    if (turnId !== null && threadId !== null) turns.observe(threadId, turnId, event, bytes);
    else if (turnId !== null) turns.keep(turnId, event, bytes);
    family.ofAgents(
      event,
      threadId,
      bytes,
      (rootTurnId, each) => turns.observeAgent(rootTurnId, each.event, each.bytes),
    );
    family.settle(event, threadId, turnId);
    subscriptions.publish(threadId, event, bytes);
  }

  /**
   * Servers before 0.162 do not say on whose behalf a turn runs. One that begins while a review runs does its work, for
   * nothing else can begin then; and its end is told by the id of the review alone.
   */
  #completeStart(turn: { rootTurnId?: string | null } | undefined, threadId: string): void {
    if (turn == null || turn.rootTurnId !== undefined) return;
    const { kind, turnId } = this.#options.work.running(threadId) ?? {};
    if (kind === "review" && turnId != null) turn.rootTurnId = turnId;
  }

  /** What this client does about it. Whatever the types say, a message of the server may lack anything that it names. */
  #act(event: Notification, threadId: string | null, turnId: string | null): void {
    const { serverRequests, places, turns, work, onIdle } = this.#options;
    switch (event.method) {
      case "serverRequest/resolved":
        serverRequests.resolved(event.params.requestId);
        break;
      case "turn/started":
        if (threadId !== null && turnId !== null) work.started(threadId, turnId, event.params.turn?.rootTurnId);
        break;
      case "item/started":
        if (threadId !== null && turnId !== null) work.item(threadId, turnId, event.params.item);
        break;
      case "turn/completed":
        if (threadId !== null && turnId !== null) {
          work.completed(threadId, turnId);
          serverRequests.endTurn(threadId, turnId);
        }
        this.#rememberLimits(event.params.turn?.error);
        break;
      case "thread/tokenUsage/updated":
        if (threadId !== null && turnId !== null) turns.totals.take(threadId, turnId, event.params.tokenUsage);
        break;
      case "account/rateLimits/updated":
        this.#rateLimits = event.params.rateLimits;
        break;
      case "thread/started":
      case "thread/settings/updated":
        places.told(event.params);
        break;
      case "thread/status/changed":
        if (threadId === null || event.params.status?.type !== "idle") break;
        work.idle(threadId);
        onIdle(threadId);
        break;
      case "thread/closed":
      case "thread/deleted":
        if (threadId === null) break;
        turns.totals.delete(threadId);
        work.forget(threadId, new ProtocolError(`Thread ${threadId} was closed`));
        break;
      case "error": {
        // Without a deadline a turn waits for as long as the server goes on trying: not in silence.
        const { willRetry, error } = event.params;
        if (willRetry) this.#tell({ type: "server-retries", threadId, turnId, message: error?.message ?? "" });
        break;
      }
      case "configWarning": {
        // Comes right behind the handshake, before anybody can have begun to listen.
        const { summary, details = null } = event.params;
        this.#tell({ type: "config-warning", summary, details });
        break;
      }
    }
  }
  /** The server tells of the limits right before a turn fails by one of them, and not in the turn. */
  #rememberLimits(error: TurnError | null | undefined): void {
    if (error != null && this.#rateLimits != null && isUsageLimit(error)) rememberLimits(error, this.#rateLimits);
  }
}
