import { redact } from "../transport/redact.ts";
import { nearest } from "../util/nearest.ts";
import { visible } from "../util/visible.ts";
import { VERSION } from "../version.ts";
import { COMMANDS } from "./commands.ts";
import type { CliIo } from "./io.ts";
import { UsageError } from "./usage_error.ts";

/** How the program is called where it is installed: the name of its `bin`. */
export const PROGRAM = "codex-app-server-sdk";

/**
 * Runs a command line: `doctor`, `inspect`, `diff`, `help`, `--version`. It ends no process, and writes through `io` alone.
 *
 * @param args What stands behind the program's name.
 * @returns The exit code: 0 if all is well, 1 if something was found or failed, 2 if the command line was wrong.
 *
 * @example
 * ```ts
 * import { type CliIo, main } from "@codex-app-server/sdk/cli";
 *
 * let printed = "";
 * const io: CliIo = {
 *   env: {},
 *   cwd: "/",
 *   signal: new AbortController().signal,
 *   terminal: { stdin: false, stdout: false, stderr: false },
 *   columns: 80,
 *   stdin: () => new ReadableStream(),
 *   write: (text) => Promise.resolve(void (printed += text)),
 *   writeError: (text) => Promise.resolve(void (printed += text)),
 * };
 * console.log(await main(["--version"], io), printed);
 * ```
 */
export async function main(args: readonly string[], io: CliIo): Promise<number> {
  try {
    return await dispatch(args, io);
  } catch (error) {
    if (io.signal.aborted) return 130;
    const isUsage = error instanceof UsageError;
    const text = error instanceof Error ? error.message : String(error);
    const hint = isUsage ? `\nTry: ${PROGRAM} help\n` : "\n";
    await io.writeError(`${PROGRAM}: ${visible(redact(text))}${hint}`);
    return isUsage ? 2 : 1;
  }
}

async function dispatch([name, ...rest]: readonly string[], io: CliIo): Promise<number> {
  switch (name) {
    case undefined:
      await io.writeError(usage());
      return 2;
    case "--version":
    case "-V":
      await io.write(`${VERSION}\n`);
      return 0;
    case "help":
    case "--help":
    case "-h":
      if (rest[0] !== undefined) return await commandOf(rest[0]).run(["--help"], io);
      await io.write(usage());
      return 0;
    default:
      return await commandOf(name).run(rest, io);
  }
}

function commandOf(name: string) {
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (command !== undefined) return command;
  const meant = nearest(name, [...Object.keys(COMMANDS), "help", "--help", "--version"]);
  const what = name.startsWith("-") ? "option" : "command";
  throw new UsageError(`There is no ${what} ${name}.${meant === undefined ? "" : ` Is ${meant} meant?`}`);
}

function usage(): string {
  const width = Math.max(...Object.keys(COMMANDS).map((name) => name.length));
  const lines = Object.entries(COMMANDS).map(([name, { summary }]) => `  ${name.padEnd(width)}  ${summary}`);
  return `Usage: ${PROGRAM} COMMAND [OPTIONS]

Commands:
${lines.join("\n")}
  ${"help".padEnd(width)}  this text, or with a command's name its own

Options:
  -h, --help     this text
  -V, --version  the version of the SDK

Exit code: 0 if all is well, 1 if something was found or failed, 2 if the command line was wrong.
Colours go to terminals alone; NO_COLOR=1 turns them off.
`;
}
