/**
 * A child process as a transport: `codex app-server` on its standard streams.
 *
 * @module
 */
import { CODEX_VERSION } from "../../gen/provenance.ts";
import { StartError } from "../errors.ts";
import type { Child } from "../runtime/child.ts";
import { childEnv, getEnv } from "../runtime/child_env.ts";
import { locateCodex } from "../runtime/locate.ts";
import { hasAbsoluteFolders, isPath, joinPath, pathFolders } from "../runtime/paths.ts";
import { isDenied, permissionError } from "../runtime/permission.ts";
import { resolveProgram } from "../runtime/program.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { currentRuntime } from "../runtime/select.ts";
import { programNames } from "../runtime/shim.ts";
import {
  abortSignal,
  atLeast,
  callback,
  flag,
  integer,
  listOf,
  type OptionChecks,
  recordOf,
  text,
  wrong,
} from "../util/options.ts";
import { childTransport } from "./child_transport.ts";
import { configOverrides, type ServerConfig } from "./config_overrides.ts";
import type { Transport } from "./transport.ts";

/** How to start the server, and how to end it. */
export interface StdioOptions {
  /** Path of the `codex` binary. Default: `CODEX_BIN`, an installed package, or `codex` on `PATH`, in this order. */
  readonly codexBin?: string | undefined;
  /** Replaces the whole command line, program first; so nothing that goes into one can stand beside it. */
  readonly launchArgsOverride?: readonly string[] | undefined;
  /** Configuration of the server, as an object. Stands on its command line, so it is no place for secrets. */
  readonly config?: ServerConfig | undefined;
  /** The same, each `key=value` with a TOML value; passed on as `--config`, and stronger than `config`. */
  readonly configOverrides?: readonly string[] | undefined;
  /**
   * A folder, or a file or module in it (`import.meta.url`), from which packages are looked for upwards, before all other
   * places. To have those of the working directory, name it: `process.cwd()`, `Deno.cwd()`.
   */
  readonly locateFrom?: string | undefined;
  /** Working directory of the server. Default: the host's. */
  readonly cwd?: string | undefined;
  /** Changes to the host's environment for the server; `undefined` removes a name. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /** Whether the server gets the host's environment, with `env` over it, or `env` alone. Default `true`. */
  readonly inheritEnv?: boolean | undefined;
  /** Is given what the server prints on stderr, as it comes, cut anywhere. */
  readonly onStderr?: ((text: string) => void) | undefined;
  /** Gives up opening. Once the transport is open, the signal means nothing to it: use `close()`. */
  readonly signal?: AbortSignal | undefined;
  /** How many bytes of stderr are kept for error reports. Default 64 KiB. */
  readonly stderrTailBytes?: number | undefined;
  /** How long `close()` waits after the end of stdin before it sends SIGTERM, in milliseconds. Default 2,000. */
  readonly closeGraceMs?: number | undefined;
  /** How long `close()` waits after SIGTERM before it sends SIGKILL, in milliseconds. Default 2,000. */
  readonly killGraceMs?: number | undefined;
}

/** See {@linkcode checkOptions}. */
export const STDIO_OPTIONS: OptionChecks<StdioOptions> = {
  codexBin: text,
  launchArgsOverride: listOf("a list of strings, the program first", text),
  config: (value) => void configOverrides(value as ServerConfig),
  configOverrides: listOf(`a list of strings such as 'model="gpt-5"'`, assignment),
  locateFrom: text,
  cwd: text,
  env: recordOf("an object with a string (or undefined, which removes it) for each name", text),
  inheritEnv: flag,
  onStderr: callback,
  signal: abortSignal,
  stderrTailBytes: integer(0),
  closeGraceMs: atLeast(0),
  killGraceMs: atLeast(0),
};

/** What goes into the command line, and does not go with one that is given whole. */
export const COMMAND_LINE = [
  "launchArgsOverride",
  ["codexBin", "locateFrom", "config", "configOverrides"],
  "it is the whole command line",
] as const;

/** A change of the server's configuration. */
function assignment(value: unknown, what: string): void {
  if (typeof value !== "string" || !/^[^=]+=/.test(value)) throw wrong(what, `a string such as 'model="gpt-5"'`, value);
}

/**
 * Starts a server and connects to its standard streams. No shell is involved. The child gets a process group of its
 * own, so Ctrl-C in a terminal reaches the host alone, and the host decides.
 *
 * @throws {CodexNotFoundError} If there is no usable binary; the message lists what was tried.
 * @throws {StartError} If the process could not be started, or the runtime lacks a permission.
 */
export async function openStdio(options: StdioOptions = {}): Promise<Transport> {
  options.signal?.throwIfAborted();
  const runtime = currentRuntime();
  try {
    const inherited = options.inheritEnv === false ? {} : withoutUnasked(runtime, options);
    const given = childEnv(runtime.platform, inherited, options.env);
    const { command, args, pathDir, local } = commandLine(runtime, options, given);
    const env = childEnv(runtime.platform, given, {}, pathDir);
    const child = await spawnChecked(runtime, { command, args, cwd: options.cwd, env });
    const transport = { ...childTransport(child, options), program: command };
    if (options.signal?.aborted === true) {
      child.kill("SIGKILL");
      await transport.close();
      throw options.signal.reason;
    }
    return local ? { ...transport, local: { env: (name) => getEnv(runtime.platform, env, name) } } : transport;
  } catch (error) {
    if (options.signal?.aborted === true) throw options.signal.reason;
    throw isDenied(error) ? permissionError(error) : error;
  }
}

