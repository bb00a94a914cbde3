import type { TokenUsageBreakdown, TurnStartParams } from "../../../gen/mod.ts";
import { TimeoutError } from "../../errors.ts";
import type { Channel } from "../../router/channel.ts";
import { troubleSaid } from "../../router/pending.ts";
import type { TraceContext } from "../../router/trace.ts";
import type { TurnRecord } from "../../router/turn_record.ts";
import { isStandardSchema } from "../../tools/standard_schema.ts";
import { abortable, onAbort } from "../../util/abort.ts";
import { watchSilence } from "../../util/silence.ts";
import { imageUrlProblem } from "../../util/image_url.ts";
import { startTimer } from "../../util/timer.ts";
import { BudgetExceededError } from "../../util/usage_errors.ts";
import { type Input, toUserInput } from "./input.ts";
import { refuseJoin } from "./join.ts";
import { checkTurnOptions } from "../option_checks.ts";
import type { TurnBudget, TurnOptions } from "../options.ts";
import { TurnHandle } from "./turn_handle.ts";
import type { TurnServices } from "./turn_services.ts";

/** Starts a turn, or joins the one that runs in the thread. */
export async function startTurn(
  services: TurnServices,
  threadId: string,
  input: Input,
  options: TurnOptions = {},
): Promise<TurnHandle> {
  checkTurnOptions("a turn", options);
  const { signal, timeoutMs, idleTimeoutMs, budget, outputSchema, checkOutputSchema, trace, ...fields } = options;
  if (budget !== undefined) services.connector.demand("thread/tokenUsage/updated", "a turn with a budget");
  checkToolOutput(fields.toolOutput);
  const params: TurnStartParams = { ...fields, threadId, input: toUserInput(input) };
  signal?.throwIfAborted();
  const given = new AbortController();
  const giveUp = (reason: unknown) => given.abort(reason);
  let running: TurnRecord | undefined;
  const stopTimer = startTimer(timeoutMs, () => giveUp(turnTimeout(threadId, timeoutMs!, running)));
  const stopListening = onAbort(signal, giveUp);
  const release = () => {
    stopTimer();
    stopListening();
  };
  try {
    if (checkOutputSchema === false && !isStandardSchema(outputSchema)) params.outputSchema = outputSchema;
    else if (outputSchema !== undefined) {
      const { toOutputSchema } = await import("../../tools/output_schema.ts");
      params.outputSchema = await toOutputSchema(outputSchema);
    }
    const { record, channel } = await begin(services, params, given.signal, trace);
    running = record;
    const handle = new TurnHandle(services, record, channel);
    onAbort(given.signal, (reason) => handle.cancel(reason));
    if (budget !== undefined) watchBudget(record, budget, (error) => handle.fail(error));
    const stopWatching = idleTimeoutMs
      ? watchSilence(idleTimeoutMs, () => record.lastEventAt, () => giveUp(idleTimeout(record, idleTimeoutMs)))
      : () => {};
    record.done.catch(() => {}).then(() => {
      stopWatching();
      release();
    });
    return handle;
  } catch (error) {
    release();
    throw error;
  }
}

/** The server may have told of the turn's requests before it told of the turn. */
function watchBudget(record: TurnRecord, { tokens: budget }: TurnBudget, fail: (error: unknown) => void): void {
  const look = (tokens: TokenUsageBreakdown) => {
    if (tokens.totalTokens < budget) return;
    fail(new BudgetExceededError(record.id, { budget, tokens, items: record.items }));
  };
  if (record.tokens !== null) look(record.tokens);
  record.watchTokens(look);
}

/** @throws {TypeError} If the model's API would refuse it in the middle of the turn, or not know whom it is from. */
function checkToolOutput(given: TurnOptions["toolOutput"]): void {
  const { name, namespace, output } = given ?? {};
  for (const [what, value] of Object.entries({ name, namespace })) {
    if (typeof value === "string" && value.trim() === "") {
      throw new TypeError(`toolOutput.${what} must not be blank: it says whom the message is from`);
    }
  }
  for (const part of Array.isArray(output) ? output : []) {
    if (part?.type !== "input_image" || part.image_url === undefined) continue;
    const problem = imageUrlProblem(part.image_url);
    if (problem !== undefined) throw new TypeError(`toolOutput: the image_url ${problem}`);
  }
}

async function begin(
  services: TurnServices,
  params: TurnStartParams,
  signal: AbortSignal,
  trace: TraceContext | undefined,
): Promise<{ record: TurnRecord; channel: Channel }> {
  const { connector, interrupts, watch } = services;
  await connector.start(signal);
  await abortable(interrupts.settled(params.threadId), signal);
  await refuseJoin(connector.router, params, signal);
  const start = connector.router.turns.start(params.threadId);
  const begun = connector.router.request("turn/start", params, { signal, trace, keepWhenSent: true })
    .then(({ turn }) => {
      const adopted = start.adopt(turn.id);
      watch.watch(adopted.record);
      return adopted;
    })
    .finally(start.release);
  try {
    return await abortable(begun, signal);
  } catch (error) {
    // Given up before the reply: the turn will run all the same, so it is stopped as soon as its id is known.
    if (signal.aborted) interrupts.stop(params.threadId, begun.then(unread));
    throw error;
  }
}

/** Nobody is left to read the channel. */
function unread({ record, channel }: { readonly record: TurnRecord; readonly channel: Channel }): TurnRecord {
  record.detach(channel);
  return record;
}

function turnTimeout(threadId: string, timeoutMs: number, record: TurnRecord | undefined): TimeoutError {
  const message = `A turn of thread ${threadId} was not over within ${timeoutMs} ms (timeoutMs) and was interrupted`;
  return new TimeoutError("turn", timeoutMs, message + troubleOf(record));
}

function idleTimeout(record: TurnRecord, timeoutMs: number): TimeoutError {
  const message = `Turn ${record.id} was silent for ${timeoutMs} ms (idleTimeoutMs) and was interrupted`;
  return new TimeoutError("idle", timeoutMs, message + troubleOf(record));
}

/** Without a network the server tries again for ever, and only this says why. */
function troubleOf(record: TurnRecord | undefined): string {
  return troubleSaid(record?.trouble);
}
