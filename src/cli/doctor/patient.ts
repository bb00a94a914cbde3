import type { CodexOptions } from "../../../mod.ts";
import { CODEX_VERSION } from "../../../gen/mod.ts";
import { resolve } from "node:path";
import { CodexNotFoundError } from "../../errors.ts";
import { locateCodex, type Located } from "../../runtime/locate.ts";
import type { Runtime } from "../../runtime/runtime.ts";
import { currentRuntime } from "../../runtime/select.ts";
import type { CliIo } from "../io.ts";

/** What the command line says about what to look at. */
export interface Wishes {
  /** The binary, instead of the one that would be found. */
  readonly codexBin?: string | undefined;
  /** The folder of the program whose troubles these are. */
  readonly from?: string | undefined;
  /** Whether to ask the real model something. */
  readonly live: boolean;
}

/** How the search for the binary ended. */
export type Search = { readonly found: Located; readonly passedOver: readonly string[] } | { readonly error: unknown };

/** The machine as a program of this environment meets it. */
export interface Patient {
  readonly io: CliIo;
  readonly runtime: Runtime;
  readonly wishes: Wishes;
  readonly search: Search;
  /** How to start the server that was found; `null` if there is none. */
  readonly options: Pick<CodexOptions, "codexBin" | "env"> | null;
}

/** Looks for the binary, by the very rules by which the SDK does. */
export function receive(io: CliIo, wishes: Wishes): Patient {
  const runtime = currentRuntime();
  const search = find(runtime, io, wishes);
  const options = "error" in search ? null : { codexBin: search.found.command, env: changes(io, runtime) };
  return { io, runtime, wishes, search, options };
}

function find(runtime: Runtime, io: CliIo, { codexBin, from }: Wishes): Search {
  const passedOver: string[] = [];
  try {
    const found = locateCodex(runtime, {
      codexBin,
      locateFrom: from,
      env: io.env,
      moduleUrl: import.meta.url,
      preferredVersion: CODEX_VERSION,
      onPassedOver: (line) => passedOver.push(line),
    });
    return { found, passedOver };
  } catch (error) {
    return { error };
  }
}

/** What the server's environment differs in from this process's own: nothing, where the doctor is a program. */
function changes({ env }: CliIo, runtime: Runtime): Record<string, string | undefined> {
  let own: Record<string, string>;
  try {
    own = runtime.env();
  } catch {
    return {}; // Deno does not permit it, which is a finding of its own
  }
  const removed = Object.keys(own).filter((name) => !Object.hasOwn(env, name)).map((name) => [name, undefined]);
  const changed = Object.entries(env).filter(([name, value]) => own[name] !== value);
  return Object.fromEntries([...removed, ...changed]);
}

/** Whether the lookup failed for want of the binary, rather than of a permission to look. */
export function isNotFound(error: unknown): error is CodexNotFoundError {
  return error instanceof CodexNotFoundError;
}

/** How a package is installed beside a program of this runtime. */
export function installation({ runtime: { name } }: Patient, wanted: string): string {
  return { node: "npm install ", bun: "bun add ", deno: "deno add npm:" }[name] + wanted;
}

/** The folder that codex keeps its things in, absolute, and whether somebody named it. */
export function homeOf(
  { io: { env, cwd }, runtime }: Patient,
): { readonly path: string | null; readonly named: boolean } {
  const named = env["CODEX_HOME"];
  if (named) return { path: resolve(cwd, named), named: true };
  const user = env["HOME"] || env["USERPROFILE"];
  const separator = runtime.platform === "win32" ? "\\" : "/";
  return { path: user ? `${user}${separator}.codex` : null, named: false };
}
