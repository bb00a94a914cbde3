/**
 * Finds the `codex` binary. Nothing is downloaded and nothing is imported: `@openai/codex` has 400 MB.
 *
 * @module
 */
import { CodexNotFoundError } from "../errors.ts";
import { getEnv } from "./child_env.ts";
import {
  binariesIn,
  type CodexPackage,
  nodeModulesAbove,
  OPENAI_PACKAGE,
  STAGED_PACKAGE,
  toolsOf,
} from "./codex_package.ts";
import { binariesInDenoCache } from "./deno_cache.ts";
import { filePath, isAbsolutePath, isPath, joinPath, parentPath, pathFolders } from "./paths.ts";
import { isDenied, permissionError } from "./permission.ts";
import { resolveProgram } from "./program.ts";
import type { Runtime } from "./runtime.ts";
import { programNames } from "./shim.ts";

/** What was found. */
export interface Located {
  /** The program's absolute path. */
  readonly command: string;
  /** The folder of tools that came with it (`rg`), for the front of the child's `PATH`; or `null`. */
  readonly pathDir: string | null;
  /** Where it was found: `codexBin`, `CODEX_BIN`, a package's name, `Deno's cache` or `PATH`. */
  readonly source: string;
}

/** What steers the lookup. */
export interface LocateOptions {
  /** The path that the user gave, or a bare name to be found on `PATH`. Nothing else is tried then. */
  readonly codexBin?: string | undefined;
  /** The URL of the SDK's own module. One that came over the network is no place to search from. */
  readonly moduleUrl?: string | undefined;
  /** The version to prefer where several are at hand. */
  readonly preferredVersion?: string | undefined;
}

/**
 * Looks for the binary: `codexBin`, else the variable `CODEX_BIN`, else a staged runtime package, else an installed
 * `@openai/codex`, else `codex` on `PATH`. Packages are looked for from the working directory upwards, then from the
 * SDK's own folder (of a compiled program: from the program's) upwards, then in Deno's cache.
 *
 * @throws {CodexNotFoundError} With every place that was tried, and why each was passed over.
 * @throws {StartError} If Deno lacks the permission to look; the message names it.
 */
export function locateCodex(runtime: Runtime, options: LocateOptions = {}): Located {
  try {
    return new Search(runtime, options).run();
  } catch (error) {
    throw isDenied(error) ? permissionError(error) : error;
  }
}

class Search {
  readonly #runtime: Runtime;
  readonly #options: LocateOptions;
  readonly #tried: string[] = [];
  #denied: Error | null = null;

  constructor(runtime: Runtime, options: LocateOptions) {
    this.#runtime = runtime;
    this.#options = options;
  }

