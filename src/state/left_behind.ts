import { questionsOver } from "./questions.ts";
import { isReview } from "./review.ts";
import type { ThreadState, TurnState } from "./thread_state.ts";
import { closed, isOver } from "./turns.ts";

/**
 * A thread runs one turn at a time, so one that a later turn has left behind is over, though nobody has told how: the
 * server died in its midst, and says `inProgress` of it again while it runs another. A review runs as a turn within a
 * turn.
 */
export function withLeftBehind(state: ThreadState): ThreadState {
  const left = state.turns.filter((turn, at) => !isOver(turn.turn) && isLeftBehind(turn, state.turns.slice(at + 1)));
  if (left.length === 0) return state;
  const turns = state.turns.map((turn) => {
    return left.includes(turn) ? closed({ ...turn, turn: { ...turn.turn, status: "interrupted" } }, turn) : turn;
  });
  return left.reduce<ThreadState>((all, { turn: { id } }) => questionsOver(all, id), { ...state, turns });
}

function isLeftBehind(state: TurnState, later: readonly TurnState[]): boolean {
  return later.some(({ turn: { rootTurnId } }) => rootTurnId == null ? !isReview(state) : rootTurnId !== state.turn.id);
}
