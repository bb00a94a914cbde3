import { type Attributes, type Context, type Span, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import type { ThreadItem, Turn } from "../../gen/mod.ts";
import { Messages } from "./content.ts";
import {
  AGENT,
  AGENT_NAME,
  CACHE_CREATION_TOKENS,
  CACHE_READ_TOKENS,
  CONVERSATION,
  ERROR_TYPE,
  INPUT_TOKENS,
  INVOKE_AGENT,
  OPERATION,
  OUTPUT_TOKENS,
  PARENT_THREAD,
  PROVIDER,
  providerOf,
  REASONING_TOKENS,
  REQUEST_MODEL,
  RESPONSE_MODEL,
  TOKEN_TYPE,
  TURN_ID,
  TURN_KIND,
  TURN_STATUS,
} from "./conventions.ts";
import { eachOf } from "./each_of.ts";
import type { Settings } from "./settings.ts";
import { toolOf } from "./tool_item.ts";
import { ToolSpan } from "./tool_span.ts";
import type { Tokens } from "./tokens.ts";
import { type Failure, failureOf, safeMessage } from "./turn_error.ts";

/** What is known of a turn when it begins. */
export interface TurnStart {
  readonly threadId: string;
  /** In which it was started, or the turn that it works for. */
  readonly parent: Context;
  /** `turn`, `review`, `compaction` or `shellCommand`, if it was started here. */
  readonly kind: string | undefined;
  readonly model: string | undefined;
  readonly provider: string | undefined;
  readonly parentThreadId: string | undefined;
}

/** So many calls of one turn are watched at a time: a server that never ends them must not fill the memory. */
const MAX_TOOLS = 10_000;

/** One turn: its span, those of the calls in it, and its measurements. */
export class TurnSpan {
  readonly threadId: string;
  /** As it was asked for; `undefined` if it was not, here. */
  readonly kind: string | undefined;
  /** In which whatever works for the turn is to run. */
  readonly context: Context;
  readonly span: Span;
  /** The ids that the server has for it: a review has two. None before it tells. */
  readonly ids: Set<string> = new Set();
  readonly #settings: Settings;
  readonly #startedAt = performance.now();
  readonly #tools = new Map<string, ToolSpan[]>();
  readonly #messages: Messages | undefined;
  readonly #common: Attributes;
  #open = 0;
  #used: Tokens | undefined;

  constructor(settings: Settings, start: TurnStart) {
    const { threadId, parent, kind, model, provider, parentThreadId } = start;
    this.#settings = settings;
    this.threadId = threadId;
    this.kind = kind;
    this.#messages = settings.captureContent ? new Messages() : undefined;
    this.#common = {
      [OPERATION]: INVOKE_AGENT,
      [PROVIDER]: providerOf(provider),
      [AGENT_NAME]: AGENT,
      ...(model === undefined ? {} : { [REQUEST_MODEL]: model }),
    };
    this.span = settings.tracer.startSpan(`${INVOKE_AGENT} ${AGENT}`, {
      kind: SpanKind.CLIENT,
      attributes: {
        ...this.#common,
        [CONVERSATION]: threadId,
        ...(kind === undefined ? {} : { [TURN_KIND]: kind }),
        ...(parentThreadId === undefined ? {} : { [PARENT_THREAD]: parentThreadId }),
      },
    }, parent);
    this.context = trace.setSpan(parent, this.span);
  }

  /** The server has told an id of it, or two. */
  named(id: string, rootId: string = id): void {
    const isFirst = this.ids.size === 0;
    this.ids.add(id).add(rootId);
    if (isFirst) this.span.setAttribute(TURN_ID, id);
  }

  /** The agent has said something, for the first time. */
  spoke(): void {
    this.#settings.timeToFirstText.record((performance.now() - this.#startedAt) / 1000, this.#common, this.context);
  }

  /** What it has used so far. */
  used(tokens: Tokens): void {
    this.#used = tokens;
  }

  /** Another model answers than the one that was asked. */
  rerouted(model: string): void {
    this.span.setAttribute(RESPONSE_MODEL, model);
  }

  /** @param announced Whether an item tells of the call, and not only the request to this client. */
  itemStarted(item: ThreadItem, announced = true): void {
    const tool = toolOf(item);
    if (tool === undefined || this.#open >= MAX_TOOLS) return;
    const open = this.#tools.get(item.id) ?? [];
    const asked = open.find((each) => !each.announced);
    if (asked !== undefined) {
      asked.announced = true;
      return;
    }
    const started = new ToolSpan(this.#settings, this.context, this.threadId, item.id, item, tool);
    started.announced = announced;
    this.#tools.set(item.id, [...open, started]);
    this.#open++;
  }

  itemCompleted(item: ThreadItem): void {
    this.#messages?.add(item);
    if (!this.#tools.has(item.id)) this.itemStarted(item);
    this.#take(item.id)?.complete(item);
  }

  /** The call of an item that is not over, the last that was started of its id. */
  tool(itemId: string | undefined): ToolSpan | undefined {
    return itemId === undefined ? undefined : this.#tools.get(itemId)?.at(-1);
  }

  /** The call of an MCP server's tool, if there is one and no other: what the server asks names no call. */
  toolOf(mcpServer: string): ToolSpan | undefined {
    const open = [...this.#tools.values()].flat().filter(({ namespace }) => namespace === mcpServer);
    return open.length === 1 ? open[0] : undefined;
  }

  /** A request to this client was all that told of a call, and is over. */
  asked(itemId: string, error: string | undefined): void {
    if (this.tool(itemId)?.announced === false) this.#take(itemId)?.end(error);
  }

  /** The turn is over, as the server says. */
  complete(turn: Turn): void {
    eachOf([
      () => this.span.setAttribute(TURN_STATUS, String(turn.status)),
      () => this.end(failureOf(turn)),
    ]);
  }

  /** @param failure How it failed; `undefined` if it did not. */
  end(failure: Failure | undefined): void {
    const { operationDuration, captureContent } = this.#settings;
    // A command that runs on in the background has not failed with the turn.
    const tools = [...this.#tools.values()].flat();
    this.#tools.clear();
    const failed = failure === undefined ? {} : { [ERROR_TYPE]: failure.type };
    eachOf([
      ...tools.map((tool) => () => tool.end(failure?.type)),
      () => this.span.setAttributes({ ...this.#messages?.toAttributes(), ...this.#tokens(), ...failed }),
      () => {
        if (failure === undefined) return;
        const message = captureContent ? safeMessage(failure) : undefined;
        this.span.setStatus({ code: SpanStatusCode.ERROR, ...(message === undefined ? {} : { message }) });
      },
      () => this.span.end(),
      () => this.#measureTokens(),
      () =>
        operationDuration.record((performance.now() - this.#startedAt) / 1000, {
          ...this.#common,
          ...failed,
        }, this.context),
    ]);
  }

  #take(itemId: string): ToolSpan | undefined {
    const [first, ...others] = this.#tools.get(itemId) ?? [];
    if (first === undefined) return undefined;
    if (others.length === 0) this.#tools.delete(itemId);
    else this.#tools.set(itemId, others);
    this.#open--;
    return first;
  }

  #measureTokens(): void {
    if (this.#used === undefined || this.#used.totalTokens === 0) return;
    const { inputTokens, outputTokens } = this.#used;
    for (const [type, count] of [["input", inputTokens], ["output", outputTokens]] as const) {
      this.#settings.tokenUsage.record(count, { ...this.#common, [TOKEN_TYPE]: type }, this.context);
    }
  }

  #tokens(): Attributes {
    if (this.#used === undefined || this.#used.totalTokens === 0) return {};
    const { inputTokens, outputTokens } = this.#used;
    return {
      [INPUT_TOKENS]: inputTokens,
      [OUTPUT_TOKENS]: outputTokens,
      [CACHE_READ_TOKENS]: this.#used.cachedInputTokens,
      [CACHE_CREATION_TOKENS]: this.#used.cacheWriteInputTokens,
      [REASONING_TOKENS]: this.#used.reasoningOutputTokens,
    };
  }
}
