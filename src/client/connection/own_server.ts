import type { ServerConfig } from "../../transport/config_overrides.ts";
import type { CodexOptions } from "../options.ts";

/** Where the server keeps credentials if it is to write none to disk. */
export const IN_MEMORY = "ephemeral";

/** The configuration that the options ask for, of a server of one's own. */
export function serverConfig({ apiKey, baseUrl, config }: CodexOptions): ServerConfig {
  return {
    ...(apiKey === undefined ? {} : { cli_auth_credentials_store: IN_MEMORY }),
    ...config,
    ...(baseUrl === undefined ? {} : { openai_base_url: baseUrl }),
  };
}
