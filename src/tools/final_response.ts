import type { ThreadItem, Turn } from "../../gen/mod.ts";
import { TurnFailedError } from "../errors.ts";

type AgentMessage = Extract<ThreadItem, { type: "agentMessage" }>;

/**
 * The agent's answer in a finished turn: the text of the last message of phase `final_answer`, else of the last message
 * without a phase, else `null`. An empty answer stays an empty string; commentary is never taken for an answer.
 *
 * @throws {TurnFailedError} If the turn failed.
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
  if (turn.status === "failed") throw new TurnFailedError(turn);
  const messages = turn.items.filter((item): item is AgentMessage => item.type === "agentMessage");
  const final = messages.findLast((message) => message.phase === "final_answer") ??
    messages.findLast((message) => message.phase === null || message.phase === undefined);
  return final?.text ?? null;
}
