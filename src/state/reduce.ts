import type { ThreadEvent } from "./event.ts";
import type { Question } from "./question.ts";
import { changeThread, findThread, threadOfTurn, withAgent, withAgentsOf } from "./agents.ts";
import { ASKED, type Change, LOCAL, NOTIFICATIONS, REQUESTS } from "./changes.ts";
import { isEvent } from "./is_event.ts";
import { asked } from "./questions.ts";
import type { ThreadState } from "./thread_state.ts";

/** By method, for the look-ups of a stream of events; what is passed on is absent. */
const CHANGES: ReadonlyMap<string, Change<never> | typeof ASKED> = new Map(
  Object.entries({ ...NOTIFICATIONS, ...REQUESTS, ...LOCAL }).filter((entry) => entry[1] !== null) as [
    string,
    Change<never> | typeof ASKED,
  ][],
);

/**
 * The state after an event. Pure: it changes neither of its arguments, and what the event does not change keeps its
 * identity; an event that changes nothing returns the state itself.
 *
 * Takes every event of a connection. Those of other threads are left out; those of sub-agents go to `state.agents`.
 * Events may come twice, and in any order that the server uses.
 *
 * @param event A notification of the server, one of its requests, or what this client does by itself.
 * @example
 * ```ts
 * import { emptyThread, reduce } from "@codex-app-server/sdk/state";
 * import { notification } from "@codex-app-server/sdk/testing";
 *
 * let state = emptyThread("thread-1");
 * state = reduce(state, notification("turn/started"));
 * state = reduce(state, notification("item/agentMessage/delta", { delta: "Hel" }));
 * state = reduce(state, notification("item/agentMessage/delta", { delta: "lo" }));
 * console.log(state.turns[0]?.items[0]?.item); // { type: "agentMessage", id: "item-1", text: "Hello" }
 * ```
 */
export function reduce(state: ThreadState, event: ThreadEvent): ThreadState {
  const change = CHANGES.get(event?.method);
  if (change === undefined || !isEvent(event)) return state;
  const { params } = event as { readonly params: Addressed };
  const threadId = params.threadId ?? params.thread?.id ?? params.conversationId;
  if (typeof threadId !== "string") return state;
  const tree = withNews(state, threadId, event);
  return changeThread(
    tree,
    threadId,
    (thread) => change === ASKED ? asked(thread, event as Question) : (change as Change<Addressed>)(thread, params),
  );
}

/** Where events say which thread they are of. */
interface Addressed {
  readonly threadId?: string;
  readonly thread?: { readonly id: string };
  readonly conversationId?: string;
}

/** The tree with the sub-agents that the event tells of. */
function withNews(state: ThreadState, threadId: string, event: ThreadEvent): ThreadState {
  switch (event.method) {
    case "item/started":
    case "item/completed":
      return withAgentsOf(state, threadId, event.params.item);
    case "thread/started": {
      const { parentThreadId } = event.params.thread;
      return parentThreadId == null ? state : withAgent(state, parentThreadId, threadId, true);
    }
    case "turn/started": {
      // Of a sub-agent whose birth went by unseen: its work was begun by a turn of this tree.
      const { rootTurnId } = event.params.turn;
      if (rootTurnId == null || findThread(state, threadId) !== undefined) return state;
      const root = threadOfTurn(state, rootTurnId);
      return root === undefined ? state : withAgent(state, root.threadId, threadId, false);
    }
    default:
      return state;
  }
}
