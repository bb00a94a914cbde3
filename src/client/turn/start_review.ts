import type { ReviewTarget } from "../../../gen/mod.ts";
import { checkReviewOptions } from "../option_checks.ts";
import type { ReviewOptions } from "../options.ts";
import { launch, takeOver } from "./launch.ts";
import type { Begun, TurnHandle } from "./turn_handle.ts";
import type { TurnServices } from "./turn_services.ts";

/** Starts a review. It would end a turn that runs, so it is refused while there is one. */
export async function startReview(
  services: TurnServices,
  threadId: string,
  target: ReviewTarget,
  options: ReviewOptions = {},
): Promise<TurnHandle> {
  checkReviewOptions(options);
  const { signal, timeoutMs, idleTimeoutMs, ...fields } = options;
  const params = { ...fields, threadId, target };
  return await launch(services, threadId, { signal, timeoutMs, idleTimeoutMs }, begin);

  async function begin(given: AbortSignal): Promise<Begun> {
    const { connector, connector: { router }, queue } = services;
    const ask = router.work.ask("review/start", threadId);
    try {
      await connector.start(given);
      const giveBack = await queue.forOther("review/start", ask, given);
      const send = () => router.request("review/start", params, { signal: given, keepWhenSent: true, ask });
      const begun = await takeOver(services, { threadId, send, giveBack }, given);
      // It does not begin with `turn/started`: that names the turn which does the work.
      begun.record.complete = true;
      return begun;
    } catch (error) {
      ask.withdrawn(error);
      throw error;
    }
  }
}
