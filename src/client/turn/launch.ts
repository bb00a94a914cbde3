import type { TokenUsageBreakdown } from "../../../gen/mod.ts";
import { TimeoutError } from "../../errors.ts";
import { troubleSaid } from "../../router/request_timeout.ts";
import type { TurnRecord } from "../../router/turn_record.ts";
import { abortable, onAbort } from "../../util/abort.ts";
import { watchSilence } from "../../util/silence.ts";
import { startTimer } from "../../util/timer.ts";
import { BudgetExceededError } from "../../util/turn_errors.ts";
import type { TurnBudget, TurnOptions } from "../options.ts";
import { answeredId } from "../answered_id.ts";
import { type Begun, TurnHandle } from "./turn_handle.ts";
import type { TurnServices } from "./turn_services.ts";

/** How long a turn is waited for. */
export type Waits = Pick<TurnOptions, "signal" | "timeoutMs" | "idleTimeoutMs" | "budget">;

/**
 * Begins a turn, and gives it up when a signal, a deadline or a budget says so.
 *
 * @param begin Starts the server as well. Its signal aborts when the turn is given up.
 */
export async function launch(
  services: TurnServices,
  threadId: string,
  { signal, timeoutMs, idleTimeoutMs, budget }: Waits,
  begin: (signal: AbortSignal) => Promise<Begun>,
): Promise<TurnHandle> {
  if (budget !== undefined) services.connector.demand("thread/tokenUsage/updated", "a turn with a budget");
  signal?.throwIfAborted();
  const given = new AbortController();
  const giveUp = (reason: unknown) => given.abort(reason);
  let running: Begun | undefined;
  const until = timeoutMs ? performance.now() + timeoutMs : undefined;
  const stopTimer = startTimer(timeoutMs, () => giveUp(turnTimeout(threadId, timeoutMs!, running)));
  const stopListening = onAbort(signal, giveUp);
  const release = () => {
    stopTimer();
    stopListening();
  };
  try {
    const begun = running = await begin(given.signal);
    const { record } = begun;
    const handle = new TurnHandle(services, begun, { signal, until });
    onAbort(given.signal, (reason) => handle.cancel(reason));
    if (budget !== undefined) watchBudget(record, budget, (error) => handle.fail(error));
    const stopWatching = idleTimeoutMs
      ? watchSilence(idleTimeoutMs, () => record.lastEventAt, () => giveUp(idleTimeout(begun, idleTimeoutMs)))
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

/** What makes a turn begin. */
export interface TurnRequest {
  readonly threadId: string;
  /** Sends the request. */
  readonly send: () => Promise<{ readonly turn: { readonly id: string } }>;
  /** Gives its place among the running turns back; `undefined` if it has taken none, for one runs that it can join. */
  readonly giveBack: (() => void) | undefined;
}

/**
 * Sends the request that makes a turn begin, and takes the turn over. Given up before the answer, the turn will run all the
 * same, so it is stopped as soon as its id is known.
 */
export async function takeOver(services: TurnServices, request: TurnRequest, signal: AbortSignal): Promise<Begun> {
  const { connector: { router: { turns, work } }, interrupts, watch, queue } = services;
  const { threadId, send, giveBack } = request;
  const before = work.running(threadId);
  const start = turns.start(threadId);
  const begun = send().then((answer): Begun => {
    const turnId = answeredId("turn", answer);
    const { record, channel } = start.adopt(turnId);
    const joined = before !== undefined && (before.turnId === null || before.turnId === turnId);
    if (joined) giveBack?.();
    else record.done.catch(() => {}).then(giveBack ?? queue.slots.force());
    watch.watch(record);
    return { record, channel, joined };
  }).catch((error) => {
    giveBack?.();
    throw error;
  }).finally(start.release);
  try {
    return await abortable(begun, signal);
  } catch (error) {
    if (signal.aborted) interrupts.stop(threadId, begun.then(unread));
    throw error;
  }
}

/** Nobody is left to read the channel. A turn that is not this handle's to end is left alone. */
function unread({ record, channel, joined }: Begun): TurnRecord | undefined {
  record.detach(channel);
  return joined ? undefined : record;
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

function turnTimeout(threadId: string, timeoutMs: number, begun: Begun | undefined): TimeoutError {
  const message = `A turn of thread ${threadId} was not over within ${timeoutMs} ms (timeoutMs)${left(begun)}`;
  return new TimeoutError("turn", timeoutMs, message);
}

function idleTimeout(begun: Begun, timeoutMs: number): TimeoutError {
  const message = `Turn ${begun.record.id} was silent for ${timeoutMs} ms (idleTimeoutMs)${left(begun)}`;
  return new TimeoutError("idle", timeoutMs, message);
}

/** What became of the turn, and what was wrong: without a network the server tries again for ever, and only this says so. */
function left(begun: Begun | undefined): string {
  const end = begun === undefined
    ? ": it had not begun"
    : begun.joined
    ? "; it goes on, for it ran before this input was added"
    : " and was interrupted";
  return `${end}${troubleSaid(begun?.record.trouble)}`;
}