  run(): Located {
    if (this.#options.codexBin !== undefined) return this.#named(this.#options.codexBin, "codexBin");
    const env = this.#runtime.env();
    const named = getEnv(this.#runtime.platform, env, "CODEX_BIN");
    if (named) return this.#named(named, "CODEX_BIN");
    const found = this.#packaged(STAGED_PACKAGE) ?? this.#packaged(OPENAI_PACKAGE) ??
      this.#cached(env) ?? this.#onPath("codex", env);
    if (found !== null) return found;
    // Something may well be there, where Deno did not permit to look.
    if (this.#denied !== null) throw permissionError(this.#denied);
    const { preferredVersion } = this.#options;
    const wanted = preferredVersion === undefined ? OPENAI_PACKAGE.name : `${OPENAI_PACKAGE.name}@${preferredVersion}`;
    throw new CodexNotFoundError(
      `No codex binary was found. Tried:\n${this.#list()}\nInstall it with \`npm install ${wanted}\`, ` +
        "or name it by the option codexBin or the environment variable CODEX_BIN.",
      this.#tried,
    );
  }

  /** What the user named is used or is an error; nothing takes its place. */
  #named(name: string, source: string): Located {
    const { platform } = this.#runtime;
    const found = !isPath(platform, name) ? this.#onPath(name, this.#runtime.env(), source) : this.#tryFile(
      isAbsolutePath(platform, name) ? name : joinPath(platform, this.#runtime.cwd(), name),
      source,
    );
    if (found !== null) return found;
    if (this.#denied !== null) throw permissionError(this.#denied);
    throw new CodexNotFoundError(
      `The codex binary that ${source} names cannot be used:\n${this.#list()}\nCorrect it, or leave ${source} out to ` +
        `use an installed ${OPENAI_PACKAGE.name}.`,
      this.#tried,
    );
  }

  #packaged(wanted: CodexPackage): Located | null {
    const { platform, arch } = this.#runtime;
    if (wanted.binaries(platform, arch).length === 0) {
      this.#tried.push(`${wanted.name}: has no package for ${platform}-${arch}`);
      return null;
    }
    const starts = [...new Set([this.#cwd(), this.#ownFolder()])].filter((start) => start !== null);
    for (const modules of new Set(starts.flatMap((start) => nodeModulesAbove(platform, start)))) {
      for (const path of this.#allowed(() => binariesIn(this.#runtime, modules, wanted)) ?? []) {
        const found = this.#tryFile(path, wanted.name, true);
        if (found !== null) return found;
      }
    }
    const places = starts.map((start) => joinPath(platform, start, "node_modules")).join(" or ");
    this.#tried.push(`${wanted.name}: ${wanted.name}-${platform}-${arch} is not in ${places || "any folder"} or above`);
    return null;
  }

  #cached(env: Readonly<Record<string, string>>): Located | null {
    if (this.#runtime.name !== "deno") return null;
    const { preferredVersion } = this.#options;
    const paths = this.#allowed(() => binariesInDenoCache(this.#runtime, env, preferredVersion)) ?? [];
    for (const path of paths) {
      const found = this.#tryFile(path, "Deno's cache", true);
      if (found !== null) return found;
    }
    this.#tried.push(`Deno's cache: npm:${OPENAI_PACKAGE.name} is not in it`);
    return null;
  }

  #onPath(name: string, env: Readonly<Record<string, string>>, source = "PATH"): Located | null {
    const { platform } = this.#runtime;
    for (const folder of pathFolders(platform, getEnv(platform, env, "PATH"))) {
      for (const file of programNames(platform, name)) {
        const found = this.#tryFile(joinPath(platform, folder, file), source, true);
        if (found !== null) return found;
      }
    }
    this.#tried.push(`${source}: no folder on PATH has a usable ${name}`);
    return null;
  }

  /** Tries one file. Those that were merely possible are not worth a mention if they do not exist. */
  #tryFile(path: string, source: string, silentIfMissing = false): Located | null {
    const program = this.#allowed(() => resolveProgram(this.#runtime, path));
    if (program === null) return null;
    if ("problem" in program) {
      if (!silentIfMissing || !program.missing) this.#tried.push(`${source}: ${path}: ${program.problem}`);
      return null;
    }
    const { command } = program;
    return { command, source, pathDir: this.#allowed(() => toolsOf(this.#runtime, command)) };
  }

  /** Where the SDK's own modules are, or the program that they were compiled into; `null` if they came over the network. */
  #ownFolder(): string | null {
    const { platform } = this.#runtime;
    const file = filePath(platform, this.#options.moduleUrl);
    return this.#runtime.programDir() ?? (file === null ? null : parentPath(platform, file));
  }

  #cwd(): string | null {
    try {
      return this.#runtime.cwd();
    } catch (error) {
      if (isDenied(error)) this.#denied ??= error;
      return null; // denied, or the folder has been removed
    }
  }

  /** Looks where it may; remembers the first refusal, for the case that nothing is found elsewhere. */
  #allowed<T>(look: () => T): T | null {
    try {
      return look();
    } catch (error) {
      if (!isDenied(error)) throw error;
      this.#denied ??= error;
      return null;
    }
  }

  #list(): string {
    return this.#tried.map((line) => `  - ${line}`).join("\n");
  }
}
