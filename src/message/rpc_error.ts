import {
  InternalRpcError,
  InvalidParamsError,
  InvalidRequestError,
  JsonRpcError,
  type JsonRpcErrorDetails,
  MethodNotFoundError,
  ParseError,
  RetryLimitExceededError,
  ServerBusyError,
  ThreadBusyError,
} from "../errors.ts";
import { CODEX_VERSION } from "../../gen/provenance.ts";
import { ActiveTurnError, type Work } from "../util/turn_errors.ts";
import type { RawError } from "./message.ts";

/** The code with which the server refuses a request under load; it sends no `data` with it. */
const OVERLOADED = -32001;

const BUSY = /\bthread (\S+) already has an active writer\b/;
const NOT_LOADED = /^thread not found: \S+$/;

/** -32099 to -32000 are the server's own codes. */
const isServerCode = (code: number): boolean => code >= -32099 && code <= -32000;

/** Makes the error class that fits what the server sent. Code, data and method are kept in every case. */
export function toRpcError(method: string, error: RawError): JsonRpcError {
  const details: JsonRpcErrorDetails = { rpcCode: error.code, message: error.message, data: error.data, method };
  const work = notSteerable(error);
  if (work !== undefined) return new ActiveTurnError(work, { ...details, message: activeTurn(work) });
  switch (error.code) {
    case -32700:
      return new ParseError(details);
    case -32600:
      return invalidRequest(details);
    case -32601:
      return new MethodNotFoundError(details);
    case -32602:
      return new InvalidParamsError(details);
    case -32603:
      return new InternalRpcError(details);
  }
  if (isServerCode(error.code)) {
    if (/retry limit|too many failed attempts/i.test(error.message)) return new RetryLimitExceededError(details);
    if (error.code === OVERLOADED || isOverloadData(error.data)) return new ServerBusyError(details);
  }
  return new JsonRpcError(details);
}

/** What takes no input, if the server says that such a thing runs: as data, or in the words of its own code. */
function notSteerable({ message, data }: RawError): Work | undefined {
  const info = (data as { readonly codexErrorInfo?: unknown } | null | undefined)?.codexErrorInfo;
  const told = (info as { readonly activeTurnNotSteerable?: { readonly turnKind?: unknown } } | null | undefined)
    ?.activeTurnNotSteerable?.turnKind;
  const [, said] = /ActiveTurnNotSteerable \{ turn_kind: (\w+) \}/.exec(message) ?? [];
  const kind = String(told ?? said).toLowerCase();
  return kind === "compact" || kind === "review" ? { kind, turnId: null } : undefined;
}

/** What an error says of work that nothing can be added to, or that would be ended. */
export function activeTurn({ kind, turnId }: Work): string {
  const what = kind === "shellCommand" ? "shell command" : kind;
  const named = turnId === null ? `a ${what}` : `${what} ${turnId}`;
  if (kind === "compact") {
    return `the thread's history is being compacted, and takes no input meanwhile. Wait for it: await thread.compact()`;
  }
  if (kind === "review") {
    return `${named} runs in the thread, and takes no input. Wait for its end, or interrupt it`;
  }
  return `${named} runs in the thread and would be ended. Wait for its end, by await turn.run(), or interrupt it`;
}

/** The real server answers unknown methods and bad parameters with -32600 and a text (serde's own). */
function invalidRequest(details: JsonRpcErrorDetails): JsonRpcError {
  const [, busy] = BUSY.exec(details.message) ?? [];
  if (busy !== undefined) return new ThreadBusyError(busy, details);
  if (NOT_LOADED.test(details.message)) return new InvalidRequestError({ ...details, message: notLoaded(details) });
  const [, problem] = /^Invalid request: (.*)/s.exec(details.message) ?? [];
  if (problem === undefined) return new InvalidRequestError(details);
  const [, unknown] = /^unknown variant [`'"]([^`'"]*)[`'"]/.exec(problem) ?? [];
  if (unknown === details.method) return new MethodNotFoundError({ ...details, message: unknownMethod(unknown) });
  return new InvalidParamsError(shortened(details));
}

/** The server says this of every thread that it has not in memory, stored ones included. */
function notLoaded({ message }: JsonRpcErrorDetails): string {
  return `${message}. This server has not loaded it: it was archived, released or long idle, or is another server's. ` +
    "codex.threadResume() loads it";
}

/** What the server says of it, without the list of all methods, and what it means. */
function unknownMethod(method: string): string {
  return `unknown variant \`${method}\`: this server has no such method. Compare its version (codex.server.version) ` +
    `with that of the SDK's protocol, ${CODEX_VERSION}`;
}

/** The list that follows "expected one of" can be several kilobytes that nobody reads. */
function shortened(details: JsonRpcErrorDetails): JsonRpcErrorDetails {
  const max = 500;
  if (details.message.length <= max) return details;
  return { ...details, message: `${details.message.slice(0, max)}...` };
}

/** Whether an error's data says `serverOverloaded`, in whatever casing and at whatever depth. */
export function isOverloadData(data: unknown, depth = 0): boolean {
  if (depth > 8) return false;
  if (typeof data === "string") return data.replace(/[_\-\s]/g, "").toLowerCase() === "serveroverloaded";
  if (Array.isArray(data)) return data.some((entry) => isOverloadData(entry, depth + 1));
  if (typeof data === "object" && data !== null) {
    return Object.entries(data).some(([key, value]) =>
      isOverloadData(value, depth + 1) || (typeof value === "object" && isOverloadData(key, depth + 1))
    );
  }
  return false;
}
