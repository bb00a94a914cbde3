import type { Thread, Turn } from "../../gen/mod.ts";
import { changeThread, findThread, withAgent, withAgentsOf } from "./agents.ts";
import { has, list } from "./lenient.ts";
import { withLeftBehind } from "./left_behind.ts";
import { merged } from "./merge.ts";
import { compareTurns, oldestFirst } from "./order.ts";
import { questionsOver } from "./questions.ts";
import { withReviewsJoined } from "./review.ts";
import { keep } from "./same.ts";
import { emptyThread, type ThreadState, type TurnState } from "./thread_state.ts";
import { isOver, mergeTurn } from "./turns.ts";

/**
 * The state with what the server has stored: a thread with its turns (`thread/resume`, `thread/read`), or turns alone (a
 * page of `thread/turns/list`, best with `itemsView: "full"`), in either order of time. Pure, as {@linkcode reduce} is.
 *
 * Before events, between events or after them: what is already known stays, and what was missed takes its place. A gap
 * is closed when the turns reach back to the last one before it.
 *
 * @param stored A thread, also that of a sub-agent, or some of the turns of one.
 * @param threadId Whose the turns are, if they are those of a sub-agent. Default: the state's own.
 * @throws {TypeError} If the thread is neither the state's nor one of its sub-agents.
 * @example
 * ```ts
 * import type { Codex } from "@codex-app-server/sdk";
 * import { emptyThread, hydrate, type ThreadState } from "@codex-app-server/sdk/state";
 *
 * async function lastTurns(codex: Codex, threadId: string): Promise<ThreadState> {
 *   const page = await codex.request("thread/turns/list", { threadId, itemsView: "full", limit: 20 });
 *   return hydrate(emptyThread(threadId), page.data);
 * }
 * ```
 */
export function hydrate(
  state: ThreadState,
  stored: Thread | readonly Turn[],
  threadId: string = isTurns(stored) ? state.threadId : stored.id,
): ThreadState {
  const { parentThreadId = null, turns = [], ...record } = isTurns(stored) ? { turns: stored } : stored as Thread;
  const tree = parentThreadId === null ? state : withAgent(state, parentThreadId, threadId, true, unseenAgent);
  if (findThread(tree, threadId) === undefined) {
    throw new TypeError(
      `Cannot hydrate the state of thread ${state.threadId} with thread ${threadId}, which is none of its sub-agents. ` +
        `Begin with emptyThread(${JSON.stringify(threadId)})`,
    );
  }
  const given = oldestFirst(list(turns).filter((turn) => has(turn, "id", "status")));
  const filled = changeThread(tree, threadId, (thread) => {
    const next = withTurns(thread, given);
    if (isTurns(stored)) return next;
    const kept = keep(thread.thread, { parentThreadId, ...record } as ThreadState["thread"]);
    return kept === next.thread ? next : { ...next, thread: kept };
  });
  const items = given.flatMap((turn) => list(turn.items)).filter((item) => has(item, "id", "type"));
  return items.reduce((all, item) => withAgentsOf(all, threadId, item, unseenAgent), filled);
}

function isTurns(stored: Thread | readonly Turn[]): stored is readonly Turn[] {
  return Array.isArray(stored);
}

/** What a sub-agent of a stored thread has done is stored in its own. */
function unseenAgent(threadId: string): ThreadState {
  return { ...emptyThread(threadId), gap: { turnId: null } };
}

function withTurns(state: ThreadState, given: readonly Turn[]): ThreadState {
  const { gap } = state;
  const all = merged(state.turns, given, {
    keyOf: ({ id }) => id,
    placeOf: ({ id }) => state.turns.findIndex(({ turn }) => turn.id === id),
    take: (turn, before) => mergeTurn(before, turn),
    compare: ({ turn }, other) => compareTurns(turn, other),
  });
  const joined = withReviewsJoined(all);
  const turns = joined === all ? all : keep(state.turns, joined.map((turn) => keep(turnOf(state, turn), turn)));
  const closes = gap !== null && (gap.turnId === null ? given.length > 0 : given.some(({ id }) => id === gap.turnId));
  const next = turns === state.turns && !closes ? state : { ...state, turns, gap: closes ? null : gap };
  return withLeftBehind(given.filter(isOver).reduce((all, { id }) => questionsOver(all, id), withArrived(next)));
}

function turnOf({ turns }: ThreadState, { turn: { id } }: TurnState): TurnState | undefined {
  return turns.find(({ turn }) => turn.id === id);
}

/** The state without the sent messages that have arrived. */
function withArrived(state: ThreadState): ThreadState {
  const sent = state.sent.filter(({ clientId }) => !state.turns.some((turn) => hasMessage(turn, clientId ?? null)));
  return sent.length === state.sent.length ? state : { ...state, sent };
}

function hasMessage({ items }: TurnState, clientId: string | null): boolean {
  return items.some(({ item }) => item.type === "userMessage" && item.clientId === clientId);
}
