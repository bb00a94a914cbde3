/**
 * The messages of the wire and how a line becomes one. This wire has no `jsonrpc` member.
 *
 * @module
 */

/** A JSON-RPC id. Comes back as it was sent. */
export type RequestId = string | number;

/** A notification as it stands on the wire. Its params are not yet validated. */
export interface RawNotification {
  readonly method: string;
  readonly params?: unknown;
  readonly emittedAtMs?: number;
}

/** The `error` of a response, as far as it can be relied on. */
export interface RawError {
  /** As sent; -32000 if it was no number. */
  readonly code: number;
  /** As sent, or that there was none. */
  readonly message: string;
  /** As sent. */
  readonly data?: unknown;
}

/** Why a line was passed over. */
export type SkipReason =
  /** Nothing but white space. */
  | "blank"
  /** Not JSON and not meant to be: a banner, a log line. */
  | "not-json"
  /** Begins like a JSON object but is not one. */
  | "broken-json"
  /** JSON, but neither request, notification nor response. */
  | "not-a-message"
  /** A request or response whose numeric id cannot be held exactly. */
  | "unsafe-id";

/** What one line is. */
export type Incoming =
  | { readonly kind: "notification"; readonly notification: RawNotification }
  | { readonly kind: "request"; readonly id: RequestId; readonly method: string; readonly params: unknown }
  | { readonly kind: "result"; readonly id: RequestId; readonly result: unknown }
  | { readonly kind: "error"; readonly id: RequestId; readonly error: RawError }
  | { readonly kind: "neither"; readonly id: RequestId }
  | { readonly kind: "skip"; readonly reason: SkipReason };

/** Says what a line is. Never throws. */
export function classify(line: string): Incoming {
  const message = parse(line);
  if (typeof message === "string") return { kind: "skip", reason: message };
  if (typeof message.method !== "string" || message.id !== undefined) return requestOrReply(message);
  return { kind: "notification", notification: message as unknown as RawNotification };
}

/** The members of a message that say what it is. */
interface Message {
  readonly id?: unknown;
  readonly method?: unknown;
  readonly params?: unknown;
  readonly result?: unknown;
  readonly error?: unknown;
}

function parse(line: string): Message | SkipReason {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? value : "not-json";
  } catch {
    if (line.startsWith("{")) return "broken-json";
    const text = line.trim();
    // White space that JSON does not know may stand before it.
    if (text !== line) return parse(text);
    return text === "" ? "blank" : "not-json";
  }
}

function requestOrReply(message: Message): Incoming {
  const { id, method } = message;
  if (isUnsafe(id)) return { kind: "skip", reason: "unsafe-id" };
  if (!isRequestId(id)) return { kind: "skip", reason: "not-a-message" };
  if (typeof method === "string") return { kind: "request", id, method, params: message.params };
  // A null error beside a result is how some peers write success.
  if (message.error !== undefined && message.error !== null) {
    return { kind: "error", id, error: toRawError(message.error) };
  }
  if ("result" in message) return { kind: "result", id, result: message.result };
  return { kind: "neither", id };
}

function isRequestId(id: unknown): id is RequestId {
  return typeof id === "string" || typeof id === "number";
}

/** Beyond 2^53 a parsed number is no longer the one that was sent, and echoing it would answer another request. */
function isUnsafe(id: unknown): boolean {
  return typeof id === "number" && !Number.isSafeInteger(id) && (Number.isInteger(id) || !Number.isFinite(id));
}

function toRawError(error: unknown): RawError {
  const { code, message, data } = (typeof error === "object" ? error : { message: error }) as Record<string, unknown>;
  return {
    code: typeof code === "number" ? code : -32000,
    message: typeof message === "string" ? message : "The server gave no message",
    data,
  };
}
