import type { SandboxMode, SandboxPolicy, ThreadResumeResponse, ThreadSettingsUpdateParams } from "../../../gen/mod.ts";
import type { ThreadResumeOptions } from "../options.ts";

/** What holds in a thread, under the names that a resume asks for it by. */
export type HeldSettings = Readonly<Record<string, unknown>>;

/** The names of the params of a resume that ask for a setting. */
export type SettingName = Exclude<keyof ThreadResumeOptions, "excludeTurns" | "initialTurnsPage">;

/**
 * What becomes of each param where the thread is loaded already, and the resume itself changes nothing. `exact`, `spelled`
 * and `unshown` can be changed by `thread/settings/update`: the second the server may spell in its own way, the third the
 * answer does not show. `fixed` cannot be changed, and is shown. Of `hidden` nobody can tell.
 */
const KINDS: { readonly [S in SettingName]-?: "exact" | "spelled" | "unshown" | "fixed" | "hidden" } = {
  sandbox: "exact",
  permissions: "exact",
  approvalPolicy: "exact",
  approvalsReviewer: "exact",
  cwd: "spelled",
  model: "spelled",
  serviceTier: "unshown",
  personality: "unshown",
  modelProvider: "fixed",
  runtimeWorkspaceRoots: "fixed",
  config: "hidden",
  baseInstructions: "hidden",
  developerInstructions: "hidden",
  history: "hidden",
  path: "hidden",
};

/** The settings that a resume asks for. */
export function askedFor(params: ThreadResumeOptions): SettingName[] {
  const names = Object.keys(params).filter((name): name is SettingName => Object.hasOwn(KINDS, name));
  return names.filter((name) => params[name] != null);
}

/** Whether it decides what the agent may do. */
export function isOfSafety(name: SettingName): boolean {
  return KINDS[name] === "exact";
}

/** Whether a loaded thread can be given it. */
export function canChange(name: SettingName): boolean {
  return KINDS[name] !== "fixed" && KINDS[name] !== "hidden";
}

/** Whether an answer shows what holds. */
export function isShown(name: SettingName): boolean {
  return KINDS[name] !== "unshown" && KINDS[name] !== "hidden";
}

/** What the answer to a resume shows. */
export function heldBy(response: ThreadResumeResponse): HeldSettings {
  return { ...response, permissions: response.activePermissionProfile?.id ?? null };
}

/** What is asked for, as an answer would show it. */
export function wanted(params: ThreadResumeOptions, sandbox: SandboxPolicy | undefined): HeldSettings {
  return sandbox === undefined ? { ...params } : { ...params, sandbox };
}

/** What was given to a thread and cannot be seen in it. */
export function hiddenOf(params: object): HeldSettings {
  return Object.fromEntries(
    Object.entries(params).filter(([name, value]) => {
      return value != null && Object.hasOwn(KINDS, name) && KINDS[name as SettingName] === "hidden";
    }),
  );
}

/** Whether a setting holds as it is wanted, or, where the server may spell it its own way, is no longer what it was. */
export function holds(name: SettingName, want: HeldSettings, now: HeldSettings, before?: HeldSettings): boolean {
  if (KINDS[name] === "unshown") return false;
  if (isSame(name, want[name], now[name])) return true;
  return KINDS[name] === "spelled" && before !== undefined && !isSame(name, before[name], now[name]);
}

/** Whether a thread's sandbox is at least of the kind that is wanted; its details are the server's. */
export function isOfKind(want: HeldSettings, now: HeldSettings): boolean {
  const kind = (held: HeldSettings) => (held["sandbox"] as { readonly type?: string } | null | undefined)?.type;
  return kind(want) === kind(now);
}

/** The params of the request that changes these settings. */
export function change(
  names: readonly SettingName[],
  want: HeldSettings,
): Omit<ThreadSettingsUpdateParams, "threadId"> {
  return Object.fromEntries(names.map((name) => [name === "sandbox" ? "sandboxPolicy" : name, want[name]]));
}

/** What a mode stands for. `config` is the server's `sandbox_workspace_write`. */
export function policyOf(mode: SandboxMode, config: unknown): SandboxPolicy {
  if (mode === "danger-full-access") return { type: "dangerFullAccess" };
  if (mode === "read-only") return { type: "readOnly", networkAccess: false };
  const given = (config ?? {}) as Readonly<Record<string, unknown>>;
  return {
    type: "workspaceWrite",
    writableRoots: Array.isArray(given["writable_roots"]) ? given["writable_roots"] : [],
    networkAccess: given["network_access"] === true,
    excludeTmpdirEnvVar: given["exclude_tmpdir_env_var"] === true,
    excludeSlashTmp: given["exclude_slash_tmp"] === true,
  };
}

function isSame(name: SettingName, want: unknown, now: unknown): boolean {
  if (name === "cwd") return plainPath(want) === plainPath(now);
  return JSON.stringify(sorted(want)) === JSON.stringify(sorted(now));
}

/** Members in order, lists as sets, and what is absent as what it defaults to. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted).map((each) => JSON.stringify(each)).sort();
  if (typeof value !== "object" || value === null) return value ?? null;
  const entries = Object.entries(value).filter(([, member]) => member != null && member !== false);
  return Object.fromEntries(entries.sort(([a], [b]) => a < b ? -1 : 1).map(([key, member]) => [key, sorted(member)]));
}

function plainPath(path: unknown): string {
  return String(path).replace(/(?<=.)[/\\]+$/, "").replaceAll(/[/\\]+(?:\.[/\\]+)*/g, "/");
}
