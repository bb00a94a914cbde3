import { getEnv } from "../../runtime/child_env.ts";
import { isAbsolutePath, joinPath } from "../../runtime/paths.ts";
import { currentRuntime } from "../../runtime/select.ts";
import type { CodexOptions } from "../options.ts";

/** How much of a name stands in the name of a folder. Some file systems allow 255 bytes, some tools less. */
const MAX_NAME = 150;

/** What a tenant's client is started with. */
export interface Prepared {
  /** Its home; `null` if the transport is the user's own, and the home whoever's it leads to. */
  readonly home: string | null;
  readonly options: CodexOptions;
}

/**
 * Gives a tenant's client its home.
 *
 * @throws {TypeError} If nothing says which it is, or it is not an absolute path.
 */
export function prepareHome(
  tenant: string,
  homes: string | ((tenant: string) => string) | undefined,
  options: CodexOptions,
): Prepared {
  if (options.transport !== undefined) return { home: null, options };
  const runtime = currentRuntime();
  const { platform } = runtime;
  const named = getEnv(platform, defined(options.env), "CODEX_HOME");
  const home = typeof homes === "string"
    ? joinPath(platform, homes, folderName(tenant))
    : homes === undefined
    ? named
    : homes(tenant);
  if (typeof home !== "string" || !isAbsolutePath(platform, home)) {
    throw new TypeError(
      `CodexPool: the home of ${
        JSON.stringify(tenant)
      } must be an absolute path. Name the option homes, or give every ` +
        "tenant an env.CODEX_HOME of its own",
    );
  }
  runtime.makeFolder(home);
  return { home, options: { ...options, env: { ...options.env, CODEX_HOME: home } } };
}

/**
 * A folder's name for a tenant's: another one for each, whatever the name has, and on file systems that do not tell
 * capitals from small letters, or one spelling of an accent from the other.
 */
export function folderName(tenant: string): string {
  const bytes = new TextEncoder().encode(tenant);
  const name = Array.from(bytes, (byte) => {
    const char = String.fromCharCode(byte);
    return /[a-z0-9-]/.test(char) ? char : `_${byte.toString(16).padStart(2, "0")}`;
  }).join("");
  if (name.length > MAX_NAME) {
    throw new TypeError(
      `CodexPool: a tenant's name is too long for a folder: ${JSON.stringify(tenant.slice(0, 40))}...`,
    );
  }
  // No name is one that Windows keeps for its devices.
  return `tenant-${name}`;
}

function defined(env: CodexOptions["env"] = {}): Record<string, string> {
  const all: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) if (value !== undefined) all[name] = value;
  return all;
}
