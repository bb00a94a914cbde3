import { access, chmod, constants, mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { SHIM } from "../assets.ts";
import { UsageError } from "../../usage_error.ts";
import { HANDED_ON, type ShimConfig } from "../shim/config.ts";

/** What takes the place of `codex`. */
export interface ShimFolder {
  /** The folder, for the front of `PATH`. */
  readonly path: string;
  /** The program in it, called `codex`. */
  readonly program: string;
  /** Removes it. */
  remove(): Promise<void>;
}

/** What the script puts back where the client's environment names the shim. */
export interface Replaced {
  /** What `CODEX_BIN` was. */
  readonly codexBin: string | undefined;
  /** The folder of tools that belong to the program, for the front of its `PATH`. */
  readonly pathDir: string | null;
}

/**
 * Writes a folder that nobody but this user may enter, for it holds what lets a shim in. It is a temporary one; where
 * programs may not lie among these (`noexec`), it is one of the user's own.
 *
 * @throws {UsageError} If there is no place for it.
 */
export async function shimFolder(
  config: ShimConfig,
  replaced: Replaced,
  places: readonly string[] = [tmpdir(), process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache")],
): Promise<ShimFolder> {
  const tried: string[] = [];
  for (const place of places) {
    try {
      await mkdir(place, { recursive: true });
      return await shimFolderIn(place, config, replaced);
    } catch (error) {
      tried.push(`${place}: ${error instanceof Error ? error.message : error}`);
    }
  }
  throw new UsageError(`There is no folder to put a program into. Set TMPDIR to one. Tried:\n  ${tried.join("\n  ")}`);
}

async function shimFolderIn(place: string, config: ShimConfig, replaced: Replaced): Promise<ShimFolder> {
  const path = await realpath(await mkdtemp(join(place, "codex-inspect-")));
  const remove = () => rm(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
  try {
    await chmod(path, 0o700);
    const program = join(path, "codex");
    const shim = join(path, "shim.mjs");
    await writeFile(join(path, "config.json"), JSON.stringify(config), { mode: 0o600 });
    await writeFile(shim, SHIM, { mode: 0o600 });
    await writeFile(program, script({ path, program, shim, codex: config.codex, ...replaced }), { mode: 0o700 });
    // This fails where the file system is mounted without programs.
    await access(program, constants.X_OK);
    return { path, program, remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

interface Script extends Replaced {
  readonly path: string;
  readonly program: string;
  readonly shim: string;
  readonly codex: string;
}

/**
 * The program. What is no app-server is started as if there was no shim. The shim itself runs in its own folder, for
 * runtimes read files of the working directory unasked; and without options of Node that are meant for others.
 */
function script({ path, program, shim, codex, codexBin, pathDir }: Script): string {
  const handOn = Object.entries(HANDED_ON).map(([name, meant]) =>
    `if [ -n "\${${meant}+x}" ]; then ${name}=$${meant}; export ${name}; unset ${meant}; fi`
  );
  const [runtime, ...flags] = runtimeCommand();
  return `#!/bin/sh
# Put in place of codex by "inspect", for as long as that runs.
case $PATH in ${quote(`${path}:`)}*) PATH=\${PATH#${quote(`${path}:`)}};; esac
if [ "\${CODEX_BIN-}" = ${quote(program)} ]; then ${
    codexBin === undefined ? "unset CODEX_BIN" : `CODEX_BIN=${quote(codexBin)}`
  }; fi
${pathDir === null ? "" : `PATH=${quote(pathDir)}:$PATH; export PATH\n`}inspected=no
for argument in "$@"; do [ "$argument" = app-server ] && inspected=yes; done
if [ "$inspected" = no ] || [ -t 0 ]; then exec ${quote(codex)} "$@"; fi
INSPECT_CWD=$PWD; export INSPECT_CWD
${handOn.join("\n")}
cd ${quote(path)} || exit 126
exec ${[runtime!, ...flags, shim].map(quote).join(" ")} "$@"
`;
}

/** How this runtime runs a file. */
function runtimeCommand(): readonly string[] {
  const isDeno = "Deno" in globalThis;
  return isDeno ? [process.execPath, "run", "--allow-all", "--no-config", "--no-lock"] : [process.execPath];
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
