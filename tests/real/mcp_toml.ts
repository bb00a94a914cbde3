import { scriptCommand } from "@codex-app-server/sdk/testing";
import { homedir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";

/** The TOML of an MCP server that runs on this very runtime. The server cleans the environment, and `HOME` is another. */
export function mcpToml(): string {
  // Node runs the tests transpiled.
  const extension = import.meta.url.endsWith(".ts") ? "ts" : "js";
  const [program, ...args] = scriptCommand(fileURLToPath(new URL(`./mcp_server.${extension}`, import.meta.url)));
  const cache = process.env["DENO_DIR"] ?? join(homedir(), ".cache", "deno");
  return [
    "[mcp_servers.asker]",
    `command = ${JSON.stringify(program)}`,
    `args = ${JSON.stringify(args)}`,
    "startup_timeout_sec = 60",
    `env = { DENO_DIR = ${JSON.stringify(cache)}, DENO_NO_UPDATE_CHECK = "1" }`,
  ].join("\n");
}
