import type { CliIo } from "./io.ts";

/** A command: its arguments in, its exit code out. */
export type CommandRun = (args: readonly string[], io: CliIo) => Promise<number>;

/** A line of the table. */
export interface Command {
  /** What it is for, in half a line. */
  readonly summary: string;
  /** Each is loaded when it is called for; `--help` is its own affair. */
  readonly run: CommandRun;
}

/** Every command, by the name that one types. */
export const COMMANDS: Readonly<Record<string, Command>> = {
  doctor: {
    summary: "say what is wrong with this machine's codex, and what to do about it",
    run: async (args, io) => await (await import("./doctor/mod.ts")).doctor(args, io),
  },
  inspect: {
    summary: "show what goes between a client and the server, live, on a page",
    run: async (args, io) => await (await import("./inspect/mod.ts")).inspect(args, io),
  },
  diff: {
    summary: "say what changed between two versions of the protocol",
    run: async (args, io) => await (await import("./diff/mod.ts")).diff(args, io),
  },
};
