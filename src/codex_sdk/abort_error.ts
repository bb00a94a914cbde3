/** What an aborted run rejects with: by name, code and cause as what Node throws where a signal ends a process. */
export class AbortError extends Error {
  override readonly name = "AbortError";
  readonly code = "ABORT_ERR";

  constructor(reason: unknown) {
    super("The operation was aborted", { cause: reason });
  }
}
