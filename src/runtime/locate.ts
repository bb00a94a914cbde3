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
import { withUnpacked } from "./asar.ts";
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
  /** A folder, or a file or module in it, to look for packages from before all others. */
  readonly locateFrom?: string | undefined;
  /** The environment of the server: whose `CODEX_BIN` and `PATH` count. Default: the host's. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** The URL of the SDK's own module. One that came over the network is no place to search from. */
  readonly moduleUrl?: string | undefined;
  /** The version to prefer where several are at hand. */
  readonly preferredVersion?: string | undefined;
  /** Is told of each place that was tried before the one that is used, and why it was passed over. */
  readonly onPassedOver?: ((line: string) => void) | undefined;
}

/**
 * Looks for the binary: `codexBin`, else the variable `CODEX_BIN`, else a package, else `codex` on `PATH`. Packages (a
 * staged runtime, else an installed `@openai/codex`) are looked for from the SDK's own folder (of a compiled program: from
 * the program's) upwards, then from the main program's, then in Deno's cache.
 *
 * The working directory is not looked at: whoever starts a program in a repository that was cloned would run what the
 * repository has in its `node_modules`. It counts where there is no main program, in a REPL or a notebook.
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

function unusable(why: string, advice: string): CodexNotFoundError {
  return new CodexNotFoundError(
    `The environment variable CODEX_BIN cannot be used: ${why}. ${advice}.`,
    [`CODEX_BIN: ${why}`],
  );
}

class Search {
  readonly #runtime: Runtime;
  readonly #options: LocateOptions;
  readonly #env: Readonly<Record<string, string>>;
  readonly #tried: string[] = [];
  #denied: Error | null = null;

  constructor(runtime: Runtime, options: LocateOptions) {
    this.#runtime = runtime;
    this.#options = options;
    this.#env = options.env ?? runtime.env();
  }

  run(): Located {
    if (this.#options.codexBin !== undefined) return this.#named(this.#options.codexBin, "codexBin");
    const named = getEnv(this.#runtime.platform, this.#env, "CODEX_BIN");
    if (named) return this.#byVariable(named);
    const found = this.#packaged() ?? this.#cached() ?? this.#onPath("codex");
    if (found !== null) {
      for (const line of this.#tried) this.#options.onPassedOver?.(line);
      return found;
    }
    // Something may well be there, where Deno did not permit to look.
    if (this.#denied !== null) throw permissionError(this.#denied);
    const { preferredVersion } = this.#options;
    const wanted = preferredVersion === undefined ? OPENAI_PACKAGE.name : `${OPENAI_PACKAGE.name}@${preferredVersion}`;
    throw new CodexNotFoundError(
      `No codex binary was found. Tried:\n${this.#list()}\nInstall it beside the program with \`npm install ${wanted}\`, ` +
        "or name it by the option codexBin or the environment variable CODEX_BIN. The working directory is not searched " +
        "unless the option locateFrom names it.",
      this.#tried,
    );
  }

  /** The variable may be set by others than whoever runs the program, so it is taken at its word only. */
  #byVariable(name: string): Located {
    const { platform } = this.#runtime;
    const source = this.#fromHost("CODEX_BIN", name) ? this.#runtime.unaskedSource("CODEX_BIN") : null;
    if (source !== null) {
      throw unusable(
        `it comes from ${source}, which is read only because it lies in the working directory`,
        "Set it outside of the file, or use the option codexBin",
      );
    }
    if (isPath(platform, name) && !isAbsolutePath(platform, name)) {
      throw unusable(
        "it is a relative path, and what it leads to depends on the working directory",
        "Make it absolute",
      );
    }
    return this.#named(name, "CODEX_BIN");
  }

  #fromHost(variable: string, value: string): boolean {
    const { env, platform } = this.#runtime;
    return this.#options.env === undefined || getEnv(platform, env(), variable) === value;
  }

  /** What the user named is used or is an error; nothing takes its place. */
  #named(name: string, source: string): Located {
    const { platform } = this.#runtime;
    const found = !isPath(platform, name) ? this.#onPath(name, source) : this.#tryFile(
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

  #packaged(): Located | null {
    const { platform, arch } = this.#runtime;
    const packages = [STAGED_PACKAGE, OPENAI_PACKAGE].filter((wanted) => wanted.binaries(platform, arch).length > 0);
    const starts = [...new Set(this.#starts())];
    for (const start of starts) {
      for (const wanted of packages) {
        const found = this.#packagedAbove(start, wanted);
        if (found !== null) return found;
      }
    }
    const places = starts.map((start) => joinPath(platform, start, "node_modules")).join(" or ");
    for (const wanted of [STAGED_PACKAGE, OPENAI_PACKAGE]) {
      const here = `${platform}-${arch}`;
      this.#tried.push(
        packages.includes(wanted)
          ? `${wanted.name}: ${wanted.name}-${here} is not in ${places || "any folder"} or above`
          : `${wanted.name}: has no package for ${here}`,
      );
    }
    return null;
  }

  #packagedAbove(start: string, wanted: CodexPackage): Located | null {
    for (const modules of nodeModulesAbove(this.#runtime.platform, start)) {
      for (const path of this.#allowed(() => binariesIn(this.#runtime, modules, wanted)) ?? []) {
        const found = this.#tryFile(path, wanted.name, true);
        if (found !== null) return found;
      }
    }
    return null;
  }

  #cached(): Located | null {
    if (this.#runtime.name !== "deno") return null;
    const { preferredVersion } = this.#options;
    const paths = this.#allowed(() => binariesInDenoCache(this.#runtime, this.#runtime.env(), preferredVersion)) ?? [];
    for (const path of paths) {
      const found = this.#tryFile(path, "Deno's cache", true);
      if (found !== null) return found;
    }
    this.#tried.push(`Deno's cache: npm:${OPENAI_PACKAGE.name} is not in it`);
    return null;
  }

  #onPath(name: string, source = "PATH"): Located | null {
    const { platform } = this.#runtime;
    for (const folder of pathFolders(platform, getEnv(platform, this.#env, "PATH"))) {
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

  /** The folders to look for packages from, upwards each. */
  #starts(): string[] {
    const { platform } = this.#runtime;
    const { locateFrom } = this.#options;
    const main = this.#runtime.main();
    const starts = [
      locateFrom === undefined ? null : this.#folderOf(locateFrom),
      this.#ownFolder(),
      ...main === null ? [this.#cwd()] : main.paths.flatMap((path) => this.#foldersOf(path)),
    ];
    return starts.filter((start) => start !== null).flatMap((start) => withUnpacked(platform, start));
  }

  /** Where a program lies, and where it lies in truth if a link leads to it. */
  #foldersOf(path: string): (string | null)[] {
    const { platform } = this.#runtime;
    if (!isAbsolutePath(platform, path)) return [];
    const real = this.#allowed(() => this.#runtime.realPath(path));
    return [real ?? path, path].map((each) => parentPath(platform, each));
  }

  #folderOf(place: string): string | null {
    const { platform } = this.#runtime;
    const path = filePath(platform, place) ?? place;
    if (isAbsolutePath(platform, path)) return path;
    const cwd = this.#cwd();
    return cwd === null ? null : joinPath(platform, cwd, path);
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
