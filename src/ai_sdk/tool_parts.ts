import type { FileUpdateChange, ThreadItem, TurnStatus } from "../../gen/mod.ts";
import { GrowingTail } from "./clip.ts";
import { commandOutput, type Kind, type Outcome } from "./item_kinds.ts";
import type { UIMessageChunk } from "./ui_message_chunk.ts";

/** The kinds of items that are calls of tools. */
export type ToolKind = Extract<Kind<ThreadItem>, { as: "tool" }>;

/** A call whose end is not known yet. */
interface OpenTool {
  readonly toolCallId: string;
  readonly kind: ToolKind;
  item: ThreadItem;
  /** What the page was last told of its input. */
  shown: string;
  readonly output: GrowingTail;
  progress: string | null;
  /** When the page was last told what it has printed. */
  shownAtMs: number;
  /** The step that it stands in. */
  readonly step: number;
}

/** Items of two kinds can have one id, for it is the model that names its calls. */
function keyOf({ type, id }: Pick<ThreadItem, "type" | "id">): string {
  return `${type} ${id}`;
}

/** Of so many items at once something may come before they are told of. */
const EARLY_MAX = 64;

/** The calls of tools in a message, and the steps that they stand in. */
export class ToolParts {
  readonly #emit: (...chunks: UIMessageChunk[]) => void;
  readonly #max: number;
  readonly #everyMs: number;
  readonly #open = new Map<string, OpenTool>();
  /** How often an item of an id has begun: ids of calls can repeat. */
  readonly #begun = new Map<string, number>();
  readonly #over = new Set<string>();
  /** What was printed before it was told of what prints. */
  readonly #early = new Map<string, GrowingTail>();
  /** Calls that have printed since they were last shown. */
  readonly #printed = new Set<OpenTool>();
  /** Calls that a page was asked about. */
  readonly #asked = new Set<string>();
  /** Questions that have a part of their own. */
  readonly #questions = new Set<string>();
  #step = 0;

  /** @param everyMs So often at most it is shown what a call has printed, for all of that is shown each time. */
  constructor(emit: (...chunks: UIMessageChunk[]) => void, max: number, everyMs: number) {
    this.#emit = emit;
    this.#max = max;
    this.#everyMs = everyMs;
  }

