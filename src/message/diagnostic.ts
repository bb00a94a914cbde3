import type { ValidationIssue } from "../errors.ts";
import { visibleData } from "../util/visible.ts";
import type { RequestId, SkipReason } from "./message.ts";

/** Which kind of message something was found in. */
export type MessagePart = "result" | "notification" | "server-request";

/**
 * Something worth knowing that is not an error of any call. The library never prints: it tells `onDiagnostic`.
 *
 * Told apart by `type`. New types may be added in minor versions, so leave a `default` branch.
 */
export type Diagnostic =
  /** A line of the server was passed over. `line` is its beginning, without secrets as far as they can be told. */
  | { readonly type: "skipped-line"; readonly reason: SkipReason; readonly line: string }
  /** Bytes of the server were not UTF-8; they were replaced by U+FFFD. */
  | { readonly type: "invalid-utf8" }
  /**
   * A text that was to be sent held half of an emoji, as `slice` leaves it (a lone surrogate): U+FFFD was sent in its
   * place, for the server would drop the whole message. `method` is `null` for an answer to the server; `path` says where.
   */
  | { readonly type: "text-mended"; readonly method: string | null; readonly path: string }
  /**
   * The server printed that it could not read a message of this client. It drops such a message, so that whoever waits
   * for its answer gets none. `line` is what it printed.
   */
  | { readonly type: "message-unreadable"; readonly line: string }
  /** A notification or request that the pinned protocol does not know. Notifications are passed on as they are. */
  | { readonly type: "unknown-method"; readonly part: MessagePart; readonly method: string }
  /** A value, variant or field that the pinned protocol does not know. It was kept. Reported once a place. */
  | { readonly type: "drift"; readonly part: MessagePart; readonly method: string; readonly issue: ValidationIssue }
  /**
   * A notification, a server request or the answer to `initialize` lacks what the protocol promises. A notification and
   * the answer are passed on as they are.
   */
  | {
    readonly type: "invalid-message";
    readonly part: MessagePart;
    readonly method: string;
    readonly issues: readonly ValidationIssue[];
  }
  /** An answer that nobody waits for. */
  | {
    readonly type: "unexpected-reply";
    readonly id: RequestId;
    readonly reason: "unknown-id" | "neither-result-nor-error";
  }
  /**
   * A request of the server was refused: by default, because its handler failed, was late or answered wrongly, or because
   * nobody may be asked. `unknown-parent`: it was not learnt in time whose sub-agent asks. `handlers-gone`: the thread had
   * handlers of its own, and was archived, closed or let go of. `foreign-turn`: an agent of another thread has begun the
   * turn. `ambiguous-item`: two unfinished items of the turn have the same id. `too-many`: see `limits.questionBytes`.
   */
  | {
    readonly type: "server-request-refused";
    readonly id: RequestId;
    readonly method: string;
    readonly reason:
      | "no-handler"
      | "handler-threw"
      | "invalid-answer"
      | "timeout"
      | "invalid-request"
      | "unknown-parent"
      | "handlers-gone"
      | "foreign-turn"
      | "ambiguous-item"
      | "too-many";
    readonly error?: unknown;
  }
  /** A request of the server was left to its other clients. `error` is what was wrong with this one's handler, if it failed. */
  | {
    readonly type: "server-request-left";
    readonly id: RequestId;
    readonly method: string;
    readonly reason: "not-our-turn" | "handler-passed";
    readonly error?: unknown;
  }
  /** An answer came after the request had been resolved, refused or cut off. It was dropped. */
  | { readonly type: "late-answer"; readonly id: RequestId; readonly method: string; readonly error?: unknown }
  /** The server passes over a part of its configuration; with a broken file, over all of it. */
  | { readonly type: "config-warning"; readonly summary: string; readonly details: string | null }
  /** The server is not the version that this SDK was generated from. */
  | { readonly type: "version-skew"; readonly server: string; readonly generated: string }
  /** A thread is to work in a folder that there is not: its commands will fail. Told where the server is a local one. */
  | { readonly type: "missing-folder"; readonly threadId: string; readonly cwd: string }
  /** `connect: "daemon"`: nobody listens at this socket, so a server of one's own is started. */
  | { readonly type: "no-daemon"; readonly socketPath: string }
  /** The server could not reach the model, or the like, and tries again. The turn goes on. */
  | {
    readonly type: "server-retries";
    readonly threadId: string | null;
    readonly turnId: string | null;
    readonly message: string;
  }
  /** A turn's end was not announced and has been read from the server's stored turns. */
  | { readonly type: "turn-reconciled"; readonly threadId: string; readonly turnId: string }
  /** A turn was to be interrupted (abort, deadline) and the server did not confirm it. */
  | {
    readonly type: "interrupt-failed";
    readonly threadId: string;
    readonly turnId: string;
    readonly error: unknown;
  }
  /** A turn was interrupted, and these threads of agents that work for it could not be: they go on. */
  | {
    readonly type: "agents-go-on";
    readonly turnId: string;
    readonly agentThreadIds: readonly string[];
    readonly error: unknown;
  }
  /** The connection was lost; attempt number `attempt` follows in `delayMs`. */
  | { readonly type: "reconnecting"; readonly attempt: number; readonly delayMs: number; readonly error: unknown }
  /** The connection is back and these threads were resumed. */
  | { readonly type: "reconnected"; readonly attempt: number; readonly threadIds: readonly string[] }
  /** A thread could not be resumed after a reconnection; its open turns failed. */
  | { readonly type: "thread-lost"; readonly threadId: string; readonly error: unknown }
  /** A callback of yours threw. */
  | { readonly type: "callback-threw"; readonly callback: string; readonly error: unknown };

/** The diagnostics of one type. */
export type DiagnosticOf<T extends Diagnostic["type"]> = Extract<Diagnostic, { readonly type: T }>;

/**
 * Receives diagnostics. What it throws is ignored: there is nobody left to tell. Control characters of the server, but
 * line breaks, are spelled out in what it gets, as `\u{1b}`.
 */
export type DiagnosticListener = (diagnostic: Diagnostic) => void;

/** Wraps a listener so that it can be called from anywhere, and gets nothing that is dangerous to print. */
export function safeListener(listener: DiagnosticListener | undefined): DiagnosticListener {
  if (listener === undefined) return () => {};
  return (diagnostic) => {
    try {
      listener(visibleData(diagnostic));
    } catch {
      // A broken listener must not take the connection with it.
    }
  };
}
