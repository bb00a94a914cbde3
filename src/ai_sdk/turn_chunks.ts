import type { ThreadItem, Turn, TurnStatus } from "../../gen/mod.ts";
import type { Notification } from "../../mod.ts";
import { Agents } from "./agents.ts";
import { head } from "./clip.ts";
import { explainSafely } from "./explain.ts";
import { kindOf, type Outcome } from "./item_kinds.ts";
import { TextParts } from "./text_parts.ts";
import { ToolParts } from "./tool_parts.ts";
import type { CodexMessageMetadata, UIMessageChunk } from "./ui_message_chunk.ts";

/** How to show a question that has no item here. */
export interface QuestionPart {
  readonly toolName: string;
  readonly input: unknown;
  readonly title?: string;
}

/** A question, as a page is to show it. */
export interface AskedPart {
  readonly approvalId: string;
  /** The thread that asks. */
  readonly threadId: string | null;
  /** The item that it is about. */
  readonly itemId: string | null;
  readonly reason: string | null;
  readonly descriptor: unknown;
  readonly part: QuestionPart;
}

/** How turns are shown. */
interface TurnChunksOptions {
  readonly maxOutput: number;
  readonly explain: (error: unknown) => string;
  /** How often at most it is shown what a call has printed, in milliseconds. Default 0: whenever it has. */
  readonly outputEveryMs?: number;
}

/** What a call has printed is sent whole each time that it has grown, so not for every line of it. */
export const OUTPUT_EVERY_MS = 30;

/** From the events of one turn to the chunks of one message. */
export class TurnChunks {
  readonly #turn: { readonly id: string; readonly threadId: string };
  readonly #options: TurnChunksOptions;
  readonly #agents: Agents;
  readonly #texts: TextParts;
  readonly #tools: ToolParts;
  #out: UIMessageChunk[] = [];
  #ended = false;

