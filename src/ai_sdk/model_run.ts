import type { DynamicToolCallParams, DynamicToolCallResponse, TokenUsageBreakdown, Turn } from "../../gen/mod.ts";
import { type Notification, TurnFailedError, type TurnHandle } from "../../mod.ts";
import { startTimer } from "../util/timer.ts";
import { coalesced } from "./coalesce.ts";
import { frames } from "./frames.ts";
import type {
  Json,
  ModelFinishReason,
  ModelStreamPart,
  ModelToolCall,
  ModelToolResult,
  ModelUsage,
} from "./language_model_v3.ts";
import { OUTPUT_EVERY_MS, TurnChunks } from "./turn_chunks.ts";
import type { ProviderMetadata, UIMessageChunk } from "./ui_message_chunk.ts";

/** How a run is shown. */
export interface ModelRunOptions {
  /** The tools that the caller runs. */
  readonly tools: ReadonlySet<string>;
  /** Whether the answer is JSON, of which every text but the last would be no part. */
  readonly json: boolean;
  /** How long the results of tools are waited for. */
  readonly toolTimeoutMs: number;
}

/** A call of a tool that its caller has to answer. */
interface OpenCall {
  readonly params: DynamicToolCallParams;
  readonly answer: (response: DynamicToolCallResponse) => void;
  /** Whether its part stands in line. */
  told: boolean;
  /** Whether the caller has been given it. */
  given: boolean;
}

/** A call that the agent runs itself. */
interface OwnCall {
  readonly toolName: string;
  readonly input: string;
  /** In how many calls of the model it has stood. */
  count: number;
  /** Whether it stands in the one that is being answered, without its result. */
  isOpen: boolean;
  /** The last that is known of its result. */
  result: unknown;
}

/**
 * A turn that answers several calls of the model: whenever it wants a tool of the caller, a call ends, and the turn waits
 * for the next one, which brings the result.
 */
export class ModelRun {
  readonly turn: TurnHandle;
  readonly #options: ModelRunOptions;
  readonly #chunks: TurnChunks;
  readonly #metadata: ProviderMetadata;
  readonly #calls = new Map<string, OpenCall>();
  /** Calls of which the stream has told: what came before them has been read. */
  readonly #seen = new Set<string>();
  readonly #own = new Map<string, OwnCall>();
  /** The phase of each text, and the item that it is of: an item can have several. */
  readonly #texts = new Map<string, { readonly phase: string; readonly itemId: string }>();
  /** The last text that may be the answer, if there is none that says so. */
  #lastText: ModelStreamPart[] = [];
  #lastItem = "";
  #waiting: ModelStreamPart[] = [];
  #wake: (() => void) | undefined;
  #reported: TokenUsageBreakdown | null = null;
  #end: { readonly turn: Turn | null; readonly error: unknown } | undefined;
  #completed: Turn | undefined;
  #stopTimer = () => {};
  #letGo = () => {};

  constructor(turn: TurnHandle, options: ModelRunOptions) {
    this.turn = turn;
    this.#options = options;
    this.#metadata = { codex: { threadId: turn.threadId, turnId: turn.id } };
    this.#chunks = new TurnChunks(turn, { maxOutput: 65_536, explain: () => "", outputEveryMs: OUTPUT_EVERY_MS });
    void this.#follow(turn.stream({ agents: true }));
  }

  get over(): boolean {
    return this.#end !== undefined;
  }

  /** Whether it waits for the results of tools. */
  get waits(): boolean {
    return this.#calls.size > 0 && !this.over;
  }

  /** Whether it has asked for this. */
  has(toolCallId: string): boolean {
    return this.#calls.has(toolCallId);
  }

