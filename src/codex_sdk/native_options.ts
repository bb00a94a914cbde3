import type { CodexOptions as NativeCodexOptions } from "../client/options.ts";
import { hostVariable } from "../runtime/workspace.ts";
import type { CodexOptions } from "./options.ts";

/** What the model's provider is told of the client, as by the package that this one stands in for. */
const ORIGINATOR = "codex_sdk_ts";

/** Where a codex that the agent's own commands start looks for that. */
const ORIGINATOR_VARIABLE = "CODEX_INTERNAL_ORIGINATOR_OVERRIDE";

/** The options of this SDK's own client. What stands in `native` goes before everything else. */
export function nativeOptions(options: CodexOptions): NativeCodexOptions {
  const { codexPathOverride, config, configOverrides = [], baseUrl, env, native } = options;
  if (config !== undefined && (typeof config !== "object" || config === null || Array.isArray(config))) {
    throw new TypeError("The option config must be a plain object, as config.toml would have it");
  }
  const variable = (name: string) => variableOf(options, name);
  // A server that is reached in another way has its own configuration; a daemon a login of its own as well.
  const isDaemon = native?.connect === "daemon";
  const isOwn = native?.transport === undefined && native?.launchArgsOverride === undefined && !isDaemon;
  const apiKey = options.apiKey || (isDaemon ? undefined : variable("CODEX_API_KEY"));
  // The address goes before everything that the overrides say.
  const overrides = [...configOverrides, ...(baseUrl ? [`openai_base_url=${JSON.stringify(baseUrl)}`] : [])];
  return {
    clientName: ORIGINATOR,
    ...(codexPathOverride ? { codexBin: codexPathOverride } : {}),
    ...(apiKey ? { apiKey } : {}),
    // A thread is to be somebody else's as soon as it is let go of.
    ...(isOwn || config !== undefined ? { config: { thread_unload_delay_secs: 0, ...config } } : {}),
    ...(overrides.length === 0 ? {} : { configOverrides: overrides }),
    ...(env === undefined ? {} : { env, inheritEnv: false }),
    ...(native?.transport !== undefined || variable(ORIGINATOR_VARIABLE)
      ? {}
      : { env: { ...env, [ORIGINATOR_VARIABLE]: ORIGINATOR } }),
    ...native,
  };
}

/** The home of the server's user, as far as it is known. */
export function homeOf(options: CodexOptions): string | undefined {
  return variableOf(options, "HOME") || variableOf(options, "USERPROFILE");
}

function variableOf({ env }: CodexOptions, name: string): string | undefined {
  return env === undefined ? hostVariable(name) : env[name];
}
