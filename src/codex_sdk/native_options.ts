import type { CodexOptions as NativeCodexOptions } from "../client/options.ts";
import type { CodexConfigObject, CodexConfigValue, CodexOptions } from "./options.ts";

/** What the model's provider is told of the client, as by the package that this one stands in for. */
const ORIGINATOR = "codex_sdk_ts";

/** The options of this SDK's own client. */
export function nativeOptions(options: CodexOptions): NativeCodexOptions {
  const { codexPathOverride, config, configOverrides = [], baseUrl, env, native } = options;
  const overrides = [
    ...(config === undefined ? [] : flatten(config)),
    ...configOverrides,
    ...(baseUrl ? [`openai_base_url=${JSON.stringify(baseUrl)}`] : []),
  ];
  return {
    clientName: ORIGINATOR,
    ...(codexPathOverride ? { codexBin: codexPathOverride } : {}),
    ...(overrides.length === 0 ? {} : { configOverrides: overrides }),
    ...(env === undefined ? {} : { env }),
    ...native,
  };
}

function flatten(config: CodexConfigObject, prefix = ""): string[] {
  return Object.entries(config).flatMap(([key, value]) => {
    const path = `${prefix}${key}`;
    return typeof value === "object" && !Array.isArray(value) && Object.keys(value).length > 0
      ? flatten(value, `${path}.`)
      : [`${path}=${toml(value)}`];
  });
}

function toml(value: CodexConfigValue): string {
  if (Array.isArray(value)) return `[${value.map(toml).join(", ")}]`;
  if (typeof value !== "object") return JSON.stringify(value);
  return `{${Object.entries(value).map(([key, part]) => `${JSON.stringify(key)} = ${toml(part)}`).join(", ")}}`;
}
