import { callback, checkOptions, type OptionChecks } from "../util/options.ts";
import { named } from "./combine.ts";
import { describeQuestion, type ScreenSize } from "./describe.ts";
import { offers } from "./offers.ts";
import type { ApprovalDecision, ApprovalPolicy, ApprovalQuestion } from "./question.ts";

/** Shows a text, and returns the line that a person typed, or `null` if there is nobody to ask. */
export type Ask = (text: string, signal: AbortSignal) => Promise<string | null>;

/** Options of {@linkcode askInTerminal}. */
export interface AskInTerminalOptions {
  /**
   * Asks in another way. Default: on stderr, if stdin and stderr are a terminal. Is given a text that fits 80 columns and
   * 24 rows. See to it that what was typed before the text was shown is not taken for an answer.
   */
  readonly ask?: Ask | undefined;
}

const ASK_IN_TERMINAL_OPTIONS: OptionChecks<AskInTerminalOptions> = { ask: callback };

/** Whoever is asked is asked one thing at a time, by however many policies: each way to ask has one queue. */
const QUEUES: WeakMap<object, Promise<unknown>> = new WeakMap();

/**
 * Asks the person at the terminal: once, for the session (where the question offers it), no, or no and stop. Whatever
 * else is typed is a no, and so is a program without a terminal. Ctrl-C at a question is "no and stop"; it interrupts
 * nothing else meanwhile. Questions are asked one after the other, however many policies ask.
 *
 * - What the agent wrote is shown as {@linkcode describeQuestion} has it: it fits the screen, and cannot repaint it.
 * - What was typed before the question was shown does not count. (On Deno this wants `--allow-read=/dev/tty`; without it,
 *   what is typed within the last moment before may be missed. On Windows, too.)
 *
 * @throws {TypeError} If there is no such option.
 *
 * @example
 * ```ts
 * import { askInTerminal, firstOf, readOnlyCommands } from "@codex-app-server/sdk/policies";
 *
 * const policy = firstOf(readOnlyCommands(), askInTerminal());
 * ```
 */
export function askInTerminal(options: AskInTerminalOptions = {}): ApprovalPolicy {
  checkOptions("askInTerminal", options, ASK_IN_TERMINAL_OPTIONS);
  const { ask } = options;
  const person = ask ?? atTheTerminal;
  return named("askInTerminal", async (question, { signal }) => {
    const mine = (QUEUES.get(person) ?? Promise.resolve()).then(async () => {
      signal.throwIfAborted();
      return await (ask === undefined ? atTheTerminal(question, signal) : ask(promptFor(question), signal));
    });
    QUEUES.set(person, mine.catch(() => {}));
    const line = await mine;
    if (line === null) return { decision: "decline", reason: "nobody answered at a terminal" };
    const decision = decisionOf(line, question);
    return { decision, reason: `the person at the terminal said ${decision}` };
  });
}

async function atTheTerminal(question: ApprovalQuestion, signal: AbortSignal): Promise<string | null> {
  const { askLine } = await import("../runtime/ask_line.ts");
  return await askLine((size) => promptFor(question, size), signal);
}

function promptFor(question: ApprovalQuestion, size?: ScreenSize): string {
  const choices = [
    ...(offers(question, "accept") ? ["[y]es"] : []),
    ...(offers(question, "acceptForSession") ? ["[s]ession"] : []),
    "[N]o",
    ...(offers(question, "cancel") ? ["[c]ancel the turn"] : []),
  ];
  return `${describeQuestion(question, size)}\n${choices.join(", ")}: `;
}

function decisionOf(line: string, question: ApprovalQuestion): ApprovalDecision {
  const said = ANSWERS.get(line.trim().toLowerCase()) ?? "decline";
  // A checkpoint for a person means this once; who says more has not read it.
  const once = question.kind === "command" && question.asks === "human";
  return once && said === "acceptForSession" ? "decline" : said;
}

const ANSWERS: ReadonlyMap<string, ApprovalDecision> = new Map([
  ["y", "accept"],
  ["yes", "accept"],
  ["s", "acceptForSession"],
  ["session", "acceptForSession"],
  ["c", "cancel"],
  ["cancel", "cancel"],
]);
