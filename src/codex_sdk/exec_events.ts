import type { ThreadTokenUsage } from "../../gen/mod.ts";
import type { Notification } from "../router/notification.ts";
import type { ThreadEvent, Usage } from "./events.ts";
import { execItem, withId } from "./exec_item.ts";
import type { ThreadItem } from "./items.ts";

/** Turns the server's notifications of one turn into the events of `codex exec`. */
export class ExecEvents {
  /** Set when the turn is over: why it is not well, or `null`. */
  failure: string | null | undefined;
  readonly #turnId: string;
  /** Ids of items that have begun, by the server's ids. */
  readonly #open = new Map<string, string>();
  /** Warnings from before the turn. */
  readonly #told = new Set<string>();
  #count = 0;
  #todo: ThreadItem | undefined;
  #usage: ThreadTokenUsage["total"] | undefined;
  #lastError: string | undefined;

  constructor(turnId: string) {
    this.#turnId = turnId;
  }

  /** Warnings that came at another time. */
  *warnings(texts: Iterable<string>): Generator<ThreadEvent> {
    for (const text of texts) {
      this.#told.add(text);
      yield this.#warning(text);
    }
  }

  /** The events for what the server says; none for most of it. */
  *translate(event: Notification): Generator<ThreadEvent> {
    const warning = warningOf(event);
    // What a thread is given after its start makes the server repeat some of what it has said.
    if (warning !== null && !this.#told.has(warning)) yield this.#warning(warning);
    if (turnOf(event) !== this.#turnId) return;
    switch (event.method) {
      case "turn/started":
        yield { type: "turn.started" };
        break;
      case "item/started": {
        const { item } = event.params;
        // Messages and thoughts are told when they are whole.
        if (item.type === "agentMessage" || item.type === "reasoning") break;
        const mapped = execItem(item);
        if (mapped === null) break;
        const known = this.#open.get(item.id);
        const type = known !== undefined && item.type === "fileChange" ? "item.updated" : "item.started";
        yield { type, item: withId(this.#opened(item.id), mapped) };
        break;
      }
      case "item/fileChange/patchUpdated": {
        const { itemId: id, changes } = event.params;
        const mapped = execItem({ type: "fileChange", id, changes, status: "inProgress" });
        if (mapped !== null) yield { type: "item.updated", item: withId(this.#opened(id), mapped) };
        break;
      }
      case "item/completed": {
        const mapped = execItem(event.params.item);
        if (mapped !== null) yield { type: "item.completed", item: withId(this.#closed(event.params.item.id), mapped) };
        break;
      }
      case "turn/plan/updated": {
        const type = this.#todo === undefined ? "item.started" : "item.updated";
        const items = event.params.plan.map(({ step, status }) => ({ text: step, completed: status === "completed" }));
        this.#todo = { id: this.#todo?.id ?? this.#nextId(), type: "todo_list", items };
        yield { type, item: this.#todo };
        break;
      }
      case "model/rerouted": {
        const { fromModel, toModel, reason } = event.params;
        const why = reason.charAt(0).toUpperCase() + reason.slice(1);
        yield this.#warning(`model rerouted: ${fromModel} -> ${toModel} (${why})`);
        break;
      }
      case "thread/tokenUsage/updated":
        this.#usage = event.params.tokenUsage.total;
        break;
      case "error":
        this.#lastError = textOf(event.params.error);
        yield { type: "error", message: this.#lastError };
        break;
      case "turn/completed": {
        const { status, error, items } = event.params.turn;
        if (this.#todo !== undefined) yield { type: "item.completed", item: this.#todo };
        for (const item of items) {
          if (!this.#open.has(item.id)) continue;
          const mapped = execItem(item);
          if (mapped !== null) yield { type: "item.completed", item: withId(this.#closed(item.id), mapped) };
        }
        if (status === "completed") {
          this.failure = null;
          yield { type: "turn.completed", usage: toUsage(this.#usage) };
        } else if (status === "failed") {
          const message = error == null ? this.#lastError ?? "turn failed" : textOf(error);
          this.failure = `The turn failed: ${message}`;
          yield { type: "turn.failed", error: { message } };
        } else {
          this.failure = "The turn was interrupted";
        }
      }
    }
  }

  #warning(message: string): ThreadEvent {
    return { type: "item.completed", item: { id: this.#nextId(), type: "error", message } };
  }

  #opened(itemId: string): string {
    const id = this.#open.get(itemId) ?? this.#nextId();
    this.#open.set(itemId, id);
    return id;
  }

  #closed(itemId: string): string {
    const id = this.#open.get(itemId) ?? this.#nextId();
    this.#open.delete(itemId);
    return id;
  }

  #nextId(): string {
    return `item_${this.#count++}`;
  }
}

/** What is worth knowing and ends nothing, or `null`. */
export function warningOf({ method, params }: Notification): string | null {
  switch (method) {
    case "warning":
      return params.message;
    case "deprecationNotice":
      return withDetails(params.summary, params.details);
    case "configWarning":
      // Of the sandbox's helper, `codex exec` tells people alone, not programs.
      return /bubblewrap/i.test(params.summary) ? null : withDetails(params.summary, params.details);
    default:
      return null;
  }
}

/** The turn that this is of. */
export function turnOf(event: Notification): string | undefined {
  const { turnId, turn } = event.params as { turnId?: string; turn?: { id?: string } };
  return turnId ?? turn?.id;
}

function textOf(error: { readonly message: string; readonly additionalDetails?: string | null }): string {
  return withDetails(error.message, error.additionalDetails);
}

function withDetails(text: string, details: string | null | undefined): string {
  return details == null || details === "" ? text : `${text} (${details})`;
}

function toUsage(total: ThreadTokenUsage["total"] | undefined): Usage {
  return {
    input_tokens: total?.inputTokens ?? 0,
    cached_input_tokens: total?.cachedInputTokens ?? 0,
    cache_write_input_tokens: total?.cacheWriteInputTokens ?? 0,
    output_tokens: total?.outputTokens ?? 0,
    reasoning_output_tokens: total?.reasoningOutputTokens ?? 0,
  };
}