  constructor(turn: { readonly id: string; readonly threadId: string }, options: TurnChunksOptions) {
    this.#turn = { id: turn.id, threadId: turn.threadId };
    this.#options = options;
    this.#agents = new Agents(turn.threadId);
    const emit = (...chunks: UIMessageChunk[]) => void this.#out.push(...chunks);
    this.#texts = new TextParts(emit);
    this.#tools = new ToolParts(emit, options.maxOutput, options.outputEveryMs ?? 0);
    emit({ type: "start", messageId: turn.id, messageMetadata: this.#metadata("inProgress") }, { type: "start-step" });
  }

  /** Whether the message is whole. */
  get ended(): boolean {
    return this.#ended;
  }

  /** When there will be chunks though nothing comes; `null` if there will be none. */
  get dueInMs(): number | null {
    return this.#tools.dueInMs;
  }

  /** The chunks since the last call. */
  flush(): UIMessageChunk[] {
    this.#tools.flush();
    const out = this.#out;
    this.#out = [];
    return out;
  }

  /** Takes in an event of the turn, or of one of its sub-agents. */
  take(event: Notification): void {
    if (this.#ended) return;
    for (const data of this.#agents.take(event)) this.#out.push({ type: "data-agent", id: data.threadId, data });
    const { method, params } = event;
    if ("threadId" in params && params.threadId !== this.#turn.threadId) return;
    switch (method) {
      case "item/started":
        return this.#started(params.item);
      case "item/completed":
        return this.#completed(params.item);
      case "item/agentMessage/delta":
        return this.#texts.textDelta(params.itemId, params.delta, null);
      case "item/plan/delta":
        return this.#texts.textDelta(params.itemId, params.delta, "plan");
      case "item/reasoning/summaryTextDelta":
        return this.#texts.thoughtDelta(params.itemId, "summary", params.summaryIndex, params.delta);
      case "item/reasoning/textDelta":
        return this.#texts.thoughtDelta(params.itemId, "content", params.contentIndex, params.delta);
      case "item/commandExecution/outputDelta":
        return this.#tools.print(params.itemId, params.delta);
      case "item/mcpToolCall/progress":
        return this.#tools.progress(params.itemId, params.message);
      case "item/fileChange/patchUpdated":
        return this.#tools.patch(params.itemId, params.changes);
      case "turn/plan/updated": {
        const { explanation = null, plan } = params;
        return void this.#out.push({ type: "data-plan", id: "plan", data: { explanation, plan } });
      }
      case "turn/diff/updated": {
        const { text: diff, omitted } = head(params.diff, 4 * this.#options.maxOutput);
        return void this.#out.push({ type: "data-diff", id: "diff", data: { diff, omitted } });
      }
      case "thread/tokenUsage/updated":
        return void this.#out.push({ type: "data-usage", id: "usage", data: params.tokenUsage });
      case "connection/gap":
        return void this.#out.push({ type: "data-gap", id: "gap", data: {} });
      case "turn/completed":
        return this.#end(params.turn);
    }
  }

  /** Whether the item of a question is shown already. */
  knows(itemId: string): boolean {
    return this.#tools.has(itemId);
  }

  /** Shows a question: with the part of its item, else with a part of its own. */
  ask({ approvalId, threadId, itemId, reason, descriptor, part }: AskedPart): void {
    if (this.#ended) return;
    this.cut();
    const own = itemId !== null && threadId === this.#turn.threadId ? this.#tools.lastCall(itemId) : null;
    if (own === null) this.#tools.ask(approvalId, part, true);
    else this.#tools.asked(own);
    this.#out.push({
      type: "tool-approval-request",
      approvalId,
      toolCallId: own ?? approvalId,
      approvalDescriptor: descriptor,
      ...(reason === null ? {} : { reason }),
    });
  }

  /** Asks what takes more than yes or no: the page answers with the output of a tool. */
  askForOutput(toolCallId: string, part: QuestionPart): void {
    if (this.#ended) return;
    this.cut();
    this.#tools.ask(toolCallId, part, false);
  }

  /** A response ends behind what comes next. */
  cut(): void {
    this.#tools.flush(true);
    this.#texts.cut();
  }

  /** A question is over. */
  settle(question: string, outcome: Outcome): void {
    this.#tools.settle(question, outcome);
  }

  /** Ends the message for another reason than the turn's own end. */
  fail(error: unknown): void {
    if (!this.#ended) this.#finish("failed", error);
  }

  #metadata(status: TurnStatus): CodexMessageMetadata {
    return { threadId: this.#turn.threadId, turnId: this.#turn.id, status };
  }

  #started(item: ThreadItem): void {
    const kind = kindOf(item);
    if (kind.as === "text") this.#texts.begin(item.id, kind.phase(item));
    else if (kind.as === "tool") this.#tools.start(item, kind);
  }

  #completed(item: ThreadItem): void {
    const kind = kindOf(item);
    switch (kind.as) {
      case "text":
        return this.#texts.complete(item.id, kind.text(item), kind.phase(item));
      case "reasoning":
        return item.type === "reasoning" ? this.#texts.completeThoughts(item) : undefined;
      case "tool":
        return this.#tools.complete(item, kind);
      case "data":
        return void this.#out.push({ type: "data-item", id: item.id, data: item });
      case "nothing":
    }
  }

  #end({ status, items, error }: Turn): void {
    // Of one that ended early, the server tells the last message here alone.
    for (const item of items) if (kindOf(item).as === "text" && !this.#texts.knows(item.id)) this.#completed(item);
    this.#finish(status, error ?? undefined);
  }

  #finish(status: TurnStatus, error: unknown): void {
    this.#ended = true;
    this.#texts.close();
    this.#tools.close(status);
    const finishReason = status === "completed" ? "stop" : status === "failed" ? "error" : "other";
    this.#out.push({ type: "finish-step" });
    this.#out.push({ type: "finish", finishReason, messageMetadata: this.#metadata(status) });
    if (status === "failed") this.#out.push({ type: "error", errorText: this.#explain(error) });
  }

  #explain(error: unknown): string {
    try {
      return this.#options.explain(error);
    } catch {
      return explainSafely(error);
    }
  }
}
