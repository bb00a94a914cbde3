import type { SandboxMode, SandboxPolicy, ThreadResumeResponse } from "../../../gen/mod.ts";
import { JsonRpcError } from "../../errors.ts";
import type { Connector } from "../connection/connector.ts";
import type { CallOptions, ThreadResumeOptions } from "../options.ts";
import {
  askedFor,
  canChange,
  change,
  heldBy,
  type HeldSettings,
  hiddenOf,
  holds,
  isOfKind,
  isOfSafety,
  isShown,
  policyOf,
  type SettingName,
  wanted,
} from "./settings.ts";
import { ThreadSettingsError } from "./settings_error.ts";

/**
 * Resumes a thread so that what is asked for is what holds afterwards. Of a thread that is loaded the server takes nothing
 * that a resume asks for, in silence: then its settings are changed, and the answer is that of a resume behind the change.
 *
 * @param given What this client gave the thread before of what cannot be seen in it. Learns from a thread that is loaded.
 * @throws {ThreadSettingsError} If that cannot be; says what holds.
 */
export async function resume(
  connector: Connector,
  threadId: string,
  params: ThreadResumeOptions,
  call: CallOptions,
  given: Map<string, HeldSettings>,
): Promise<ThreadResumeResponse> {
  const request = () => connector.request("thread/resume", { ...params, threadId }, call);
  const names = askedFor(params ?? {});
  if (names.length === 0) return await request();
  const loaded = await isLoaded(connector, threadId, call);
  const response = await request();
  if (!loaded) given.set(threadId, { ...given.get(threadId), ...hiddenOf(params) });
  const before = { ...given.get(threadId), ...heldBy(response) };
  const want = wanted(params, await sandboxOf(connector, loaded, params.sandbox, response.cwd, call));
  // One that this request has loaded is as it asks; what its agent may do is looked at all the same.
  const differing = names.filter((name) =>
    loaded ? !holds(name, want, before) : isOfSafety(name) && !holdsOfNew(name, want, before)
  );
  if (differing.length === 0) return response;
  const error = (why: string, held: HeldSettings, cause?: unknown) =>
    new ThreadSettingsError(threadId, pick(differing, params), pick(differing, held), why, { cause });

  const fixed = differing.filter((name) => !canChange(name));
  if (fixed.length > 0) {
    const why = `it is loaded already, and only a thread that is not takes ${
      fixed.join(", ")
    }. Archive and unarchive it`;
    throw error(`${why} first, or leave them out`, before);
  }
  if (response.thread.status.type === "active" && differing.some(isShown)) {
    throw error("a turn of it runs, and goes on as it began. Wait for its end, or interrupt it, first", before);
  }
  try {
    await connector.request("thread/settings/update", { ...change(differing, want), threadId }, call);
  } catch (cause) {
    throw cause instanceof JsonRpcError ? error(`it is loaded already, and ${cause.message}`, before, cause) : cause;
  }
  const again = await request();
  const after = heldBy(again);
  if (differing.every((name) => !isShown(name) || holds(name, want, after, before))) return again;
  throw error("it is loaded already, and the server has not changed them", after);
}

/** Whether the server has the thread in memory. */
async function isLoaded(connector: Connector, threadId: string, call: CallOptions): Promise<boolean> {
  try {
    const { thread } = await connector.request("thread/read", { threadId }, call);
    return thread.status.type !== "notLoaded";
  } catch (error) {
    if (error instanceof JsonRpcError) return false; // of a thread that there is not, the resume itself says so
    throw error;
  }
}

async function sandboxOf(
  connector: Connector,
  loaded: boolean,
  mode: SandboxMode | null | undefined,
  cwd: string,
  call: CallOptions,
): Promise<SandboxPolicy | undefined> {
  if (mode == null) return undefined;
  if (mode !== "workspace-write" || !loaded) return policyOf(mode, undefined);
  try {
    const { config } = await connector.request("config/read", { cwd }, call);
    return policyOf(mode, config.sandbox_workspace_write);
  } catch (error) {
    if (error instanceof JsonRpcError) return policyOf(mode, undefined); // the narrowest
    throw error;
  }
}

function holdsOfNew(name: SettingName, want: HeldSettings, now: HeldSettings): boolean {
  return name === "sandbox" ? isOfKind(want, now) : holds(name, want, now);
}

function pick(names: readonly SettingName[], from: object): Readonly<Record<string, unknown>> {
  return Object.fromEntries(names.map((name) => [name, (from as Readonly<Record<string, unknown>>)[name] ?? null]));
}
