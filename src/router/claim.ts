import { isSame } from "../util/same_json.ts";
import { fields } from "./parent_of.ts";
import { itemIdOf, routeOf } from "./route.ts";

/**
 * What the server goes by when an approval is answered: not its request, but the id of the call, within the turn. Two
 * questions with one claim cannot be answered apart. `null` for what is no approval.
 */
export function claimOf(method: string, params: unknown): string | null {
  if (!/approval$/i.test(method)) return null;
  const { approvalId } = fields(params);
  const callId = typeof approvalId === "string" ? approvalId : itemIdOf(method, params);
  if (callId === null) return null;
  const { threadId, turnId } = routeOf(method, params);
  return JSON.stringify([threadId, turnId, callId]);
}

/** Whether whatever is answered to the one may as well be the answer to the other. */
export function isSameQuestion(a: unknown, b: unknown): boolean {
  const [left, right] = [a, b].map((params) => ({ ...params as object, startedAtMs: 0 }));
  return isSame(left, right);
}
