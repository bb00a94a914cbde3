import type { MessagePhase, NotificationOf, ThreadItem } from "../../../gen/mod.ts";
import type { Notification } from "../../router/notification.ts";

/** What `turn.messages()` gives of a message: all of it so far. */
export interface TurnMessage {
  /** The id of its item. */
  readonly id: string;
  /**
   * `commentary` while the agent works, `final_answer` for its answer, `plan` for the plan of a turn in plan mode, `null`
   * if the model does not say. Known at the latest when the message is whole.
   */
  readonly phase: MessagePhase | "plan" | null;
  /** Its text so far; of the last one with this id, its whole text. */
  readonly text: string;
}

/** What an event brought: a message as it now stands, which one of the turn it is, and the words that are new in it. */
interface MessagePart {
  readonly message: TurnMessage;
  readonly nth: number;
  readonly added: string;
}

type Spoken = Extract<ThreadItem, { readonly type: "agentMessage" | "plan" }>;

/**
 * Makes messages of the events of one turn, whether they come piece by piece, whole, or both.
 *
 * An id does not tell two messages apart: some gateways give the same to all. Their `item/started` does.
 */
class MessageReader {
  readonly #open = new Map<string, Omit<MessagePart, "added">>();
  readonly #whole = new Set<string>();
  #count = 0;

  /** What an event has to do with messages; `undefined` if it brings nothing new of one. */
  read(event: Notification): MessagePart | undefined {
    switch (event.method) {
      case "item/started":
        if (isSpoken(event.params?.item)) this.#start(event.params.item);
        return undefined;
      case "item/agentMessage/delta":
      case "item/plan/delta":
        return this.#grow(event);
      case "item/completed":
        return isSpoken(event.params?.item) ? this.#complete(event.params.item) : undefined;
      default:
        return undefined;
    }
  }

  /** A message that some words of have come before its start goes on with them. */
  #start(item: Spoken): void {
    const { message, nth } = this.#open.get(item.id) ?? this.#begin(item.id, null);
    this.#open.set(item.id, { message: { ...message, phase: phaseOf(item) }, nth });
  }

  #begin(id: string, phase: TurnMessage["phase"]): Omit<MessagePart, "added"> {
    const part = { message: { id, phase, text: "" }, nth: ++this.#count };
    this.#whole.delete(id);
    this.#open.set(id, part);
    return part;
  }

  #grow({ method, params }: NotificationOf<"item/agentMessage/delta" | "item/plan/delta">): MessagePart | undefined {
    const { itemId: id, delta: added } = params;
    if (this.#whole.has(id)) return undefined;
    const { message, nth } = this.#open.get(id) ?? this.#begin(id, method === "item/plan/delta" ? "plan" : null);
    const grown = { message: { ...message, text: message.text + added }, nth };
    this.#open.set(id, grown);
    return { ...grown, added };
  }

  #complete(item: Spoken): MessagePart | undefined {
    const { id, text } = item;
    if (this.#whole.has(id)) return undefined;
    const { message: { text: said, phase: before }, nth } = this.#open.get(id) ?? this.#begin(id, null);
    this.#open.delete(id);
    this.#whole.add(id);
    const phase = phaseOf(item);
    if (said === text && text !== "" && before === phase) return undefined;
    // What was said cannot be taken back: of a message that became another one, nothing is added.
    return { message: { id, phase, text }, nth, added: text.startsWith(said) ? text.slice(said.length) : "" };
  }
}

/** Reads the messages of a turn, each as it then stands, from its events. */
export function readMessages(): (event: Notification) => TurnMessage | undefined {
  const reader = new MessageReader();
  return (event) => reader.read(event)?.message;
}

/** Reads the text of a turn, piece by piece, with an empty line between two messages, from its events. */
export function readText(): (event: Notification) => string | undefined {
  const reader = new MessageReader();
  let last: number | undefined;
  let tail = "";
  return (event) => {
    const { added = "", nth } = reader.read(event) ?? {};
    if (added === "") return undefined;
    const piece = last === undefined || last === nth ? added : emptyLine(tail) + added;
    last = nth;
    tail = (tail + piece.slice(-2)).slice(-2);
    return piece;
  };
}

/** What is missing for an empty line behind a text that ends like this. */
function emptyLine(tail: string): string {
  if (tail.endsWith("\n\n")) return "";
  return tail.endsWith("\n") ? "\n" : "\n\n";
}

function phaseOf(item: Spoken): TurnMessage["phase"] {
  return item.type === "plan" ? "plan" : item.phase ?? null;
}

function isSpoken(item: ThreadItem | undefined): item is Spoken {
  return (item?.type === "agentMessage" || item?.type === "plan") && typeof item.id === "string" &&
    typeof item.text === "string";
}

/** Whether an event has to do with messages, plans among them. */
export function isOfMessages(event: Notification): boolean {
  return isOfText(event) || isDelta(event, "item/plan/delta") || spokenIn(event) === "plan";
}

/** Whether an event has to do with the words of the agent: with messages, but not with plans. */
export function isOfText(event: Notification): boolean {
  return isDelta(event, "item/agentMessage/delta") || spokenIn(event) === "agentMessage";
}

// Whatever the types say, a message of the server may lack anything.

function isDelta({ method, params }: Notification, wanted: string): boolean {
  return method === wanted && typeof (params as { readonly delta?: unknown } | undefined)?.delta === "string";
}

function spokenIn({ method, params }: Notification): Spoken["type"] | undefined {
  if (method !== "item/started" && method !== "item/completed") return undefined;
  const { item } = params ?? {};
  return isSpoken(item) ? item.type : undefined;
}
