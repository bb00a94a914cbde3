import type { ThreadCompactStartResponse } from "../../../gen/mod.ts";
import { requestTimeout } from "../../router/request_timeout.ts";
import { failureOf } from "../../tools/final_response.ts";
import { abortable, onAbort } from "../../util/abort.ts";
import { quiet } from "../../util/deferred.ts";
import { startTimer } from "../../util/timer.ts";
import { checkCall } from "../option_checks.ts";
import type { CallOptions } from "../options.ts";
import type { Compaction, TurnServices } from "../turn/turn_services.ts";

const METHOD = "thread/compact/start";

/**
 * Compacts a thread's history, and waits for its end. It would end a turn that runs, so it is refused while there is one;
 * several at a time are one.
 */
export async function compactThread(
  services: TurnServices,
  threadId: string,
  call: CallOptions = {},
): Promise<ThreadCompactStartResponse> {
  const wrong = checkCall(METHOD, call);
  if (wrong !== undefined) await wrong;
  const { signal, timeoutMs } = call;
  signal?.throwIfAborted();
  const compaction = services.compactions.get(threadId) ?? begin(services, threadId);
  const given = new AbortController();
  const stopTimer = startTimer(timeoutMs, () => given.abort(requestTimeout("thread.compact", timeoutMs!)));
  const stopListening = onAbort(signal, (reason) => given.abort(reason));
  compaction.waiting++;
  try {
    return await abortable(compaction.done, given.signal);
  } finally {
    stopTimer();
    stopListening();
    // One that has been sent goes to its end.
    if (--compaction.waiting === 0 && given.signal.aborted) compaction.controller.abort(given.signal.reason);
  }
}

function begin(services: TurnServices, threadId: string): Compaction {
  const controller = new AbortController();
  const done = quiet(run(services, threadId, controller.signal));
  const compaction = { done, controller, waiting: 0 };
  services.compactions.set(threadId, compaction);
  const leave = () => {
    if (services.compactions.get(threadId) === compaction) services.compactions.delete(threadId);
  };
  controller.signal.addEventListener("abort", leave);
  done.then(leave, leave);
  return compaction;
}

async function run(services: TurnServices, threadId: string, signal: AbortSignal): Promise<ThreadCompactStartResponse> {
  const { connector, connector: { router }, queue, watch } = services;
  const ask = router.work.ask(METHOD, threadId);
  let giveBack = () => {};
  try {
    await connector.start(signal);
    if (router.work.of(threadId, ask)?.kind === "compact") {
      await queue.free(ask, signal);
      return {}; // somebody else has asked for it
    }
    giveBack = await queue.forOther(METHOD, ask, signal);
    const start = router.turns.start(threadId);
    try {
      const response = await router.request(METHOD, { threadId }, { signal, keepWhenSent: true, ask });
      const turnId = await router.hold(queue.unlessLost(threadId, ask.begun));
      const { record, channel } = start.adopt(turnId);
      record.detach(channel);
      watch.watch(record);
      start.release();
      const turn = await record.done;
      if (turn.status !== "completed") throw failureOf(turn);
      return response;
    } finally {
      start.release();
    }
  } finally {
    ask.withdrawn(signal.reason);
    giveBack();
  }
}
