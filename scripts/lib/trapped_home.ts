import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { denoDir } from "../../src/runtime/deno_cache.ts";
import { CACHE } from "./old_codex.ts";

/** What login shells read at their start. */
const PROFILES = [".profile", ".bash_profile", ".zprofile"];

/**
 * An empty home for the tests. A real one has configuration, skills and shell profiles on which they must not depend: the
 * agent's commands run in login shells, and there are profiles that take a minute, or start what outlives its shell. A
 * server that a test starts has a home of its own; one that reads the profile of this one leaves a file in `scratch`.
 *
 * @returns The environment that makes it the home, and leaves what is downloaded where it is.
 */
export function trappedHome(folder: string, scratch: string): Readonly<Record<string, string>> {
  mkdirSync(folder, { recursive: true });
  const trap = join(scratch, "a server read the shell profile of the home").replaceAll("'", `'\\''`);
  for (const name of PROFILES) writeFileSync(join(folder, name), `: > '${trap}'\n`);
  const own = Object.fromEntries(Object.entries(process.env).flatMap(([name, value]) => value ? [[name, value]] : []));
  const cache = denoDir(process.platform, own);
  return { HOME: folder, CODEX_VERSIONS_CACHE: CACHE, ...(cache !== null && { DENO_DIR: cache }) };
}
