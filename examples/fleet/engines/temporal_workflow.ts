import { proxyActivities } from "@temporalio/workflow";
import type { turnActivities } from "./temporal.ts";

const { runTurn } = proxyActivities<ReturnType<typeof turnActivities>>({
  startToCloseTimeout: "15 minutes",
  heartbeatTimeout: "30 seconds",
});

/** One conversation. */
export async function conversation(threadId: string, inputs: string[]): Promise<string[]> {
  const results: string[] = [];
  for (const input of inputs) results.push(await runTurn(threadId, input));
  return results;
}
