import type { ThreadItem } from "./items.ts";

/** The first event of every run. */
export type ThreadStartedEvent = {
  /** Tells the kinds of events apart. */
  type: "thread.started";
  /** The thread's id, for `codex.resumeThread`. */
  thread_id: string;
};

/** The model is being asked. */
export type TurnStartedEvent = {
  /** Tells the kinds of events apart. */
  type: "turn.started";
};

/** Tokens: of the thread since it was started, as `codex exec` counts them, not of the run alone. */
export type Usage = {
  /** All that went in. */
  input_tokens: number;
  /** Those of them that came from a cache. */
  cached_input_tokens: number;
  /** Those of them that were written to a cache. */
  cache_write_input_tokens: number;
  /** All that came out. */
  output_tokens: number;
  /** Those of them that were reasoning. */
  reasoning_output_tokens: number;
};

/** The turn is over, and all went well. The last event. */
export type TurnCompletedEvent = {
  /** Tells the kinds of events apart. */
  type: "turn.completed";
  /** What the thread has cost. */
  usage: Usage;
};

/** The turn has failed. The last event; the iteration throws after it. */
export type TurnFailedEvent = {
  /** Tells the kinds of events apart. */
  type: "turn.failed";
  /** Why. */
  error: ThreadError;
};

/** An item has begun. Messages and reasoning have no such event: they are told when they are whole. */
export type ItemStartedEvent = {
  /** Tells the kinds of events apart. */
  type: "item.started";
  /** As it is so far. */
  item: ThreadItem;
};

/** An item has changed: a list of things to do, or a patch. */
export type ItemUpdatedEvent = {
  /** Tells the kinds of events apart. */
  type: "item.updated";
  /** As it is so far. */
  item: ThreadItem;
};

/** An item is done, well or not. */
export type ItemCompletedEvent = {
  /** Tells the kinds of events apart. */
  type: "item.completed";
  /** As it stays. */
  item: ThreadItem;
};

/** Why a turn failed. */
export type ThreadError = {
  /** What the server says. */
  message: string;
};

/** A call of the model failed. Not the end: the server may be trying again; `turn.failed` is. */
export type ThreadErrorEvent = {
  /** Tells the kinds of events apart. */
  type: "error";
  /** What the server says. */
  message: string;
};

/** What happens in a run. */
export type ThreadEvent =
  | ThreadStartedEvent
  | TurnStartedEvent
  | TurnCompletedEvent
  | TurnFailedEvent
  | ItemStartedEvent
  | ItemUpdatedEvent
  | ItemCompletedEvent
  | ThreadErrorEvent;
