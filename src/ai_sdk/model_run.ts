import type { DynamicToolCallParams, DynamicToolCallResponse, TokenUsageBreakdown, Turn } from "../../gen/mod.ts";
import { type Notification, TurnFailedError, type TurnHandle } from "../../mod.ts";
import { startTimer } from "../util/timer.ts";
import { coalesced } from "./coalesce.ts";
import { frames } from "./frames.ts";
import type { Json, ModelFinishReason, ModelStreamPart, ModelUsage } from "./language_model_v3.ts";
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
  told: boolean;
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
  readonly #toolNames = new Map<string, string>();
  readonly #texts = new Map<string, string>();
  /** The last text that may be the answer, if there is none that says so. */
  #lastText: ModelStreamPart[] = [];
  #waiting: ModelStreamPart[] = [];
  #wake: (() => void) | undefined;
  #reported: TokenUsageBreakdown | null = null;
  #end: { readonly turn: Turn | null; readonly error: unknown } | undefined;
  #completed: Turn | undefined;
  #stopTimer = () => {};

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
      this.#calls.set(toolCallId, { params, answer, told: false });
      // Its item is told of before; that it is not comes from an odd server alone.
      const stopWaiting = startTimer(1_000, tell);
      if (this.#seen.has(params.callId)) tell();
    });
  }

  /** Brings the result of a tool. */
  answer(toolCallId: string, response: DynamicToolCallResponse): void {
    this.#calls.get(toolCallId)?.answer(response);
  }

  /** Whatever the caller has not answered, it does not know. */
  refuseCalls(): void {
    for (const { told, answer } of [...this.#calls.values()]) if (told) answer(NO_RESULT);
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
        const parts = this.#waiting;
        this.#waiting = [];
        yield* parts;
        if (parts.some((part) => part.type === "tool-call" && part.providerExecuted !== true)) {
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
    const { tool: toolName, arguments: given } = call.params;
    const input = JSON.stringify(given ?? {});
    this.#waiting.push({ type: "tool-call", toolCallId, toolName, input, providerMetadata: this.#metadata });
    this.#wake?.();
  }

  #show(): void {
    for (const chunk of coalesced(this.#chunks.flush())) this.#waiting.push(...this.#partsOf(chunk));
    this.#wake?.();
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
        if (this.#toolNames.has(toolCallId)) return [];
        this.#toolNames.set(toolCallId, toolName);
        const input = JSON.stringify(chunk.input ?? {});
        const rest = { providerExecuted: true, dynamic: true, providerMetadata: this.#metadata } as const;
        return [{ type: "tool-call", toolCallId, toolName, input, ...rest }];
      }
      case "tool-output-available":
        return [this.#result(chunk.toolCallId, chunk.output, chunk.preliminary === true ? { preliminary: true } : {})];
      case "tool-output-error":
        return [this.#result(chunk.toolCallId, chunk.errorText, { isError: true })];
      case "tool-output-denied":
        return [this.#result(chunk.toolCallId, "It was refused", { isError: true })];
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
      this.#texts.set(chunk.id, String(chunk.providerMetadata?.["codex"]?.["phase"]));
      this.#lastText = [];
    }
    const part: ModelStreamPart = chunk.type === "text-delta"
      ? chunk
      : { type: chunk.type, id: chunk.id, providerMetadata: this.#metadata };
    if (!this.#options.json || this.#texts.get(chunk.id) === "final_answer") return [part];
    this.#lastText.push(part);
    return [];
  }

  #result(
    toolCallId: string,
    output: unknown,
    rest: { readonly preliminary?: true; readonly isError?: true },
  ): ModelStreamPart {
    const toolName = this.#toolNames.get(toolCallId) ?? "tool";
    return {
      type: "tool-result",
      toolCallId,
      toolName,
      result: (output ?? {}) as Exclude<Json, null>,
      dynamic: true,
      ...rest,
    };
  }

  #finish(finishReason: ModelFinishReason): ModelStreamPart {
    const usage = usageOf(this.turn.tokens, this.#reported);
    this.#reported = this.turn.tokens;
    return { type: "finish", usage, finishReason, providerMetadata: this.#metadata };
  }
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
