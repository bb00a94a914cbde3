import type { ThreadItem, Turn } from "../../gen/mod.ts";
import { TurnFailedError } from "../errors.ts";
import { isUsageLimit, limitsAt } from "../router/usage_limit.ts";
import { UsageLimitError } from "../util/turn_errors.ts";

/**
 * The agent's answer in a finished turn: the text of the last message of phase `final_answer`, else of the last message
 * without a phase, else the plan of a turn in plan mode, else `null`. An empty answer stays an empty string; commentary is
 * never taken for an answer.
 *
 * @throws {TurnFailedError} If the turn failed.
 * @throws {UsageLimitError} One of these: if it failed by a limit of the account.
 * @throws {TypeError} If this is no turn: an `await` is missing, or the `run()` of a handle.
 * @example
 * ```ts
 * import { finalResponse } from "@codex-app-server/sdk";
 * import type { Turn } from "@codex-app-server/sdk/protocol";
 *
 * const turn: Turn = {
 *   id: "t1",
 *   status: "completed",
 *   items: [{ type: "agentMessage", id: "i1", text: "42" }],
 * };
 * console.log(finalResponse(turn)); // 42
 * ```
 */
export function finalResponse(turn: Turn): string | null {
  checkTurn(turn);
  if (turn.status === "failed") throw failureOf(turn);
  const messages = ofType(turn, "agentMessage");
  const final = messages.findLast((message) => message.phase === "final_answer") ??
    messages.findLast((message) => message.phase === null || message.phase === undefined) ??
    ofType(turn, "plan").at(-1);
  return final?.text ?? null;
}

/** The error of a turn that did not succeed. */
export function failureOf(turn: Turn): TurnFailedError {
  return isUsageLimit(turn.error) ? new UsageLimitError(turn, limitsAt(turn.error)) : new TurnFailedError(turn);
}

function ofType<T extends ThreadItem["type"]>({ items }: Turn, type: T): Extract<ThreadItem, { type: T }>[] {
  return items.filter((item): item is Extract<ThreadItem, { type: T }> => item.type === type);
}

/** What people pass who forgot something, in JavaScript or by a cast. */
function checkTurn(given: unknown): void {
  const { items, then, stream, turn } = (given ?? {}) as Readonly<Record<string, unknown>>;
  if (Array.isArray(items)) return;
  const advice = typeof then === "function"
    ? "found a promise: an await is missing, as in finalResponse(await thread.run(input))"
    : typeof stream === "function"
    ? "found the handle of one: wait for its end by .run(), as in finalResponse(await turn.run())"
    : typeof turn === "function"
    ? "found a thread: run a turn on it, as in finalResponse(await thread.run(input))"
    : `found ${given === null ? "null" : `something of type ${typeof given} without items`}`;
  throw new TypeError(`finalResponse takes a finished turn, ${advice}`);
}
