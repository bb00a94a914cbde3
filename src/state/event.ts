import type { UserInput } from "../../gen/mod.ts";
import type { Notification } from "../router/notification.ts";
import type { ServerRequest } from "../router/server_request.ts";
import type { ThreadState } from "./thread_state.ts";

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

/** The state as a whole, in place of what led to it. Comes from a store's `events()`. */
export interface StateSnapshot {
  /** Which event it is. */
  readonly method: "state/snapshot";
  /** The state. */
  readonly params: {
    /** The thread that it is of. */
    readonly threadId: string;
    /** As it is from now on. */
    readonly state: ThreadState;
  };
}

/** What changes a state: all that the server sends, and what this client does by itself. */
export type ThreadEvent = Notification | ServerRequest | SentMessage | UnsentMessage | StateSnapshot;
