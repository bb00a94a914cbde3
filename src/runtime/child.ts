/**
 * What the rest of the SDK knows of a child process. Types only: `deno.ts`, `bun.ts` and `node.ts` implement it.
 *
 * @module
 */

import type { ExitStatus } from "../util/exit_status.ts";

export type { ExitStatus };

/** What to start. No shell is ever involved. */
export interface SpawnOptions {
  /** Absolute path, or a name to be found on the `PATH` of `env`. */
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd?: string | undefined;
  /** The whole environment of the child: nothing is inherited beside it. */
  readonly env: Readonly<Record<string, string>>;
}

/** A running child process with its three pipes as Web Streams. */
export interface Child {
  readonly pid: number;
  readonly stdin: WritableStream<Uint8Array>;
  readonly stdout: ReadableStream<Uint8Array>;
  readonly stderr: ReadableStream<Uint8Array>;
  /** Resolves once the process has been reaped. Never rejects. */
  readonly exited: Promise<ExitStatus>;
  /**
   * Signals the child's whole process group where the platform has one, else the child. SIGKILL takes its descendants in
   * other groups too, as far as the runtime may find them. A dead child is no error.
   */
  kill(signal: "SIGTERM" | "SIGKILL"): void;
  /**
   * Whether something still runs in the group of the child, which has exited. `false` where there are no groups, and where
   * this may not be asked. Never rejects.
   */
  groupRuns(): Promise<boolean>;
  /** Lets this child keep the host program alive (the default). A dead child is no error. */
  ref(): void;
  /** Lets the host program end although this child runs. A dead child is no error. */
  unref(): void;
}

/** Starts a child. Rejects with the platform's own error; `StartError` is made of it higher up. */
export type Spawn = (options: SpawnOptions) => Promise<Child>;
