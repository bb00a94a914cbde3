import type { Turn } from "../../../gen/mod.ts";
import type { PendingOptions } from "../../router/pending.ts";
import type { Router } from "../../router/router.ts";

/** How many of a thread's last turns are looked through for one. */
const RECENT_TURNS = 20;

/** A turn with all of its items, as the server has stored it; `undefined` if it is not among its thread's last ones. */
export async function storedTurn(
  router: Router,
  { threadId, id }: { readonly threadId: string; readonly id: string },
  options: PendingOptions,
): Promise<Turn | undefined> {
  const params = { threadId, limit: RECENT_TURNS, itemsView: "full" } as const;
  if (router.lacks("thread/turns/list", params)) {
    const { thread } = await router.request("thread/read", { threadId, includeTurns: true }, options);
    return thread.turns.find((turn) => turn.id === id);
  }
  const { data } = await router.request("thread/turns/list", params, options);
  return data.find((turn) => turn.id === id);
}
