import type {
  Thread,
  ThreadItem,
  ThreadTokenUsage,
  Turn,
  TurnDiffUpdatedNotification,
  TurnError,
  TurnPlanUpdatedNotification,
  UserMessageThreadItem,
} from "../../gen/mod.ts";
import type { Question } from "./question.ts";

/** The protocol's record of a thread without its turns: those are in {@linkcode ThreadState}. */
export type ThreadRecord = Omit<Thread, "turns">;

/** The protocol's record of a turn without its items: those are in {@linkcode TurnState}. */
export type TurnRecord = Omit<Turn, "items">;

/** The plan that the agent reported last, and the turn that it did so in. */
export type TurnPlan = Omit<TurnPlanUpdatedNotification, "threadId">;

/** The changes to files that were reported last, as one unified diff, and the turn that made them. */
export type TurnDiff = Omit<TurnDiffUpdatedNotification, "threadId">;

/** Events are missing: the connection was lost and opened again, or the thread's history was changed. */
export interface Gap {
  /** The last turn that was known when the gap was made; `null` if there was none. Hydrating from here on closes it. */
  readonly turnId: string | null;
}

/** One item of a turn. */
export interface ItemState {
  /** The protocol's own item. While it streams, its texts are what has come of them so far. */
  readonly item: ThreadItem;
  /** Whether more of it is to come. */
  readonly streaming: boolean;
  /** What a command has printed so far, stdout and stderr in one; once it is over, its `aggregatedOutput`. */
  readonly output?: string;
  /** What a running MCP tool last said of its progress. */
  readonly progress?: string;
  /** What the server asks about this item; also in {@linkcode ThreadState.questions}. */
  readonly question?: Question;
}

/** One turn and its items. */
export interface TurnState {
  /**
   * The protocol's own record. `itemsView` says how much of the items is here: `full` if the turn was seen from its
   * start or hydrated in full; `summary` or `notLoaded` if some are missing.
   */
  readonly turn: TurnRecord;
  /** In the order in which they began. */
  readonly items: readonly ItemState[];
  /** Why the server tries something again at this moment; `null` if it does not. */
  readonly retrying: TurnError | null;
}

/**
 * A conversation as plain data: JSON can carry it, and nothing ever changes it. What a new state shares with the one
 * before keeps its identity, so `===` tells what to draw again.
 */
export interface ThreadState {
  /** The thread's id. */
  readonly threadId: string;
  /** The protocol's own record, if it has been seen. */
  readonly thread: ThreadRecord | null;
  /** Oldest first. */
  readonly turns: readonly TurnState[];
  /** Messages of this client that the server has not shown yet, oldest first. See {@linkcode SentMessage}. */
  readonly sent: readonly UserMessageThreadItem[];
  /** The sub-agents that this thread has spawned, by the ids of their own threads. Theirs are within them. */
  readonly agents: Readonly<Record<string, ThreadState>>;
  /** The last plan. The server does not store it. */
  readonly plan: TurnPlan | null;
  /** The last diff. The server does not store it. */
  readonly diff: TurnDiff | null;
  /** The tokens used so far. The server does not store them. */
  readonly usage: ThreadTokenUsage | null;
  /** What the server asks in this thread and nobody has answered yet, oldest first. */
  readonly questions: readonly Question[];
  /** Set while events are known to be missing; {@linkcode hydrate} clears it. */
  readonly gap: Gap | null;
}

/**
 * The state of a thread of which nothing has been seen.
 *
 * @example
 * ```ts
 * import { emptyThread } from "@codex-app-server/sdk/state";
 *
 * console.log(emptyThread("thread-1").turns.length); // 0
 * ```
 */
export function emptyThread(threadId: string): ThreadState {
  return {
    threadId,
    thread: null,
    turns: [],
    sent: [],
    agents: {},
    plan: null,
    diff: null,
    usage: null,
    questions: [],
    gap: null,
  };
}
