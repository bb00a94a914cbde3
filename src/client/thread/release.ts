import { InvalidRequestError, ThreadBusyError } from "../../errors.ts";
import type { Channel } from "../../router/channel.ts";
import { requestTimeout } from "../../router/request_timeout.ts";
import { abortable, anySignal } from "../../util/abort.ts";
import { startTimer } from "../../util/timer.ts";
import type { Connector } from "../connection/connector.ts";
import { checkCall } from "../option_checks.ts";
import type { CallOptions } from "../options.ts";

/**
 * Makes the server let go of a thread, so that another process can have it.
 *
 * To unsubscribe does not do that: the server keeps what it has loaded, and its lock, for half an hour. What does it at
 * once is to archive the thread; to bring it back from there only moves its files.
 */
export async function releaseThread(connector: Connector, threadId: string, call: CallOptions): Promise<void> {
  await checkCall("release", call);
  await connector.start(call.signal);
  await turnsEnded(connector, threadId, call);
  const { router } = connector;
  const archived = router.subscribe({ method: "thread/archived" });
  try {
    // Once sent, it goes to its end: given up half-way, the thread would stay archived.
    await router.request("thread/archive", { threadId }, { ...call, keepWhenSent: true });
    await bringBack(connector, threadId);
    await bringBackAgents(connector, threadId, archived);
  } catch (error) {
    // Of a thread that is ephemeral, or has no turn yet, other processes cannot know.
    if (isGone(error)) await router.request("thread/unsubscribe", { threadId }, call);
    else if (!(error instanceof ThreadBusyError)) throw error; // else another one has it already
  } finally {
    archived.return();
  }
  connector.drop(threadId);
  router.family.threads.drop(threadId);
}

/** Waits for the turns that run in it: archiving would interrupt them. */
async function turnsEnded({ router }: Connector, threadId: string, { signal, timeoutMs }: CallOptions): Promise<void> {
  const deadline = new AbortController();
  const stopTimer = startTimer(timeoutMs, () => deadline.abort(requestTimeout("thread.release", timeoutMs!)));
  try {
    const either = signal === undefined ? deadline.signal : anySignal(signal, deadline.signal);
    await abortable(router.turns.settled(threadId), either);
    const running = router.turns.records().filter((record) => record.threadId === threadId);
    await abortable(Promise.allSettled(running.map(({ done }) => done)), either);
  } finally {
    stopTimer();
  }
}

/** The agents that it has spawned were archived with it. Newer servers bring them back with it, older ones do not. */
async function bringBackAgents(connector: Connector, threadId: string, archived: Channel): Promise<void> {
  const family = new Set([threadId]);
  for (let left = archived.size; left > 0; left--) {
    const { value: event } = await archived.next();
    if (event?.method !== "thread/archived" || family.has(event.params.threadId)) continue;
    const id = event.params.threadId;
    const { thread } = await connector.router.request("thread/read", { threadId: id }, {});
    // Others may archive threads at the same time.
    if (!family.has(thread.parentThreadId ?? "")) continue;
    family.add(id);
    await bringBack(connector, id);
  }
}

async function bringBack({ router }: Connector, threadId: string): Promise<void> {
  try {
    await router.request("thread/unarchive", { threadId });
  } catch (error) {
    // Another process has it already, or it is back.
    if (!isGone(error) && !(error instanceof ThreadBusyError)) throw error;
  }
}

function isGone(error: unknown): boolean {
  return error instanceof InvalidRequestError && /no (archived )?rollout found/.test(error.message);
}
