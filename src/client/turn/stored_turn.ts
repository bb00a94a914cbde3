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

async function look(router: Router, { threadId, id }: Which, options: PendingOptions): Promise<Turn | undefined> {
  const params = { threadId, limit: RECENT_TURNS, itemsView: "full" } as const;
  if (router.lacks("thread/turns/list", params)) {
    const { thread } = await router.request("thread/read", { threadId, includeTurns: true }, options);
    return thread.turns.find((turn) => turn.id === id);
  }
  const { data } = await router.request("thread/turns/list", params, options);
  return data.find((turn) => turn.id === id);
}
