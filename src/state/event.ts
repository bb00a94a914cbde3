import type { UserInput } from "../../gen/mod.ts";
import type { Notification } from "../router/notification.ts";
import type { ServerRequest } from "../router/server_request.ts";

/** The requests of the server that a person can answer. */
export type QuestionMethod =
  | "applyPatchApproval"
  | "execCommandApproval"
  | "item/commandExecution/requestApproval"
  | "item/fileChange/requestApproval"
  | "item/permissions/requestApproval"
  | "item/tool/requestUserInput"
  | "mcpServer/elicitation/request";

/** A question of the server that waits for its answer: its request, as it came. */
export type Question = Extract<ServerRequest, { readonly method: QuestionMethod }>;

/**
 * This client sends a message: it shows in `state.sent` until the server shows it, which then carries the same
 * `clientId`. Sent with `turn/start` or `turn/steer` as `clientUserMessageId`. No server sends this event.
 */
export interface SentMessage {
  /** Which event it is. */
  readonly method: "message/sent";
  /** What is sent. */
  readonly params: {
    /** The thread that it goes to. */
    readonly threadId: string;
    /** Chosen by the client, unique: `crypto.randomUUID()`. */
    readonly clientId: string;
    /** The message. */
    readonly content: readonly UserInput[];
  };
}

/** A message of this client could not be sent: it goes from `state.sent`. No server sends this event. */
export interface UnsentMessage {
  /** Which event it is. */
  readonly method: "message/unsent";
  /** Which message. */
  readonly params: {
    /** The thread that it was to go to. */
    readonly threadId: string;
    /** As in {@linkcode SentMessage}. */
    readonly clientId: string;
  };
}

/** What changes a state: all that the server sends, and what this client does by itself. */
export type ThreadEvent = Notification | ServerRequest | SentMessage | UnsentMessage;
