import type { TurnStartParams } from "../../../gen/mod.ts";
import { isStandardSchema } from "../../tools/standard_schema.ts";
import { ActiveTurnError } from "../../util/turn_errors.ts";
import { checkTurnOptions } from "../option_checks.ts";
import type { TurnOptions } from "../options.ts";
import { checkToolOutput, type Input, toUserInput } from "./input.ts";
import { refuseJoin } from "./join.ts";
import { launch, takeOver } from "./launch.ts";
import type { Begun, TurnHandle } from "./turn_handle.ts";
import type { TurnServices } from "./turn_services.ts";

/** How often a turn may find that what takes no input has begun before it. */
const MAX_REFUSALS = 10;

/** Starts a turn, or joins the one that runs in the thread; a compaction and a review are waited for. */
export async function startTurn(
  services: TurnServices,
  threadId: string,
  input: Input,
  options: TurnOptions = {},
): Promise<TurnHandle> {
  checkTurnOptions("a turn", options);
  const { signal, timeoutMs, idleTimeoutMs, budget, outputSchema, checkOutputSchema, trace, ...fields } = options;
  checkToolOutput(fields.toolOutput);
  const params: TurnStartParams = { ...fields, threadId, input: toUserInput(input) };
  signal?.throwIfAborted();
  return await launch(services, threadId, { signal, timeoutMs, idleTimeoutMs, budget }, begin);

  async function begin(given: AbortSignal): Promise<Begun> {
    const { connector, connector: { router }, queue } = services;
    let ask = router.work.ask("turn/start", threadId);
    let refusals = 0;
    const send = () => router.request("turn/start", params, { signal: given, trace, keepWhenSent: true, ask });
    try {
      if (checkOutputSchema === false && !isStandardSchema(outputSchema)) params.outputSchema = outputSchema;
      else if (outputSchema !== undefined) {
        const { toOutputSchema } = await import("../../tools/output_schema.ts");
        params.outputSchema = await toOutputSchema(outputSchema);
      }
      await connector.start(given);
      for (;;) {
        const giveBack = await queue.forTurn(ask, given);
        try {
          refuseJoin(router, params);
          return await takeOver(services, { threadId, send, giveBack }, given);
        } catch (error) {
          giveBack?.();
          // Something has begun meanwhile that takes no input.
          if (!(error instanceof ActiveTurnError) || ++refusals === MAX_REFUSALS) throw error;
          await queue.refused(threadId, error, given);
          ask = router.work.ask("turn/start", threadId);
        }
      }
    } catch (error) {
      ask.withdrawn(error);
      throw error;
    }
  }
}
