import { hostStdio, runScriptCommand } from "../runtime/host_stdio.ts";
import { checkOptions, flag, integer, type OptionChecks, text } from "../util/options.ts";
import type { ScriptedAppServer } from "./scripted_app_server.ts";

/** How a scripted server behaves as a process. */
export interface ServeStdioOptions {
  /** The exit code after the end of stdin. Default 0. */
  readonly exitCode?: number;
  /** Printed on stderr at the start. */
  readonly stderr?: string;
  /** Goes on living after the end of stdin. Default `false`. */
  readonly ignoreEof?: boolean;
  /** Goes on living after SIGTERM. Default `false`. */
  readonly ignoreSigterm?: boolean;
}

const SERVE_OPTIONS: OptionChecks<ServeStdioOptions> = {
  exitCode: integer(0),
  stderr: text,
  ignoreEof: flag,
  ignoreSigterm: flag,
};

/**
 * Makes this program a stand-in for `codex app-server`: it serves a script on its standard streams, and exits when
 * stdin ends. A fault that breaks the connection kills the process.
 *
 * @example A file `server.ts`, to be run by a test with `launchArgsOverride: scriptCommand("server.ts")`
 * ```ts ignore
 * import { ScriptedAppServer, serveStdio } from "@codex-app-server/sdk/testing";
 *
 * await serveStdio(new ScriptedAppServer(), { ignoreSigterm: true });
 * ```
 */
export async function serveStdio(server: ScriptedAppServer, options: ServeStdioOptions = {}): Promise<void> {
  checkOptions("serveStdio", options, SERVE_OPTIONS);
  const stdio = hostStdio();
  if (options.ignoreSigterm === true) stdio.ignoreSigterm();
  if (options.stderr !== undefined) stdio.writeError(options.stderr);
  await server.serve(stdio.stdin, { write: (chunk) => stdio.write(chunk), die: () => stdio.killSelf() });
  // A timer, because a process that waits for nothing ends by itself.
  if (options.ignoreEof === true) await new Promise<never>(() => setInterval(() => {}, 2 ** 30));
  for (const mistake of server.mistakes) stdio.writeError(`scripted server: ${mistake.message}\n`);
  stdio.exit(server.mistakes.length > 0 ? 70 : options.exitCode ?? 0);
}

/**
 * The command line that runs such a file with the runtime of this program, for `launchArgsOverride`.
 *
 * @param path The file. On Node 20 it must be JavaScript.
 */
export function scriptCommand(path: string): readonly [string, ...string[]] {
  return runScriptCommand(path);
}
