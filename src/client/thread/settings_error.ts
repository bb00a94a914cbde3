import { CodexError } from "../../errors.ts";

/**
 * A thread was resumed with settings that it does not take, for the server has it loaded already. The thread stays as it
 * is: `holds` says how.
 */
export class ThreadSettingsError extends CodexError {
  /** The thread. */
  readonly threadId: string;
  /** What was asked for and does not hold, by the names of the params. */
  readonly asked: Readonly<Record<string, unknown>>;
  /** What holds instead, by the same names; `null` where the server does not tell. */
  readonly holds: Readonly<Record<string, unknown>>;

  /** Made by the SDK; public for tests. */
  constructor(
    threadId: string,
    asked: Readonly<Record<string, unknown>>,
    holds: Readonly<Record<string, unknown>>,
    why: string,
    options?: { readonly cause?: unknown },
  ) {
    const differences = Object.keys(asked).map((name) => {
      return `${name}: asked for ${JSON.stringify(asked[name])}, and ${JSON.stringify(holds[name])} holds`;
    });
    super(
      "THREAD_SETTINGS",
      `Thread ${threadId} does not take what it was resumed with: ${why}. ${differences.join("; ")}`,
      options,
    );
    this.threadId = threadId;
    this.asked = asked;
    this.holds = holds;
  }
}
