import { type Context, context, ROOT_CONTEXT, trace } from "@opentelemetry/api";
import type { ThreadItem, Turn } from "../../gen/mod.ts";
import type {
  Codex,
  CodexObserver,
  Notification,
  ObservedRequest,
  PendingServerRequest,
  RequestWatch,
  ServerRequest,
  ServerRequestContext,
  ServerRequestOutcome,
} from "../../mod.ts";
import { BoundedMap } from "../util/bounded_map.ts";
import { RecentMap } from "../util/recent_map.ts";
import { approvalDecided, approvalRequested } from "./approvals.ts";
import { AwaitedTurns } from "./awaited_turns.ts";
import { CONNECTION_GAP, ERROR_TYPE, SERVER_RETRIES } from "./conventions.ts";
import { eachOf } from "./each_of.ts";
import type { Settings } from "./settings.ts";
import { type ThreadModel, ThreadModels } from "./thread_models.ts";
import { TokenCount, type Tokens } from "./tokens.ts";
import type { ToolSpan } from "./tool_span.ts";
import { toTraceContext, withTrace } from "./trace_context.ts";
import { failureBy, failureOf } from "./turn_error.ts";
import { TurnSpan } from "./turn_span.ts";

/** The requests that begin a turn. */
const KINDS: ReadonlyMap<string, string> = new Map([
  ["turn/start", "turn"],
  ["review/start", "review"],
  ["thread/compact/start", "compaction"],
  ["thread/shellCommand", "shellCommand"],
]);

/** How much is remembered of turns that are over, for the sub-agents that go on. */
const REMEMBERED_BYTES = 262_144;

/** What one client does, as spans and measurements. */
export class Telemetry implements CodexObserver {
  settings: Settings;
  readonly #codex: Codex;
  /** The turn that runs in a thread: there is at most one. */
  readonly #open = new RecentMap<TurnSpan>();
  /** Those that have said nothing yet: while there are none, deltas are not looked at. */
  readonly #silent = new Set<TurnSpan>();
  readonly #awaited = new AwaitedTurns();
  /** The contexts of turns that are over, by their ids. */
  readonly #over = new BoundedMap<Context>(REMEMBERED_BYTES, () => 256);
  readonly #models = new ThreadModels();
  readonly #tokens = new TokenCount();
  /** What ended in a thread while a turn that was asked for there had no id yet: it may have joined that one. */
  readonly #missed = new WeakMap<TurnSpan, Turn>();
  /** The turns of commands by hand whose command has begun: further ones of those turns have joined them. */
  readonly #ran = new WeakSet<TurnSpan>();
  /** What the threads had used before the turns that run in them. */
  readonly #before = new WeakMap<TurnSpan, Tokens>();

