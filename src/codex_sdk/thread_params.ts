import type { ThreadSettingsUpdateParams, ThreadStartParams } from "../../gen/mod.ts";
import type { ThreadResumeOptions } from "../client/options.ts";
import { absolutePath, type Workspace } from "../runtime/workspace.ts";
import type { ThreadOptions } from "./options.ts";
import type { Life } from "./server.ts";
import { type Configured, isUnjudged, wouldBeTrusted } from "./trust.ts";

type Settings = Pick<ThreadSettingsUpdateParams, "permissions" | "sandboxPolicy">;

/** How a new thread is started. */
export interface Start {
  readonly params: ThreadStartParams;
  /**
   * Where those would make the server trust the folder: what it is started with first, which may not write, and what it
   * is given once it is there. A server does not trust for that.
   */
  readonly inSteps?: { readonly first: ThreadStartParams; readonly then: Settings };
}

/** How a new thread is started. */
export async function startOf(life: Life, workspace: Workspace, options: ThreadOptions): Promise<Start> {
  const said = await configured(life, workspace);
  const params = paramsOf(said, life, workspace, options);
  const then = wouldBeTrusted(said, workspace) ? settingsOf(said, life, workspace, options) : undefined;
  if (then === undefined) return { params };
  const runtimeWorkspaceRoots = [workspace.path, ...writableRoots(said, life, workspace, options)];
  return { params, inSteps: { first: { ...params, sandbox: "read-only", runtimeWorkspaceRoots }, then } };
}

/** What a thread that may write is given to be allowed it; nothing for one that may not. */
function settingsOf(
  said: Configured,
  life: Life,
  workspace: Workspace,
  options: ThreadOptions,
): Settings | undefined {
  const { default_permissions: permissions, sandbox_workspace_write: write } = said.config;
  if (!options.sandboxMode && typeof permissions === "string") return { permissions };
  switch (options.sandboxMode || configuredSandbox(said, workspace)) {
    case "read-only":
      return undefined;
    case "danger-full-access":
      return { sandboxPolicy: { type: "dangerFullAccess" } };
    case "workspace-write":
      return {
        sandboxPolicy: {
          type: "workspaceWrite",
          writableRoots: writableRoots(said, life, workspace, options),
          networkAccess: options.networkAccessEnabled ?? write?.network_access ?? false,
          excludeTmpdirEnvVar: write?.exclude_tmpdir_env_var ?? false,
          excludeSlashTmp: write?.exclude_slash_tmp ?? false,
        },
      };
  }
}

/**
 * What a thread is resumed with. The server would keep what the thread had; here, as with `codex exec`, what is left out
 * is what the configuration says. That a thread once ran without a sandbox must not stick to it, nor that it might write
 * to a folder.
 */
export async function resumeParams(
  life: Life,
  workspace: Workspace,
  options: ThreadOptions,
): Promise<ThreadResumeOptions> {
  const said = await configured(life, workspace);
  const { threadSource: _, ...given } = options;
  const model = given.model || said.config.model;
  const effort = given.modelReasoningEffort || said.config.model_reasoning_effort;
  const params = paramsOf(said, life, workspace, given);
  return {
    ...params,
    excludeTurns: true,
    runtimeWorkspaceRoots: [workspace.path, ...writableRoots(said, life, workspace, given)],
    ...(model ? { model } : {}),
    ...(given.sandboxMode || said.config.default_permissions ? {} : { sandbox: configuredSandbox(said, workspace) }),
    ...(effort ? { config: { ...params.config, model_reasoning_effort: effort } } : {}),
  };
}

function configured({ codex }: Life, { path: cwd }: Workspace): Promise<Configured> {
  return codex.request("config/read", { cwd, includeLayers: true });
}

function paramsOf(said: Configured, life: Life, workspace: Workspace, options: ThreadOptions): ThreadStartParams {
  const { model, threadSource, sandboxMode, approvalPolicy } = options;
  const { modelReasoningEffort, networkAccessEnabled, webSearchMode, webSearchEnabled, additionalDirectories } =
    options;
  const config: Record<string, unknown> = {};
  if (modelReasoningEffort) config.model_reasoning_effort = modelReasoningEffort;
  if (networkAccessEnabled !== undefined) config["sandbox_workspace_write.network_access"] = networkAccessEnabled;
  if (webSearchMode) config.web_search = webSearchMode;
  else if (webSearchEnabled !== undefined) config.web_search = webSearchEnabled ? "live" : "disabled";
  if (additionalDirectories?.length && !usesProfile(said, options)) {
    config["sandbox_workspace_write.writable_roots"] = writableRoots(said, life, workspace, options);
  }
  return {
    cwd: workspace.path,
    // What no version knows any more: it ran in the sandbox, and asked when that had failed. `codex exec` never asks.
    approvalPolicy: !approvalPolicy || approvalPolicy === "on-failure" ? "never" : approvalPolicy,
    ...(model ? { model } : {}),
    ...(sandboxMode ? { sandbox: sandboxMode } : {}),
    ...(additionalDirectories?.length && usesProfile(said, options)
      ? { runtimeWorkspaceRoots: [workspace.path, ...writableRoots(said, life, workspace, options)] }
      : {}),
    ...(threadSource === undefined ? {} : { threadSource }),
    ...(Object.keys(config).length === 0 ? {} : { config }),
  };
}

/** Whether it is a profile of permissions, not a mode of the sandbox, that says what commands may touch. */
function usesProfile({ config }: Configured, { sandboxMode }: ThreadOptions): boolean {
  return !sandboxMode && typeof config.default_permissions === "string";
}

/** Which folders may be written beside the one that is worked in: those that are asked for, and those of the configuration. */
function writableRoots(said: Configured, { home }: Life, { path: cwd }: Workspace, options: ThreadOptions): string[] {
  const asked = (options.additionalDirectories ?? []).map((path) =>
    absolutePath(home === undefined ? path : path.replace(/^~(?=$|[\\/])/, () => home), cwd)
  );
  // Those of the configuration belong to the sandbox `workspace-write`.
  return usesProfile(said, options) ? asked : [...asked, ...said.config.sandbox_workspace_write?.writable_roots ?? []];
}

/** What the server takes when nothing says what commands may touch: folders that somebody has judged may be written. */
function configuredSandbox(said: Configured, workspace: Workspace): NonNullable<ThreadStartParams["sandbox"]> {
  return said.config.sandbox_mode ?? (isUnjudged(said, workspace) ? "read-only" : "workspace-write");
}
