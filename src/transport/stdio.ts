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
import { isPath } from "../runtime/paths.ts";
import { isDenied, permissionError } from "../runtime/permission.ts";
import { resolveProgram } from "../runtime/program.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { currentRuntime } from "../runtime/select.ts";
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
  ["codexBin", "config", "configOverrides"],
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
    const { command, args, pathDir, local } = commandLine(runtime, options);
    const env = childEnv(
      runtime.platform,
      options.inheritEnv === false ? {} : runtime.env(),
      options.env,
      pathDir,
    );
    const child = await spawnChecked(runtime, { command, args, cwd: options.cwd, env });
    const transport = childTransport(child, options);
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

interface CommandLine {
  readonly command: string;
  readonly args: readonly string[];
  readonly pathDir: string | null;
  /** Whether the server that this starts is certain to run here: `ssh` and `docker` are command lines, too. */
  readonly local: boolean;
}

function commandLine(runtime: Runtime, options: StdioOptions): CommandLine {
  const override = options.launchArgsOverride;
  if (override === undefined) {
    const { command, pathDir } = locateCodex(runtime, {
      codexBin: options.codexBin,
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
  return { command, args, pathDir: null, local: /(?:^|[/\\])codex(?:\.exe)?$/.test(command) };
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
