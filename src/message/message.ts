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
  let message: Record<string, unknown>;
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value !== "object" || value === null || Array.isArray(value)) return { kind: "skip", reason: "not-json" };
    message = value as Record<string, unknown>;
  } catch {
    const text = line.trim();
    // White space that JSON does not know may stand around it.
    if (text !== line) return classify(text);
    return { kind: "skip", reason: text === "" ? "blank" : text.startsWith("{") ? "broken-json" : "not-json" };
  }
  const { id, method } = message;
  if (typeof method === "string") {
    if (id === undefined) return { kind: "notification", notification: message as unknown as RawNotification };
    if (isUnsafe(id)) return { kind: "skip", reason: "unsafe-id" };
    if (isRequestId(id)) return { kind: "request", id, method, params: message["params"] };
    return { kind: "skip", reason: "not-a-message" };
  }
  if (isUnsafe(id)) return { kind: "skip", reason: "unsafe-id" };
  if (!isRequestId(id)) return { kind: "skip", reason: "not-a-message" };
  // A null error beside a result is how some peers write success.
  if (message["error"] !== undefined && message["error"] !== null) {
    return { kind: "error", id, error: toRawError(message["error"]) };
  }
  if ("result" in message) return { kind: "result", id, result: message["result"] };
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
