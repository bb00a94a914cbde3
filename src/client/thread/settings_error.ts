import { CodexError } from "../../errors.ts";

/**
 * A thread was resumed, or a turn of it begun, with settings that the thread does not take: the server has it loaded, or
 * runs a turn of it. It stays as it is: `holds` says how.
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
      const instead = holds[name] === null ? "what holds is not told" : `${JSON.stringify(holds[name])} holds`;
      return `${name}: asked for ${JSON.stringify(asked[name])}, and ${instead}`;
    });
    super(
      "THREAD_SETTINGS",
      `Thread ${threadId} does not take these settings: ${why}. ${differences.join("; ")}`,
      options,
    );
    this.threadId = threadId;
    this.asked = asked;
    this.holds = holds;
  }
}
