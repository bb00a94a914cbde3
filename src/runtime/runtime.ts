import type { Spawn } from "./child.ts";
import type { MainProgram } from "./main_program.ts";

/** The JavaScript runtime that the host program runs on. */
export type RuntimeName = "deno" | "bun" | "node";

/** What is found at a path, symbolic links followed. */
export interface PathInfo {
  /** `other` is a pipe, a socket or a device: to read it could take for ever. */
  readonly kind: "file" | "directory" | "other" | "missing";
  /** Whether a file is marked as executable. Always true on Windows, which has no such mark. */
  readonly executable: boolean;
}

/**
 * All that the SDK wants of its runtime: to start a process, and to find the binary for it.
 *
 * Types only, so that the lookup can be tested against an invented machine. Looks are synchronous: a lookup takes some
 * 30 of them, each 0.01 ms, where one that waits for a thread takes 0.3; to start the process blocks for longer than all.
 */
export interface Runtime {
  readonly name: RuntimeName;
  /** As `process.platform` spells it: `linux`, `darwin`, `win32` ... */
  readonly platform: string;
  /** As `process.arch` spells it: `x64`, `arm64` ... */
  readonly arch: string;
  readonly spawn: Spawn;
  /** The host's environment. Never logged, never put into an error. */
  env(): Record<string, string>;
  cwd(): string;
  /** The program that is being run; `null` if there is none but this runtime itself: a REPL, a notebook, `eval`. */
  main(): MainProgram | null;
  /**
   * The file of the working directory that this variable comes from, if the runtime reads such a file unasked (Bun: `.env`);
   * else `null`. It is whoever wrote the folder that sets it, and not whoever runs the program.
   */
  unaskedSource(variable: string): string | null;
  /** The folder of the program file, if the program and its modules are compiled into one; else `null`. */
  programDir(): string | null;
  /** What is at `path`. Throws only if the runtime may not look (Deno without `--allow-read`). */
  stat(path: string): PathInfo;
  /** `path` with every symbolic link resolved, or as it is if that fails. */
  realPath(path: string): string;
  /** The first `length` bytes of a file, fewer if it is shorter; `null` if this user may not read it. */
  head(path: string, length: number): Uint8Array | null;
  /** The names in a folder; none if it cannot be read. */
  list(path: string): string[];
  /** Makes a folder, with those above it, that is this user's alone. One that is there is left as it is. */
  makeFolder(path: string): void;
}