  constructor(codex: Codex, settings: Settings) {
    this.#codex = codex;
    this.settings = settings;
    codex.observe(this);
    // Whatever is left then: a turn whose start was never answered, say.
    codex.closed.then(({ error }) => {
      eachOf([...this.#open.values()].map((turn) => () => this.#end(turn, error)));
    }).catch(() => {}); // a tracer that throws: there is nobody left to tell
  }

  request({ method, params, trace: given }: ObservedRequest): RequestWatch {
    const parent = withTrace(context.active(), given);
    const kind = KINDS.get(method);
    const { threadId } = fields(params);
    if (kind !== undefined && typeof threadId === "string") return this.#starts(threadId, kind, params, parent);
    const own = toTraceContext(trace.getSpanContext(parent));
    return this.#models.isToldBy(method)
      ? { trace: own, onResult: (result) => this.#models.told(result) }
      : { trace: own };
  }

  #starts(threadId: string, kind: string, params: unknown, parent: Context): RequestWatch {
    if (this.#open.has(threadId) || this.#awaited.has(threadId)) {
      const awaited = this.#awaited.add(threadId, parent, kind);
      return {
        trace: toTraceContext(trace.getSpanContext(parent)),
        onResult: (result) => {
          const id = turnIdOf(result);
          if (id === undefined) return; // a compaction, or a command by hand: it is told when it begins
          if (this.#find(id) !== undefined || this.#over.get(id) !== undefined) this.#awaited.remove(awaited);
          else awaited.id = id;
        },
        onError: () => this.#awaited.remove(awaited),
      };
    }
    const { model } = fields(params);
    if (typeof model === "string") this.#models.chosen(threadId, model);
    const turn = this.#begin(threadId, parent, kind);
    return {
      trace: toTraceContext(turn.span.spanContext()),
      onResult: (result) => {
        const id = turnIdOf(result);
        if (id === undefined || turn.ids.size > 0) return;
        turn.named(id);
        const over = this.#missed.get(turn);
        if (over?.id === id) this.#end(turn, undefined, () => turn.complete(over));
      },
      onError: (error) => {
        if (this.#open.get(threadId) === turn && turn.ids.size === 0) this.#end(turn, error);
      },
    };
  }

  event(event: Notification | ServerRequest): void {
    // Apart and small, so that it costs a stream nothing.
    if (event.method !== "item/agentMessage/delta") this.#happened(event);
    else if (this.#silent.size > 0) this.#spoke(this.#open.get(event.params?.threadId));
  }

  #spoke(turn: TurnSpan | undefined): void {
    if (turn !== undefined && this.#silent.delete(turn)) turn.spoke();
  }

  #happened(event: Exclude<Notification | ServerRequest, { readonly method: "item/agentMessage/delta" }>): void {
    // A message of the server may lack anything that it names, whatever the types say.
    switch (event.method) {
      case "item/started":
      case "item/completed": {
        const { threadId, item } = event.params ?? {};
        if (typeof item?.id !== "string") return;
        const turn = this.#open.get(threadId);
        if (event.method === "item/started") {
          if (item.type === "commandExecution" && item.source === "userShell") this.#commandByHand(event.params);
          return turn?.itemStarted(item);
        }
        return eachOf([
          () => item.type === "agentMessage" && item.text !== "" && this.#spoke(turn),
          () => turn?.itemCompleted(item),
        ]);
      }
      case "turn/started": {
        const { threadId, turn } = event.params ?? {};
        if (typeof threadId !== "string" || typeof turn?.id !== "string") return;
        return this.#started(threadId, turn.id, typeof turn.rootTurnId === "string" ? turn.rootTurnId : turn.id);
      }
      case "turn/completed": {
        const { threadId, turn } = event.params ?? {};
        const open = this.#open.get(threadId);
        if (open === undefined || turn == null) return;
        if (open.ids.size === 0) this.#missed.set(open, turn);
        if (!open.ids.has(turn.id)) return;
        return this.#end(open, undefined, () => open.complete(turn));
      }
      case "thread/tokenUsage/updated": {
        const { threadId, tokenUsage } = event.params ?? {};
        const open = this.#open.get(threadId);
        if (tokenUsage?.total == null || typeof threadId !== "string") return;
        const before = (open && this.#before.get(open)) ?? this.#tokens.before(threadId, tokenUsage);
        const used = this.#tokens.since(threadId, before, tokenUsage);
        if (open === undefined) return;
        this.#before.set(open, before);
        return open.used(used);
      }
      case "thread/started":
      case "thread/settings/updated":
        return this.#models.told(event.params);
      case "model/rerouted":
        return this.#open.get(event.params?.threadId)?.rerouted(String(event.params.toModel));
      case "error": {
        const { threadId, error, willRetry } = event.params ?? {};
        if (willRetry !== true || error == null) return;
        const { type } = failureOf({ status: "failed", error, id: "", items: [] })!;
        return void this.#open.get(threadId)?.span.addEvent(SERVER_RETRIES, { [ERROR_TYPE]: type });
      }
      case "connection/gap":
        this.#awaited.clear(event.params.threadId);
        return void this.#open.get(event.params.threadId)?.span.addEvent(CONNECTION_GAP);
    }
    if (isRequest(event)) this.#asked(event);
  }

  /** A command by hand runs: in a turn of its own, or in one that ran, of which nothing may have told. */
  #commandByHand({ threadId, turnId }: { readonly threadId: string; readonly turnId: unknown }): void {
    const open = this.#open.get(threadId);
    if (open?.kind !== "shellCommand" || this.#ran.has(open)) return this.#awaited.commandJoined(threadId);
    this.#ran.add(open);
    if (open.ids.size === 0 && typeof turnId === "string") open.named(turnId);
  }

  /** The server asks something: a call of a tool of this client's, or a decision. */
  #asked(request: ServerRequest): void {
    const turn = this.#turnOf(request);
    if (turn === undefined) return;
    if (request.method === "item/tool/call") {
      const { callId: id, tool, namespace, arguments: args } = request.params;
      if (typeof id !== "string" || turn.tool(id) !== undefined) return;
      const item = { type: "dynamicToolCall", id, tool, namespace, arguments: args, status: "inProgress" };
      return turn.itemStarted(item as ThreadItem, false);
    }
    approvalRequested((callOf(turn, request) ?? turn).span, request);
  }

  handle(request: ServerRequest, _ctx: ServerRequestContext, next: () => Promise<void>): void {
    const turn = this.#turnOf(request);
    if (turn !== undefined) void context.with((callOf(turn, request) ?? turn).context, next);
  }

  settled(request: PendingServerRequest, outcome: ServerRequestOutcome): void {
    const turn = this.#turnOf(request);
    if (turn === undefined) return;
    approvalDecided((callOf(turn, request) ?? turn).span, request, outcome);
    const id = itemIdOf(request);
    if (request.method !== "item/tool/call" || id === undefined) return;
    const failed = outcome.type !== "answered" || fields(outcome.result)["success"] !== true;
    turn.asked(id, failed ? "failed" : undefined);
  }

  turnLost({ threadId, turnId }: { readonly threadId: string; readonly turnId: string }, error: unknown): void {
    const open = this.#open.get(threadId);
    if (open !== undefined && (open.ids.size === 0 || open.ids.has(turnId))) this.#end(open, error);
  }

  /** A turn has begun: one that was started here, or another one. */
  #started(threadId: string, id: string, rootId: string): void {
    const open = this.#open.get(threadId);
    const isOther = open !== undefined && open.ids.size > 0 && !open.ids.has(id) && !open.ids.has(rootId);
    eachOf([
      // There is one turn in a thread at a time, so that the other one is over and nothing has told of it.
      () => isOther && this.#end(open, undefined, () => open.end({ type: "lost" })),
      () => this.#named(threadId, id, rootId),
    ]);
  }

  #named(threadId: string, id: string, rootId: string): void {
    let turn = this.#open.get(threadId);
    if (turn === undefined) {
      const awaited = this.#awaited.take(threadId, [id, rootId]);
      turn = this.#begin(threadId, awaited?.parent ?? this.#parentOf(threadId, rootId), awaited?.kind);
    }
    // The events of a review have the id of its root turn; so have those of a turn that works for itself.
    const isAlone = [...turn.ids].every((each) => each === id);
    turn.named(id, isAlone && this.#rootThread(threadId, rootId) ? rootId : id);
  }

  /** Whether no other thread has the root turn: then it is another name of this one. */
  #rootThread(threadId: string, rootId: string): boolean {
    return this.#codex.threadPath(threadId)?.length === 1 && this.#find(rootId) === undefined;
  }

  #begin(threadId: string, parent: Context, kind: string | undefined): TurnSpan {
    const path = this.#codex.threadPath(threadId) ?? [threadId];
    const known: ThreadModel = this.#models.of(path);
    const turn = new TurnSpan(this.settings, { threadId, parent, kind, parentThreadId: path.at(-2), ...known });
    this.#open.set(threadId, turn);
    this.#silent.add(turn);
    return turn;
  }

  /** The turn that a sub-agent works for: that of its parent, or of whoever is above that; or the one at the root. */
  #parentOf(threadId: string, rootId: string): Context {
    const above = this.#codex.threadPath(threadId)?.slice(0, -1) ?? [];
    const open = above.map((id) => this.#open.get(id)).findLast((turn) => turn !== undefined) ?? this.#find(rootId);
    return open?.context ?? this.#over.get(rootId) ?? ROOT_CONTEXT;
  }

  #find(turnId: string): TurnSpan | undefined {
    for (const turn of this.#open.values()) if (turn.ids.has(turnId)) return turn;
    return undefined;
  }

  #turnOf({ params }: { readonly params: unknown }): TurnSpan | undefined {
    const { threadId, conversationId } = fields(params);
    return this.#open.get(String(threadId ?? conversationId));
  }

