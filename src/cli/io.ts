/**
 * What a command has of the world that it prints into.
 *
 * @module
 */

/** Where the commands read from and write to, so that a test, or another program, can be the terminal. */
export interface CliIo {
  /** The environment: `NO_COLOR`, `FORCE_COLOR`, and what the server is to have. */
  readonly env: Readonly<Record<string, string>>;
  /** The working directory. */
  readonly cwd: string;
  /** Aborted when the user has had enough: Ctrl-C, SIGTERM. */
  readonly signal: AbortSignal;
  /** Whether people look on, rather than a file or a pipe. Nothing needs it: it decides about colours and progress. */
  readonly terminal: { readonly stdin: boolean; readonly stdout: boolean; readonly stderr: boolean };
  /** How many characters fit into a line; 80 where there is no terminal to ask. */
  readonly columns: number;
  /** What comes in. Touched by a command that reads, and by no other. */
  stdin(): ReadableStream<Uint8Array>;
  /** Writes what was asked for. Resolves when it has left, or when nobody reads it any more. */
  write(text: string | Uint8Array): Promise<void>;
  /** Writes what was not asked for: progress, complaints. */
  writeError(text: string): Promise<void>;
}
