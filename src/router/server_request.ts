import type { ServerRequestMethod, ServerRequestParamsOf, ServerRequestResultOf, ThreadItem } from "../../gen/mod.ts";
import type { RequestId } from "../message/message.ts";
import type { LocalThread } from "./thread_places.ts";

/** A request of the server. Whoever answers it needs its `id`. */
export type ServerRequest = {
  [M in ServerRequestMethod]: {
    /** What `codex.answer` takes. Never that of another question of this `Codex`. */
    readonly id: RequestId;
    /** The server's own id of the request, as `serverRequest/resolved` has it. Absent if it is the same. */
    readonly requestId?: RequestId;
    /** What is asked. */
    readonly method: M;
    /** As the server sent them. */
    readonly params: ServerRequestParamsOf<M>;
  };
}[ServerRequestMethod];

/** What a handler returns to leave a request to the next handler, and at last to the other clients of the server. */
export interface Passed {
  /** Tells it from an answer; made by `ctx.pass()` alone. */
  readonly passed: true;
}

/** What a handler returns to have a request answered later, by `codex.answer(id, result)`. */
export interface Parked {
  /** Tells it from an answer; made by `ctx.defer()` alone. */
  readonly parked: true;
}

/** What a handler knows of the request beside its params. */
export interface ServerRequestContext {
  /** The name of this question, and never of another one of this `Codex`; what `codex.answer` takes. */
  readonly id: RequestId;
  /** The server's own id of the request, as `serverRequest/resolved` has it. Another connection has it anew. */
  readonly requestId: RequestId;
  /** What is asked. */
  readonly method: ServerRequestMethod;
  /** Aborts when the answer is no longer wanted: answered elsewhere, turn over, deadline, connection closed. */
  readonly signal: AbortSignal;
  /** The thread that asks; a sub-agent's has a parent. `null` if it is about none. */
  readonly threadId: string | null;
  /** The thread at the top: that of which the asking one is a sub-agent, or the asking one itself. */
  readonly rootThreadId: string | null;
  /** The way from the one to the other: from the root, by its sub-agents, to the thread that asks. */
  readonly threadPath: readonly string[];
  /** The turn that asks; `null` if it is about none. */
  readonly turnId: string | null;
  /** Whether the question is this client's to answer. On a shared server, what others started is theirs. */
  readonly own: boolean;
  /**
   * What is known of the machine that the thread works on, if that is this one; `null` if it may be another: the server
   * is reached over a socket, or the thread uses an environment of another name than `local`.
   */
  readonly local: LocalThread | null;
  /**
   * The item that the request is about: the unfinished one of its id that was started last, as it was then. `null` if
   * there is none, or this client has not seen it.
   */
  readonly item: ThreadItem | null;
  /**
   * Leaves the request to the next handler; if there is none, to the server's other clients. In a turn of this client, it
   * is refused if there are no others, or if they do not answer by the deadline.
   */
  pass(): Passed;
  /** Parks the request: it stays pending until `codex.answer(id, result)`, or its deadline, or its end. */
  defer(): Parked;
}

/** What a handler may return. */
export type ServerRequestAnswer<M extends ServerRequestMethod> = ServerRequestResultOf<M> | Passed | Parked;

/** Answers one kind of server request. What it throws becomes a safe refusal and a diagnostic. */
export type ServerRequestHandler<M extends ServerRequestMethod> = (
  params: ServerRequestParamsOf<M>,
  ctx: ServerRequestContext,
) => ServerRequestAnswer<M> | Promise<ServerRequestAnswer<M>>;

/**
 * Handlers by the method of the request. What has none is refused, never accepted. They run in the async context
 * (`AsyncLocalStorage`) of the call that they were given to.
 */
export type ServerRequestHandlers = { readonly [M in ServerRequestMethod]?: ServerRequestHandler<M> };

/** A server request that waits for its answer. Plain data: may be stored and answered from elsewhere. */
export type PendingServerRequest = {
  [M in ServerRequestMethod]: {
    /** What `codex.answer` takes. Never that of another question of this `Codex`. */
    readonly id: RequestId;
    /** The server's own id of the request, as `serverRequest/resolved` has it. */
    readonly requestId: RequestId;
    /** What is asked. */
    readonly method: M;
    /** As the server sent them. */
    readonly params: ServerRequestParamsOf<M>;
    /** The thread that it is about; `null` if it is about none. */
    readonly threadId: string | null;
    /** The turn that it is about; `null` if it is about none. */
    readonly turnId: string | null;
    /** `handling`: a handler is at work. `parked`: it waits for `codex.answer`. */
    readonly state: "handling" | "parked";
  };
}[ServerRequestMethod];