  #end(turn: TurnSpan, error: unknown, how: () => void = () => turn.end(failureBy(error))): void {
    if (this.#open.get(turn.threadId) === turn) this.#open.delete(turn.threadId);
    this.#silent.delete(turn);
    eachOf([
      () => {
        // Its ids, and not the span with all that is in it.
        const over = trace.setSpanContext(turn.context, turn.span.spanContext());
        for (const id of turn.ids) this.#over.set(id, over);
      },
      how,
    ]);
  }
}

function turnIdOf(result: unknown): string | undefined {
  const { id } = fields(fields(result)["turn"]);
  return typeof id === "string" ? id : undefined;
}

/** The call that a request is about. */
function callOf(turn: TurnSpan, request: ServerRequest | PendingServerRequest): ToolSpan | undefined {
  const { serverName } = fields(request.params);
  return typeof serverName === "string" ? turn.toolOf(serverName) : turn.tool(itemIdOf(request));
}

function itemIdOf({ params }: { readonly params: unknown }): string | undefined {
  const { itemId, callId } = fields(params);
  const id = itemId ?? callId;
  return typeof id === "string" ? id : undefined;
}

function isRequest(event: Notification | ServerRequest): event is ServerRequest {
  return "id" in event;
}

function fields(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? value as Readonly<Record<string, unknown>> : {};
}
