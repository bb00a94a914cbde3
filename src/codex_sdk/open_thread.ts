import type { Thread as NativeThread } from "../client/thread/thread.ts";
import { InvalidRequestError, JsonRpcError, ThreadBusyError } from "../errors.ts";
import type { Notification } from "../router/notification.ts";
import type { Workspace } from "../runtime/workspace.ts";
import { type LoadedThread, LoadedThreads } from "./loaded_threads.ts";
import type { ThreadOptions } from "./options.ts";
import type { Life } from "./server.ts";
import { resumeParams, startOf } from "./thread_params.ts";

/** How long a thread is waited for that another process holds: it may be about to let go of it. */
const BUSY_MS = 5_000;
const BUSY_PAUSE_MS = 100;

/** A thread; and all that the server has said since it was asked to open it, if it had to be. */
export interface OpenedThread {
  readonly thread: LoadedThread;
  readonly early: AsyncIterableIterator<Notification> | undefined;
}

/** Opens a thread: a new one, or the one of this id. */
export async function openThread(
  life: Life,
  threadId: string | null,
  workspace: Workspace,
  options: ThreadOptions,
): Promise<OpenedThread> {
  const { codex, threads } = life;
  const settings = JSON.stringify([workspace.path, { ...options, native: undefined }]);
  const loaded = threadId === null ? undefined : await threads.find(threadId, settings);
  if (loaded !== undefined) return { thread: loaded, early: undefined };
  const early = codex.notifications();
  try {
    const native = threadId === null
      ? await start(life, workspace, counted(options))
      : await resume(life, threadId, workspace, options);
    const thread: LoadedThread = { native, settings, warnings: [] };
    threads.add(thread);
    return { thread, early };
  } catch (error) {
    await early.return?.();
    throw error;
  }
}

/** As `codex exec` counts the threads that it begins. */
function counted({ threadSource = "user", ...options }: ThreadOptions): ThreadOptions {
  return { ...options, threadSource };
}

async function start(life: Life, workspace: Workspace, options: ThreadOptions): Promise<NativeThread> {
  const { codex } = life;
  const { params, inSteps } = await startOf(life, workspace, options);
  if (inSteps === undefined) return await codex.threadStart(params, options.native);
  try {
    const thread = await codex.threadStart(inSteps.first, options.native);
    await codex.request("thread/settings/update", { ...inSteps.then, threadId: thread.id });
    return thread;
  } catch (error) {
    // A server before 0.133, or a client that forgoes what is experimental: the folder is trusted.
    if (error instanceof JsonRpcError) return await codex.threadStart(params, options.native);
    throw error;
  }
}

async function resume(
  life: Life,
  threadId: string,
  workspace: Workspace,
  options: ThreadOptions,
): Promise<NativeThread> {
  let params = await resumeParams(life, workspace, options);
  for (let waitedMs = 0;; waitedMs += BUSY_PAUSE_MS) {
    try {
      return await life.codex.threadResume(threadId, params, options.native);
    } catch (error) {
      if (params.runtimeWorkspaceRoots != null && knowsNoRoots(error)) {
        params = { ...params, runtimeWorkspaceRoots: null };
        continue;
      }
      if (!isBusy(error) || waitedMs >= BUSY_MS) throw error;
      await LoadedThreads.giveWay(threadId);
      if (waitedMs > 0) await new Promise((resolve) => setTimeout(resolve, BUSY_PAUSE_MS));
    }
  }
}

/** A server before 0.131, which keeps no roots with a thread; or a client that forgoes what is experimental. */
function knowsNoRoots(error: unknown): boolean {
  return error instanceof JsonRpcError && /runtimeWorkspaceRoots/.test(error.message);
}

/** It is open in another process; or it is being closed in this one. */
function isBusy(error: unknown): boolean {
  return error instanceof ThreadBusyError || error instanceof InvalidRequestError && /is closing/.test(error.message);
}