/** Variables that make programs load or run what they name, of any kind that the server may start. */
const RUNS_CODE = new RegExp(
  "^(?:LD_\\w+|DYLD_\\w+|GCONV_PATH|OPENSSL_\\w+|GIT_\\w+|XDG_CONFIG_\\w+|BASH_ENV|BASHOPTS|SHELLOPTS|PS4|PROMPT_COMMAND|" +
    "ENV|ZDOTDIR|SHELL|NODE_OPTIONS|NODE_PATH|NPM_CONFIG_\\w+|PYTHON\\w+|PERL\\w+|RUBY\\w+|(?:_|JDK_)?JAVA_(?:TOOL_)?OPTIONS|" +
    "PAGER|MANPAGER|LESS\\w*|EDITOR|VISUAL|BROWSER|\\w+_ASKPASS|RIPGREP_CONFIG_PATH)$",
  "i",
);

/**
 * The host's environment, without what a file of the working directory has put into it unasked and what makes programs
 * run code: the folder would run what it holds.
 */
function withoutUnasked(runtime: Runtime, options: StdioOptions): Record<string, string> {
  const env = runtime.env();
  for (const name of Object.keys(env)) {
    if (RUNS_CODE.test(name) && runtime.unaskedSource(name) !== null) delete env[name];
  }
  const { platform } = runtime;
  const isGiven = Object.hasOwn(options.env ?? {}, "CODEX_HOME");
  const source = isGiven || getEnv(platform, env, "CODEX_HOME") === undefined
    ? null
    : runtime.unaskedSource("CODEX_HOME");
  if (source === null) return env;
  throw new StartError(
    `The variable CODEX_HOME comes from ${source}, which is read only because it lies in the working directory. A home ` +
      "can name programs to run. Set it outside of the file, or by the option env",
  );
}

interface CommandLine {
  readonly command: string;
  readonly args: readonly string[];
  readonly pathDir: string | null;
  /** Whether the server that this starts is certain to run here: `ssh` and `docker` are command lines, too. */
  readonly local: boolean;
}

/** @param env The environment of the server, but for the tools that come with the binary. */
function commandLine(runtime: Runtime, options: StdioOptions, env: Readonly<Record<string, string>>): CommandLine {
  const override = options.launchArgsOverride;
  if (override === undefined) {
    const { command, pathDir } = locateCodex(runtime, {
      codexBin: options.codexBin,
      locateFrom: options.locateFrom,
      env,
      moduleUrl: import.meta.url,
      preferredVersion: CODEX_VERSION,
    });
    const pairs = [...configOverrides(options.config ?? {}), ...options.configOverrides ?? []];
    const config = pairs.flatMap((pair) => ["--config", pair]);
    return { command, args: [...config, "app-server", "--listen", "stdio://"], pathDir, local: true };
  }
  const [command, ...args] = override;
  if (command === undefined) throw new TypeError("launchArgsOverride is empty: its first element is the program");
  if (isPath(runtime.platform, command)) {
    const program = resolveProgram(runtime, command);
    if ("problem" in program) {
      throw new StartError(`Cannot start ${command} (of launchArgsOverride): ${program.problem}`);
    }
  }
  const program = isPath(runtime.platform, command) ? command : programOnPath(runtime, command, env);
  return { command: program, args, pathDir: null, local: /(?:^|[/\\])codex(?:\.exe)?$/.test(program) };
}

/**
 * The program of this name on `PATH`. It is not left to the system, for which the working directory counts where `PATH` has
 * a relative folder, and on Windows always.
 */
function programOnPath(runtime: Runtime, name: string, env: Readonly<Record<string, string>>): string {
  const { platform } = runtime;
  const path = getEnv(platform, env, "PATH");
  try {
    for (const folder of pathFolders(platform, path)) {
      for (const file of programNames(platform, name)) {
        const program = resolveProgram(runtime, joinPath(platform, folder, file));
        if ("command" in program) return program.command;
      }
    }
  } catch (error) {
    // What Deno may not look at it may still run, by name.
    if (isDenied(error) && hasAbsoluteFolders(platform, path)) return name;
    throw error;
  }
  throw new StartError(
    `Cannot start ${name} (of launchArgsOverride): no folder on PATH has a usable program of that name`,
    { cause: Object.assign(new Error(`${name} is not on PATH`), { code: "ENOENT" }) },
  );
}

async function spawnChecked(runtime: Runtime, options: Parameters<Runtime["spawn"]>[0]): Promise<Child> {
  // Systems blame the binary (ENOENT) for a missing folder, so the folder is looked at first.
  if (options.cwd !== undefined && runtime.stat(options.cwd).kind !== "directory") {
    throw new StartError(
      `Cannot start ${options.command}: its working directory ${options.cwd} is not a folder. ` +
        "Create it, or correct the option cwd.",
    );
  }
  try {
    return await runtime.spawn(options);
  } catch (error) {
    if (isDenied(error)) throw error;
    throw new StartError(`Cannot start ${options.command}: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}
