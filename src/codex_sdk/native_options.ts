import type { CodexOptions as NativeCodexOptions } from "../client/options.ts";
import { hostVariable } from "../runtime/workspace.ts";
import type { CodexOptions } from "./options.ts";

/** What the model's provider is told of the client, as by the package that this one stands in for. */
const ORIGINATOR = "codex_sdk_ts";

/** The options of this SDK's own client. What stands in `native` goes before everything else. */
export function nativeOptions(options: CodexOptions): NativeCodexOptions {
  const { codexPathOverride, config, configOverrides = [], baseUrl, env, native } = options;
  if (config !== undefined && (typeof config !== "object" || config === null || Array.isArray(config))) {
    throw new TypeError("The option config must be a plain object, as config.toml would have it");
  }
  const apiKey = options.apiKey || (env === undefined ? hostVariable("CODEX_API_KEY") : env.CODEX_API_KEY);
  // The address goes before everything that the overrides say.
  const overrides = [...configOverrides, ...(baseUrl ? [`openai_base_url=${JSON.stringify(baseUrl)}`] : [])];
  // A server that is reached in another way has its own configuration.
  const spawned = native?.transport === undefined && native?.launchArgsOverride === undefined;
  return {
    clientName: ORIGINATOR,
    ...(codexPathOverride ? { codexBin: codexPathOverride } : {}),
    ...(apiKey ? { apiKey } : {}),
    // A thread is to be somebody else's as soon as it is let go of.
    ...(spawned || config !== undefined ? { config: { thread_unload_delay_secs: 0, ...config } } : {}),
    ...(overrides.length === 0 ? {} : { configOverrides: overrides }),
    ...(env === undefined ? {} : { env, inheritEnv: false }),
    ...native,
  };
}