  /** The server wants a tool of the caller. */
  call(toolCallId: string, params: DynamicToolCallParams, signal: AbortSignal): Promise<DynamicToolCallResponse> {
    return new Promise((resolve) => {
      const answer = (response: DynamicToolCallResponse) => {
        this.#calls.delete(toolCallId);
        signal.removeEventListener("abort", giveUp);
        stopWaiting();
        resolve(response);
      };
      const giveUp = () => answer(NO_RESULT);
      const tell = () => {
        const open = this.#calls.get(toolCallId);
        if (open !== undefined && !open.told) this.#tell(toolCallId, open);
      };
      signal.addEventListener("abort", giveUp, { once: true });
      this.#calls.set(toolCallId, { params, answer, told: false, given: false });
      // Its item is told of before; that it is not comes from an odd server alone.
      const stopWaiting = startTimer(1_000, tell);
      if (this.#seen.has(params.callId)) tell();
    });
  }

  /** Brings the result of a tool. */
  answer(toolCallId: string, response: DynamicToolCallResponse): void {
    this.#calls.get(toolCallId)?.answer(response);
  }

  /** Whatever the caller was given and has not answered, it does not know. */
  refuseCalls(): void {
    for (const { given, answer } of [...this.#calls.values()]) if (given) answer(NO_RESULT);
  }

  /** The turn is given up when this signal aborts: also while it waits for a tool, until the next call has its own. */
  heldBy(signal: AbortSignal | undefined): void {
    this.#letGo();
    this.#letGo = () => {};
    if (signal === undefined || this.over) return;
    if (signal.aborted) return this.abandon();
    const giveUp = () => this.abandon();
    signal.addEventListener("abort", giveUp, { once: true });
    this.#letGo = () => signal.removeEventListener("abort", giveUp);
  }

  /**
   * The parts of one call of the model: until the caller has to run a tool, or the turn is over.
   *
   * @param left Aborts when the caller is gone.
   */
  async *parts(left: AbortSignal): AsyncGenerator<ModelStreamPart, void, void> {
    this.#stopTimer();
    const wake = () => this.#wake?.();
    left.addEventListener("abort", wake);
    try {
      while (true) {
        left.throwIfAborted();
        // What came behind a call of the caller's tool is for the next call of the model.
        const end = 1 + this.#waiting.findLastIndex(isCallers);
        const parts = this.#waiting.splice(0, end > 0 ? end : this.#waiting.length);
        for (const part of parts) {
          const open = isCallers(part) ? this.#calls.get(part.toolCallId) : undefined;
          if (open !== undefined) open.given = true;
        }
        yield* parts;
        if (end > 0) {
          this.#stopTimer = startTimer(this.#options.toolTimeoutMs, () => this.abandon());
          yield this.#finish({ unified: "tool-calls", raw: "inProgress" });
          return;
        }
        if (this.#waiting.length > 0) continue;
        if (this.#end !== undefined) break;
        await new Promise<void>((resolve) => this.#wake = resolve);
      }
    } finally {
      left.removeEventListener("abort", wake);
    }
    const { turn, error } = this.#end;
    if (error !== undefined) yield { type: "error", error };
    yield this.#finish({
      unified: turn?.status === "completed" ? "stop" : turn?.status === "interrupted" ? "other" : "error",
      raw: turn?.status,
    });
  }

  /** Nobody goes on with the turn. */
  abandon(): void {
    if (!this.over) void this.turn.interrupt().catch(() => {});
  }

  async #follow(events: AsyncIterableIterator<Notification>): Promise<void> {
    let failure: unknown;
    try {
      for await (const gathered of frames(events, 0, () => this.#chunks.dueInMs)) {
        for (const event of gathered) this.#take(event);
        this.#show();
      }
    } catch (error) {
      failure = error;
    }
    const turn = this.#completed ?? null;
    if (turn === null) failure ??= new Error("The turn's events ended before the turn");
    else if (turn.status === "failed") failure = new TurnFailedError(turn);
    this.#stopTimer();
    this.#letGo();
    this.#waiting.push(...this.#lastText);
    this.#end = { turn, error: failure };
    for (const { answer } of [...this.#calls.values()]) answer(NO_RESULT);
    this.#wake?.();
  }

  #take(event: Notification): void {
    const { method, params } = event;
    if (method === "item/started" && params.item.type === "dynamicToolCall" && this.#isCallers(params.item.tool)) {
      this.#seen.add(params.item.id);
      this.#show();
      for (const [id, call] of this.#calls) if (call.params.callId === params.item.id) this.#tell(id, call);
      return;
    }
    if (method === "item/completed" && params.item.type === "dynamicToolCall" && this.#isCallers(params.item.tool)) {
      return;
    }
    this.#chunks.take(event);
    if (method === "turn/completed" && params.threadId === this.turn.threadId) this.#completed = params.turn;
  }

  #isCallers(tool: string): boolean {
    return this.#options.tools.has(tool);
  }

  #tell(toolCallId: string, call: OpenCall): void {
    if (call.told) return;
    call.told = true;
    // The call of the model ends behind it, and leaves nothing open: no text, and no call without a result.
    this.#chunks.cut();
    this.#show();
    for (const [id, own] of this.#own) {
      if (own.isOpen) this.#result(id, own.result, {}).forEach((part) => this.#push(part));
    }
    const { tool: toolName, arguments: given } = call.params;
    const input = JSON.stringify(given ?? {});
    this.#waiting.push({ type: "tool-call", toolCallId, toolName, input, providerMetadata: this.#metadata });
    this.#wake?.();
  }

  #show(): void {
    for (const chunk of coalesced(this.#chunks.flush())) this.#partsOf(chunk).forEach((part) => this.#push(part));
    this.#wake?.();
  }

  /** Puts a part in line. For whoever does not read, the line is kept as short as what it shows allows. */
  #push(part: ModelStreamPart): void {
    const list = this.#waiting;
    if (part.type === "tool-result") {
      const at = list.findLastIndex((other) => isPreliminary(other) && other.toolCallId === part.toolCallId);
      if (at >= 0) list.splice(at, 1);
    } else if ("delta" in part) {
      const last = list.at(-1);
      if (last?.type === part.type && last.id === part.id) {
        list[list.length - 1] = { ...part, delta: last.delta + part.delta };
        return;
      }
    }
    list.push(part);
  }

  #partsOf(chunk: UIMessageChunk): ModelStreamPart[] {
    switch (chunk.type) {
      case "text-start":
      case "text-delta":
      case "text-end":
        return this.#text(chunk);
      case "reasoning-start":
      case "reasoning-end":
        return [{ type: chunk.type, id: chunk.id, providerMetadata: this.#metadata }];
      case "reasoning-delta":
        return [chunk];
      case "tool-input-available": {
        const { toolCallId, toolName } = chunk;
        if (this.#own.has(toolCallId)) return [];
        const input = JSON.stringify(chunk.input ?? {});
        const own = { toolName, input, count: 0, isOpen: false, result: { status: "inProgress" } };
        this.#own.set(toolCallId, own);
        return this.#call(toolCallId, own);
      }
      case "tool-output-available":
        return this.#result(chunk.toolCallId, chunk.output, chunk.preliminary === true ? { preliminary: true } : {});
      case "tool-output-error":
        return this.#result(chunk.toolCallId, chunk.errorText, { isError: true });
      case "tool-output-denied":
        return this.#result(chunk.toolCallId, "It was refused", { isError: true });
      case "file": {
        const [, data = ""] = chunk.url.split(";base64,");
        return [{ type: "file", mediaType: chunk.mediaType, data }];
      }
      default:
        return [];
    }
  }

  /** Of JSON, the final answer alone is streamed; where messages have no phases, the last one is given at the end. */
  #text(
    chunk: Extract<UIMessageChunk, { type: "text-start" | "text-end" } | { type: "text-delta" }>,
  ): ModelStreamPart[] {
    if (chunk.type === "text-start") {
      const { phase, itemId } = chunk.providerMetadata?.["codex"] ?? {};
      this.#texts.set(chunk.id, { phase: String(phase), itemId: String(itemId) });
    }
    const { phase, itemId } = this.#texts.get(chunk.id)!;
    if (itemId !== this.#lastItem) this.#lastText = [];
    this.#lastItem = itemId;
    const part: ModelStreamPart = chunk.type === "text-delta"
      ? chunk
      : { type: chunk.type, id: chunk.id, providerMetadata: this.#metadata };
    if (!this.#options.json || phase === "final_answer") return [part];
    this.#lastText.push(part);
    return [];
  }

  /** The call of an own tool, if it does not stand in this call of the model yet. */
  #call(toolCallId: string, own: OwnCall): ModelStreamPart[] {
    if (own.isOpen) return [];
    own.isOpen = true;
    own.count++;
    const rest = { providerExecuted: true, dynamic: true, providerMetadata: this.#metadata } as const;
    const { toolName, input } = own;
    return [{ type: "tool-call", toolCallId: partId(toolCallId, own), toolName, input, ...rest }];
  }

  #result(
    toolCallId: string,
    output: unknown,
    rest: { readonly preliminary?: true; readonly isError?: true },
  ): ModelStreamPart[] {
    const own = this.#own.get(toolCallId);
    if (own === undefined) return [];
    const call = this.#call(toolCallId, own);
    own.result = output;
    own.isOpen = rest.preliminary === true;
    const result = (output ?? {}) as Exclude<Json, null>;
    const { toolName } = own;
    return [...call, {
      type: "tool-result",
      toolCallId: partId(toolCallId, own),
      toolName,
      result,
      dynamic: true,
      ...rest,
    }];
  }

  #finish(finishReason: ModelFinishReason): ModelStreamPart {
    const usage = usageOf(this.turn.tokens, this.#reported);
    this.#reported = this.turn.tokens;
    return { type: "finish", usage, finishReason, providerMetadata: this.#metadata };
  }
}

/** To the AI SDK, what goes on in the next call of the model is another call of the tool. */
function partId(toolCallId: string, { count }: OwnCall): string {
  return count === 1 ? toolCallId : `${toolCallId}/${count}`;
}

/** Whether the caller is to run a tool. */
function isCallers(part: ModelStreamPart): part is ModelToolCall {
  return part.type === "tool-call" && part.providerExecuted !== true;
}

function isPreliminary(part: ModelStreamPart): part is ModelToolResult {
  return part.type === "tool-result" && part.preliminary === true;
}

const NO_RESULT: DynamicToolCallResponse = {
  success: false,
  contentItems: [{ type: "inputText", text: "There is no result: nobody has run the tool." }],
};

/** What was used since the last call of the model. */
function usageOf(now: TokenUsageBreakdown | null, before: TokenUsageBreakdown | null): ModelUsage {
  const since = (name: Exclude<keyof TokenUsageBreakdown, "cacheWriteInputTokens">) =>
    now === null ? undefined : now[name] - (before?.[name] ?? 0);
  const less = (whole: number | undefined, part: number | undefined) =>
    whole === undefined || part === undefined ? undefined : Math.max(0, whole - part);
  const [input, cached, output, reasoning] = [
    since("inputTokens"),
    since("cachedInputTokens"),
    since("outputTokens"),
    since("reasoningOutputTokens"),
  ];
  const written = now?.cacheWriteInputTokens;
  return {
    inputTokens: {
      total: input,
      noCache: less(input, cached),
      cacheRead: cached,
      cacheWrite: written === undefined ? undefined : written - (before?.cacheWriteInputTokens ?? 0),
    },
    outputTokens: { total: output, text: less(output, reasoning), reasoning },
  };
}
