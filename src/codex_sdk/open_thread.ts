import type { ThreadStartParams } from "../../gen/mod.ts";
import type { Thread as NativeThread } from "../client/thread/thread.ts";
import { JsonRpcError } from "../errors.ts";
import type { Notification } from "../router/notification.ts";
import { absolutePath } from "../runtime/workspace.ts";
import type { ThreadOptions } from "./options.ts";
import { type Life, type LoadedThread, Server } from "./server.ts";

/** How many threads a server has open at most; those that were used longest ago are let go. */
const MAX_THREADS = 64;

/** How long another process is waited for that holds a thread: longer than it takes an idle server of this SDK to end. */
const BUSY_MS = 5_000;
const BUSY_PAUSE_MS = 100;

/** A thread, and all that the server has said since before it was asked to open it, if it was. */
export interface OpenedThread {
  readonly thread: LoadedThread;
  readonly early: AsyncIterableIterator<Notification> | undefined;
}

/** Opens a thread: a new one, or the one of this id. */
export async function openThread(
  life: Life,
  threadId: string | null,
  cwd: string,
  options: ThreadOptions,
): Promise<OpenedThread> {
  const settings = JSON.stringify([cwd, { ...options, native: undefined }]);
  const loaded = threadId === null ? undefined : life.threads.get(threadId);
  if (loaded !== undefined && loaded.settings === settings) return { thread: loaded, early: undefined };
  const early = life.codex.notifications();
  try {
    const native = threadId === null
      ? await life.codex.threadStart(await startParams(life, cwd, options), options.native)
      : await resume(life, threadId, cwd, options);
    const thread: LoadedThread = { native, settings, warnings: [], runs: 0 };
    life.threads.set(native.id, thread);
    letGo(life);
    return { thread, early };
  } catch (error) {
    await early.return?.();
    throw error;
  }
}

async function resume(life: Life, threadId: string, cwd: string, options: ThreadOptions): Promise<NativeThread> {
  const { threadSource: _, ...others } = options;
  const params = { ...await resumeParams(life, cwd, others), excludeTurns: true };
  for (let waitedMs = 0;; waitedMs += BUSY_PAUSE_MS) {
    try {
      return await life.codex.threadResume(threadId, params, options.native);
    } catch (error) {
      if (!isBusy(error) || waitedMs >= BUSY_MS) throw error;
      await Server.giveWay(threadId);
      await new Promise((resolve) => setTimeout(resolve, BUSY_PAUSE_MS));
    }
  }
}

function isBusy(error: unknown): boolean {
  return error instanceof JsonRpcError && error.message.includes("already has an active writer");
}

async function startParams(life: Life, cwd: string, options: ThreadOptions): Promise<ThreadStartParams> {
  const { model, threadSource, sandboxMode, approvalPolicy = "never" } = options;
  const config = await threadConfig(life, cwd, options);
  return {
    cwd,
    // What no version knows any more: it ran in the sandbox, and asked when that had failed. Nobody is asked here.
    approvalPolicy: approvalPolicy === "on-failure" ? "never" : approvalPolicy,
    ...(model ? { model } : {}),
    ...(sandboxMode ? { sandbox: sandboxMode } : {}),
    ...(threadSource === undefined ? {} : { threadSource }),
    ...(Object.keys(config).length === 0 ? {} : { config }),
  };
}

/** A thread keeps its model and effort when it is resumed; a run of `codex exec` has those of the configuration. */
async function resumeParams(life: Life, cwd: string, options: ThreadOptions): Promise<ThreadStartParams> {
  const { config } = await life.codex.request("config/read", { cwd });
  const model = options.model || config.model;
  const params = await startParams(life, cwd, { ...options, ...(model ? { model } : {}) });
  const effort = options.modelReasoningEffort || config.model_reasoning_effort;
  return { ...params, ...(effort ? { config: { ...params.config, model_reasoning_effort: effort } } : {}) };
}

async function threadConfig(life: Life, cwd: string, options: ThreadOptions): Promise<Record<string, unknown>> {
  const { modelReasoningEffort, networkAccessEnabled, webSearchMode, webSearchEnabled, additionalDirectories } =
    options;
  const config: Record<string, unknown> = {};
  if (modelReasoningEffort) config.model_reasoning_effort = modelReasoningEffort;
  if (networkAccessEnabled !== undefined) config["sandbox_workspace_write.network_access"] = networkAccessEnabled;
  if (webSearchMode) config.web_search = webSearchMode;
  else if (webSearchEnabled !== undefined) config.web_search = webSearchEnabled ? "live" : "disabled";
  if (additionalDirectories !== undefined && additionalDirectories.length > 0) {
    const given = await life.codex.request("config/read", { cwd });
    config["sandbox_workspace_write.writable_roots"] = [
      ...given.config.sandbox_workspace_write?.writable_roots ?? [],
      ...additionalDirectories.map((path) => absolutePath(path, cwd)),
    ];
  }
  return config;
}

/** A server forgets a thread only when nobody listens to it. */
function letGo({ codex, threads }: Life): void {
  if (threads.size <= MAX_THREADS) return;
  const unused = [...threads.values()].find(({ runs }) => runs === 0);
  if (unused === undefined) return;
  threads.delete(unused.native.id);
  codex.request("thread/unsubscribe", { threadId: unused.native.id }).catch(() => {});
}
