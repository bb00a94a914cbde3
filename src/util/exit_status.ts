/** How a process ended. One of the two is `null`. */
export interface ExitStatus {
  /** The exit code, or `null` if a signal ended the process. */
  readonly code: number | null;
  /** The signal's name (`"SIGKILL"`), or `null` if the process ended by itself. */
  readonly signal: string | null;
}
