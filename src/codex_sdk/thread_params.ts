import type { Config, ThreadStartParams } from "../../gen/mod.ts";
import type { Codex as NativeCodex } from "../client/codex.ts";
import type { ThreadResumeOptions } from "../client/options.ts";
import { absolutePath, type Workspace } from "../runtime/workspace.ts";
import type { ThreadOptions } from "./options.ts";

/** What a new thread is started with. */
export async function startParams(
  codex: NativeCodex,
  { path: cwd }: Workspace,
  options: ThreadOptions,
): Promise<ThreadStartParams> {
  const { model, threadSource, sandboxMode, approvalPolicy = "never" } = options;
  const { modelReasoningEffort, networkAccessEnabled, webSearchMode, webSearchEnabled, additionalDirectories } =
    options;
  const config: Record<string, unknown> = {};
  if (modelReasoningEffort) config.model_reasoning_effort = modelReasoningEffort;
  if (networkAccessEnabled !== undefined) config["sandbox_workspace_write.network_access"] = networkAccessEnabled;
  if (webSearchMode) config.web_search = webSearchMode;
  else if (webSearchEnabled !== undefined) config.web_search = webSearchEnabled ? "live" : "disabled";
  if (additionalDirectories !== undefined && additionalDirectories.length > 0) {
    const { config: configured } = await codex.request("config/read", { cwd });
    config["sandbox_workspace_write.writable_roots"] = writableRoots(cwd, options, configured);
  }
  return {
    cwd,
    // What no version knows any more: it ran in the sandbox, and asked when that had failed. `codex exec` never asks.
    approvalPolicy: approvalPolicy === "on-failure" ? "never" : approvalPolicy,
    ...(model ? { model } : {}),
    ...(sandboxMode ? { sandbox: sandboxMode } : {}),
    ...(threadSource === undefined ? {} : { threadSource }),
    ...(Object.keys(config).length === 0 ? {} : { config }),
  };
}

/**
 * What a thread is resumed with. The server would keep what the thread had; here, as with `codex exec`, what is left out
 * is what the configuration says. That a thread once ran without a sandbox must not stick to it, nor that it might write
 * to a folder.
 */
export async function resumeParams(
  codex: NativeCodex,
  workspace: Workspace,
  options: ThreadOptions,
): Promise<ThreadResumeOptions> {
  const { config } = await codex.request("config/read", { cwd: workspace.path });
  const { threadSource: _, ...given } = options;
  const model = given.model || config.model;
  const effort = given.modelReasoningEffort || config.model_reasoning_effort;
  const params = await startParams(codex, workspace, given);
  return {
    ...params,
    excludeTurns: true,
    runtimeWorkspaceRoots: [workspace.path, ...writableRoots(workspace.path, given, config)],
    ...(model ? { model } : {}),
    ...(given.sandboxMode || config.default_permissions
      ? {}
      : { sandbox: config.sandbox_mode ?? defaultSandbox(config, workspace) }),
    ...(effort ? { config: { ...params.config, model_reasoning_effort: effort } } : {}),
  };
}

/** Which folders may be written beside the one that is worked in: those that are asked for, and those of the configuration. */
function writableRoots(
  cwd: string,
  { additionalDirectories = [] }: ThreadOptions,
  { sandbox_workspace_write: configured }: Config,
): string[] {
  return [...additionalDirectories.map((path) => absolutePath(path, cwd)), ...configured?.writable_roots ?? []];
}

/** What the server takes when nothing says what commands may touch: folders that somebody has judged may be written. */
function defaultSandbox(config: object, { path, repository }: Workspace): "read-only" | "workspace-write" {
  const { projects = {} } = config as { projects?: Readonly<Record<string, { trust_level?: unknown } | null>> | null };
  const judged = [path, repository].some((folder) => folder !== null && projects?.[folder]?.trust_level != null);
  return judged ? "workspace-write" : "read-only";
}
