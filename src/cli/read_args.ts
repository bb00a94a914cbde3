import { parseArgs, type ParseArgsConfig } from "node:util";
import { nearest } from "../util/nearest.ts";
import { UsageError } from "./usage_error.ts";

/** What an option of a command line may be. */
export interface ArgOption {
  readonly type: "string" | "boolean";
  readonly short?: string;
  readonly multiple?: boolean;
}

/** What was found on a command line. */
export interface Args {
  readonly values: Readonly<Record<string, string | boolean | (string | boolean)[] | undefined>>;
  readonly positionals: readonly string[];
}

/**
 * Reads a command's arguments, `--help` among them. At most `positionals` that are no options are taken.
 *
 * @throws {UsageError} For what the command does not know, with the nearest that it does.
 */
export function readArgs(
  args: readonly string[],
  options: Readonly<Record<string, ArgOption>>,
  positionals: number = 0,
): Args {
  const known: Readonly<Record<string, ArgOption>> = { ...options, help: { type: "boolean", short: "h" } };
  for (const arg of args.slice(0, args.includes("--") ? args.indexOf("--") : undefined)) {
    const name = /^--([^=]+)/.exec(arg)?.[1];
    if (name === undefined || Object.hasOwn(known, name)) continue;
    const meant = nearest(name, Object.keys(known));
    throw new UsageError(`There is no option --${name}.${meant === undefined ? "" : ` Is --${meant} meant?`}`);
  }
  let found: Args;
  try {
    const config = { args: [...args], options: known, allowPositionals: true, strict: true } as ParseArgsConfig;
    found = parseArgs(config) as Args;
  } catch (error) {
    // The three runtimes word it alike, but not its class and code.
    throw new UsageError(error instanceof Error ? error.message : String(error), { cause: error });
  }
  const left = found.positionals[positionals];
  if (left !== undefined) throw new UsageError(`${JSON.stringify(left)} is one argument too many.`);
  return found;
}
