/**
 * A durable turn as an activity of Temporal: the workflow's id is the conversation, so its turns are one at a time and in
 * order; the activity's own id is the key, so an attempt on another worker is the same work.
 *
 * @module
 */
import type { Codex } from "@codex-app-server/sdk";
import { durableTurn } from "@codex-app-server/sdk/durable";
import { activityInfo, cancellationSignal, heartbeat } from "@temporalio/activity";

/** For `Worker.create({ activities: turnActivities(codex) })`. */
export function turnActivities(codex: Codex) {
  return {
    async runTurn(threadId: string, input: string): Promise<string> {
      const { workflowExecution, activityId } = activityInfo();
      const { turn } = await durableTurn(codex, {
        threadId,
        key: `${workflowExecution?.runId}/${activityId}`,
        input,
        signal: cancellationSignal(),
        onEvent: () => heartbeat(),
      });
      return turn.status;
    },
  };
}
