import type { Spawn } from "./child.ts";

/** The JavaScript runtime that the host program runs on. */
export type RuntimeName = "deno" | "bun" | "node";

/** What is found at a path, symbolic links followed. */
export interface PathInfo {
  readonly kind: "file" | "directory" | "missing";
  /** Whether a file is marked as executable. Always true on Windows, which has no such mark. */
  readonly executable: boolean;
}

/**
 * All that the SDK wants of its runtime: to start a process, and to find the binary for it.
 *
 * Types only, so that the lookup can be tested against an invented machine.
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
  /** The folder of the program file, if the program and its modules are compiled into one; else `null`. */
  programDir(): string | null;
  /** What is at `path`. Rejects only if the runtime may not look (Deno without `--allow-read`). */
  stat(path: string): Promise<PathInfo>;
  /** `path` with every symbolic link resolved, or as it is if that fails. */
  realPath(path: string): Promise<string>;
  /** The first `length` bytes of a file, fewer if it is shorter; `null` if this user may not read it. */
  head(path: string, length: number): Promise<Uint8Array | null>;
  /** The names in a folder; none if it cannot be read. */
  list(path: string): Promise<string[]>;
}
