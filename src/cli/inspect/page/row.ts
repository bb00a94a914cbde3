import type { WireEvent } from "../wire.ts";

/** What a line is: a client's request and its answer, the server's question and its reply, or what nobody answers. */
export type RowKind =
  | "request"
  | "answer"
  | "error"
  | "event"
  | "question"
  | "reply"
  | "stderr"
  | "note"
  | "unreadable";

/** A line of the list: what is told of an event without reading it again. */
export interface Row {
  readonly event: WireEvent;
  readonly kind: RowKind;
  /** Of an answer, what was asked. */
  readonly method: string;
  /** Of requests and what answers them, as JSON: `1` and `"1"` are two. */
  readonly id: string | null;
  thread: string | null;
  turn: string | null;
  readonly item: string | null;
  readonly summary: string;
  /** The request of an answer, or the answer of a request. */
  pair: Row | null;
}

/** A message, as far as it is one. */
export interface Message {
  readonly id?: unknown;
  readonly method?: unknown;
  readonly params?: unknown;
  readonly result?: unknown;
  readonly error?: unknown;
}

/** The message of a line, or `null`. */
export function messageOf({ l }: WireEvent): Message | null {
  try {
    const value: unknown = JSON.parse(l);
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}

/** @param asked Finds the request that an answer is of. */
export function rowOf(event: WireEvent, asked: (id: string) => Row | undefined): Row {
  const plain = { event, id: null, thread: null, turn: null, item: null, pair: null };
  if (event.d === "err") return { ...plain, kind: "stderr", method: "stderr", summary: cut(event.l) };
  if (event.d === "note") return { ...plain, kind: "note", method: "inspector", summary: cut(event.l) };
  const message = messageOf(event);
  if (message === null) {
    // A line that was cut still begins with what it is.
    const method = event.x === undefined ? undefined : /"method":"([^"\\]{1,100})"/.exec(event.l.slice(0, 400))?.[1];
    const size = event.x === undefined ? "" : `(${event.x} characters) `;
    const thread = /"threadId":"([^"\\]{1,100})"/.exec(event.l)?.[1] ?? null;
    const kind = method === undefined ? "unreadable" : "event";
    return { ...plain, thread, kind, method: method ?? "not JSON", summary: size + cut(event.l) };
  }
  const isIn = event.d === "in";
  const id = message.id === undefined || message.id === null ? null : JSON.stringify(message.id);
  if (typeof message.method === "string") {
    const places = placesOf(message.params);
    const kind = id === null ? "event" : isIn ? "question" : "request";
    return { ...plain, ...places, id, kind, method: message.method, summary: summaryOf(message.params) };
  }
  if (id === null && message.error === undefined) {
    return { ...plain, kind: "unreadable", method: "no message", summary: cut(event.l) };
  }
  const pair = id === null ? undefined : asked(id);
  const places = placesOf(message.result);
  const row: Row = {
    ...plain,
    id,
    kind: message.error !== undefined ? "error" : isIn ? "answer" : "reply",
    method: pair?.method ?? (isIn ? "answer" : "reply"),
    item: places.item ?? pair?.item ?? null,
    thread: places.thread ?? pair?.thread ?? null,
    turn: places.turn ?? pair?.turn ?? null,
    summary: summaryOf(message.error ?? message.result),
    pair: pair ?? null,
  };
  if (pair !== undefined) {
    pair.pair = row;
    // What a request begins is also what it is about.
    pair.thread ??= row.thread;
    pair.turn ??= row.turn;
  }
  return row;
}

function placesOf(value: unknown): { thread: string | null; turn: string | null; item: string | null } {
  const part = (...path: string[]) => {
    const found = path.reduce<unknown>((at, key) => isObject(at) ? at[key] : undefined, value);
    return typeof found === "string" ? found : null;
  };
  return {
    thread: part("threadId") ?? part("thread", "id") ?? part("conversationId"),
    turn: part("turnId") ?? part("turn", "id"),
    item: part("itemId") ?? part("item", "id") ?? part("callId"),
  };
}

/** What a person looks for first, in this order. */
const TELLING = [
  "delta",
  "text",
  "command",
  "message",
  "summary",
  "status",
  "reason",
  "query",
  "name",
  "preview",
  "model",
];
const WITHIN = ["item", "error", "turn", "thread"];
/** Stands elsewhere already. */
const PLACES: ReadonlySet<string> = new Set(["threadId", "turnId", "itemId", "conversationId"]);

function summaryOf(value: unknown, depth = 0): string {
  if (!isObject(value)) return value === undefined || value === null ? "" : cut(JSON.stringify(value));
  const parts: string[] = [];
  for (const name of WITHIN) {
    const within = value[name];
    if (isObject(within) && depth < 2) parts.push(summaryOf(within, depth + 1));
  }
  if (parts.length === 0 && typeof value["type"] === "string") parts.push(value["type"]);
  const content = value["input"] ?? value["content"];
  if (Array.isArray(content)) {
    const [first] = content as unknown[];
    if (isObject(first) && typeof first["text"] === "string") parts.push(first["text"]);
  }
  if (Array.isArray(value["data"])) parts.push(`${value["data"].length} entries`);
  for (const name of TELLING) {
    const found = isObject(value[name]) ? value[name]["type"] : value[name];
    if (typeof found !== "string" || found === "") continue;
    if (parts.length < 3 && !parts.includes(found)) parts.push(found);
    break;
  }
  const rest = Object.entries(value).filter(([name]) => !PLACES.has(name));
  if (parts.length > 0) return cut(parts.filter((part) => part !== "").join(" · "));
  return depth > 0 || rest.length === 0 ? "" : cut(JSON.stringify(Object.fromEntries(rest)));
}

/** As long as a line of the list can be. */
function cut(text: string): string {
  return text.length > 240 ? `${text.slice(0, 240)}…` : text;
}

/** Whether it is an object of JSON. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
