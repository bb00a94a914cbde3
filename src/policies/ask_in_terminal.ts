import { callback, checkOptions, type OptionChecks } from "../util/options.ts";
import { named } from "./combine.ts";
import { describeQuestion } from "./describe.ts";
import type { ApprovalDecision, ApprovalPolicy, ApprovalQuestion } from "./question.ts";

/** Shows a text, and returns the line that a person typed, or `null` if there is nobody to ask. */
export type Ask = (text: string, signal: AbortSignal) => Promise<string | null>;

/** Options of {@linkcode askInTerminal}. */
export interface AskInTerminalOptions {
  /** Asks in another way. Default: on stderr, if stdin and stderr are a terminal. */
  readonly ask?: Ask | undefined;
}

const ASK_OPTIONS: OptionChecks<AskInTerminalOptions> = { ask: callback };

/**
 * Asks the person at the terminal: once, for the session, no, or no and stop. Whatever else is typed is a no, and so is
 * a program without a terminal. Questions are asked one after the other.
 *
 * What the agent wrote is shown with control characters made visible, so that it cannot repaint the question.
 *
 * @example
 * ```ts
 * import { askInTerminal, firstOf, readOnlyCommands } from "@codex-app-server/sdk/policies";
 *
 * const policy = firstOf(readOnlyCommands(), askInTerminal());
 * ```
 */
export function askInTerminal(options: AskInTerminalOptions = {}): ApprovalPolicy {
  checkOptions("askInTerminal", options, ASK_OPTIONS);
  let previous: Promise<unknown> = Promise.resolve();
  return named("askInTerminal", async (question, { signal }) => {
    const mine = previous.then(async () => {
      signal.throwIfAborted();
      const ask = options.ask ?? (await import("../runtime/ask_line.ts")).askLine;
      return await ask(promptFor(question), signal);
    });
    previous = mine.catch(() => {});
    const line = await mine;
    if (line === null) return { decision: "decline", reason: "nobody answered at a terminal" };
    const decision = decisionOf(line, question);
    return { decision, reason: `the person at the terminal said ${decision}` };
  });
}

function promptFor(question: ApprovalQuestion): string {
  const choices = isOnceOnly(question) ? "[y]es, [N]o, [c]ancel the turn" : "[y]es, [s]ession, [N]o, [c]ancel the turn";
  return `${describeQuestion(question)}\n${choices}: `;
}

function decisionOf(line: string, question: ApprovalQuestion): ApprovalDecision {
  switch (line.trim().toLowerCase()) {
    case "y":
    case "yes":
      return "accept";
    case "s":
    case "session":
      return isOnceOnly(question) ? "decline" : "acceptForSession";
    case "c":
    case "cancel":
      return "cancel";
    default:
      return "decline";
  }
}

/** A human checkpoint wants a fresh decision each time: the protocol knows no session for it. */
function isOnceOnly(question: ApprovalQuestion): boolean {
  return question.kind === "command" && question.asks === "human";
}
