import type { Turn } from "../../../gen/mod.ts";
import type { PendingOptions } from "../../router/pending.ts";
import type { Router } from "../../router/router.ts";
import { sleep } from "../../util/timer.ts";

/** How many of a thread's last turns are looked through for one. */
const RECENT_TURNS = 20;

/** How long after a first look a turn is looked at again whose end is not stored. */
const LOOK_AGAIN_MS = 250;

/** Which turn. */
interface Which {
  readonly threadId: string;
  readonly id: string;
}

/** A turn with all of its items, as the server has stored it; `undefined` if it is not among its thread's last ones. */
export async function storedTurn(router: Router, which: Which, options: PendingOptions): Promise<Turn | undefined> {
  const turn = await look(router, which, options);
  if (turn === undefined || !isOpenEnded(turn)) return turn;
  await sleep(LOOK_AGAIN_MS, options.signal);
  return await look(router, which, options);
}

/**
 * Whether a stored turn is over by the look of it alone: `interrupted`, at no time. So the server tells of one in whose
 * midst it died, and, for some milliseconds, of one that has just begun or just ended.
 */
function isOpenEnded({ status, completedAt }: Turn): boolean {
  return status === "interrupted" && completedAt == null;
}

/**
 * Whether a turn runs, of which the later turns of its thread are known. A thread runs one at a time; but while it does,
 * the server says `inProgress` of each that has no end. A review runs as a turn within a turn.
 */
export function isRunning(turn: Turn, later: readonly Turn[]): boolean {
  const isReview = () => turn.items.some(({ type }) => type === "enteredReviewMode");
  return turn.status === "inProgress" &&
    later.every(({ rootTurnId }) => rootTurnId == null ? isReview() : rootTurnId === turn.id);
}

async function look(router: Router, { threadId, id }: Which, options: PendingOptions): Promise<Turn | undefined> {
  const turns = await newestFirst(router, threadId, options);
  const at = turns.findIndex((turn) => turn.id === id);
  const turn = turns[at];
  if (turn?.status !== "inProgress" || isRunning(turn, turns.slice(0, at))) return turn;
  return { ...turn, status: "interrupted" };
}

async function newestFirst(router: Router, threadId: string, options: PendingOptions): Promise<readonly Turn[]> {
  const params = { threadId, limit: RECENT_TURNS, itemsView: "full" } as const;
  if (!router.lacks("thread/turns/list", params)) {
    return (await router.request("thread/turns/list", params, options)).data;
  }
  const { thread } = await router.request("thread/read", { threadId, includeTurns: true }, options);
  return thread.turns.toReversed();
}