  /** When something that was printed is to be shown; `null` if all of it has been. */
  get dueInMs(): number | null {
    if (this.#printed.size === 0) return null;
    const first = Math.min(...Array.from(this.#printed, ({ shownAtMs }) => shownAtMs));
    return Math.max(0, first + this.#everyMs - performance.now());
  }

  /** Whether an item has a part that is not over. */
  has(itemId: string): boolean {
    return this.#lastOf(itemId) !== undefined;
  }

  /** The call of an item, if it is the last: then nothing but it keeps a page from answering. */
  lastCall(itemId: string): string | null {
    const tool = this.#lastOf(itemId);
    return tool?.step === this.#step && this.#questions.size === 0 ? tool.toolCallId : null;
  }

  start(item: ThreadItem, kind: ToolKind): void {
    if (!this.#open.has(keyOf(item))) this.#begin(item, kind);
  }

  complete(item: ThreadItem, kind: ToolKind): void {
    const key = keyOf(item);
    if (this.#over.has(key)) return;
    const tool = this.#open.get(key) ?? this.#begin(item, kind);
    tool.item = item;
    this.#showInput(tool);
    this.#end(tool, kind.outcome(item, this.#max));
  }

  print(id: string, delta: string): void {
    const key = keyOf({ type: "commandExecution", id });
    const tool = this.#open.get(key);
    if (tool !== undefined) {
      tool.output.push(delta);
      this.#printed.add(tool);
    } else if (!this.#over.has(key) && (this.#early.has(key) || this.#early.size < EARLY_MAX)) {
      const early = this.#early.get(key) ?? new GrowingTail(this.#max);
      early.push(delta);
      this.#early.set(key, early);
    }
  }

  progress(id: string, message: string): void {
    const tool = this.#open.get(keyOf({ type: "mcpToolCall", id }));
    if (tool === undefined) return;
    tool.progress = message;
    this.#printed.add(tool);
  }

  patch(id: string, changes: FileUpdateChange[]): void {
    const tool = this.#open.get(keyOf({ type: "fileChange", id }));
    if (tool?.item.type === "fileChange") tool.item = { ...tool.item, changes };
  }

  /** Shows what was printed since the last time, if that is long enough ago; or whatever was printed. */
  flush(whatever = false): void {
    if (this.#printed.size === 0) return;
    const now = performance.now();
    for (const tool of this.#printed) {
      if (!whatever && now - tool.shownAtMs < this.#everyMs) continue;
      tool.shownAtMs = now;
      this.#printed.delete(tool);
      const { toolCallId, item, progress } = tool;
      const output = item.type === "commandExecution" ? this.#outputOf(tool) : { status: "inProgress", progress };
      this.#emit({ type: "tool-output-available", toolCallId, output, preliminary: true, ...OURS });
    }
  }

  /** A page is asked about a call. */
  asked(toolCallId: string): void {
    this.#asked.add(toolCallId);
  }

  /** A question without an item; `atServer` if yes or no answers it, else the page's tool does. */
  ask(toolCallId: string, part: { toolName: string; input: unknown; title?: string }, atServer: boolean): void {
    this.#newStep();
    this.#questions.add(toolCallId);
    this.#asked.add(toolCallId);
    this.#emit({
      type: "tool-input-available",
      toolCallId,
      ...part,
      dynamic: true,
      ...(atServer ? { providerExecuted: true } : {}),
    });
  }

  /** A question is over. What becomes of an item, the item itself tells. */
  settle(toolCallId: string, outcome: Outcome): void {
    if (this.#questions.delete(toolCallId)) this.#outcome(toolCallId, outcome);
  }

  /** Nothing stays open in a message that is whole. */
  close(status: TurnStatus): void {
    const error = status === "completed" ? "It did not end" : "The turn was ended before";
    for (const tool of [...this.#open.values()]) {
      // A command may have been left running.
      this.#end(tool, tool.item.type === "commandExecution" ? { output: this.#outputOf(tool) } : { error });
    }
    for (const question of [...this.#questions]) this.settle(question, { error: "The turn was ended before" });
  }

  #lastOf(itemId: string): OpenTool | undefined {
    return [...this.#open.values()].findLast(({ item }) => item.id === itemId);
  }

  #begin(item: ThreadItem, kind: ToolKind): OpenTool {
    const key = keyOf(item);
    this.#over.delete(key);
    const count = (this.#begun.get(item.id) ?? 0) + 1;
    this.#begun.set(item.id, count);
    if (this.#open.size > 0 || this.#questions.size > 0) this.#newStep();
    const tool: OpenTool = {
      toolCallId: count === 1 ? item.id : `${item.id}:${count}`,
      kind,
      item,
      shown: "",
      output: this.#early.get(key) ?? new GrowingTail(this.#max),
      progress: null,
      shownAtMs: -Infinity,
      step: this.#step,
    };
    this.#open.set(key, tool);
    if (this.#early.delete(key)) this.#printed.add(tool);
    this.#showInput(tool);
    return tool;
  }

  /**
   * A page sends its answers when all of the last step is done: what still runs must not stand in the same. The step before
   * is not finished by it: to `ai` 6, a text that still grows would end there.
   */
  #newStep(): void {
    this.#step++;
    this.#emit({ type: "start-step" });
  }

  #showInput(tool: OpenTool): void {
    const { toolCallId, kind, item } = tool;
    const input = kind.input(item, this.#max);
    const shown = JSON.stringify(input);
    // In another step, it would be another part.
    if (shown === tool.shown || tool.shown !== "" && tool.step !== this.#step) return;
    tool.shown = shown;
    const title = kind.title?.(item);
    this.#emit({
      type: "tool-input-available",
      toolCallId,
      toolName: item.type,
      input,
      ...OURS,
      ...(title === undefined ? {} : { title }),
    });
  }

  #outputOf({ item, output }: OpenTool): unknown {
    return item.type === "commandExecution" ? commandOutput(item, output.get()) : null;
  }

  #end(tool: OpenTool, outcome: Outcome): void {
    this.#printed.delete(tool);
    this.#open.delete(keyOf(tool.item));
    this.#over.add(keyOf(tool.item));
    this.#outcome(tool.toolCallId, outcome);
  }

  #outcome(toolCallId: string, outcome: Outcome): void {
    if (outcome === "denied" && this.#asked.has(toolCallId)) {
      return this.#emit({ type: "tool-output-denied", toolCallId });
    }
    if (outcome === "denied" || "error" in outcome) {
      // To the AI SDK, what is denied was asked for.
      const errorText = outcome === "denied" ? "It was refused" : outcome.error;
      return this.#emit({ type: "tool-output-error", toolCallId, errorText, ...OURS });
    }
    this.#emit({ type: "tool-output-available", toolCallId, output: outcome.output, ...OURS });
    if (outcome.file !== undefined) this.#emit({ type: "file", ...outcome.file });
  }
}

/** The AI SDK knows none of these tools, and does not run them. */
const OURS = { dynamic: true, providerExecuted: true } as const;
