import type { ThreadItem, Turn } from "../../gen/mod.ts";

/** So many finished steps are told one by one; the agent sees all of them in the conversation anyway. */
const TOLD_STEPS = 20;
const TOLD_LENGTH = 200;

/**
 * What the agent is told when it goes on with interrupted work: which work (others may have been done in the thread
 * since), that it was interrupted, what had been finished, and that what ran at that moment may or may not have had its
 * effect.
 *
 * @param interrupted What {@linkcode DurableTurnOptions.continueWith} is given.
 *
 * @example
 * ```ts
 * import { describeInterruption } from "@codex-app-server/sdk/durable";
 * import { turn } from "@codex-app-server/sdk/testing";
 * import { assert } from "@std/assert";
 *
 * assert(describeInterruption(turn({ status: "interrupted" })).includes("interrupted"));
 * ```
 */
export function describeInterruption(interrupted: Turn): string {
  const steps = interrupted.items.map(stepOf).filter((step) => step !== null);
  const told = steps.slice(-TOLD_STEPS).map((step) => `- ${step}`);
  if (steps.length > told.length) told.unshift(`- (${steps.length - told.length} earlier steps)`);
  return [
    `Your work on ${taskOf(interrupted)} was interrupted before it was finished: the program that ran you ended.`,
    told.length === 0
      ? "No step of it is known to be finished."
      : `These steps of it are finished:\n${told.join("\n")}`,
    "A step that was running at that moment may or may not have had its effect, so look at the present state first, " +
    "repeat nothing that is done already, and then finish the task.",
  ].join("\n");
}

/** How the task is named: by how the first message begins. */
function taskOf({ items }: Turn): string {
  const message = items.find((item) => item.type === "userMessage");
  const texts = message?.content.flatMap((input) => input.type === "text" ? [input.text] : []) ?? [];
  const text = texts.join("\n").trim();
  return text === "" ? "the last task" : `the task ${oneLine(text)}`;
}

/** One line for a finished step that may have had an effect; `null` for what was only said or thought. */
function stepOf(item: ThreadItem): string | null {
  switch (item.type) {
    case "commandExecution":
      return item.status === "inProgress"
        ? null
        : `command ${oneLine(item.command)}: ${item.status}${exit(item.exitCode)}`;
    case "fileChange":
      return item.status === "inProgress"
        ? null
        : `change of ${oneLine(item.changes.map(({ path }) => path).join(", "))}: ${item.status}`;
    case "mcpToolCall":
      return item.status === "inProgress" ? null : `tool ${oneLine(`${item.server}.${item.tool}`)}: ${item.status}`;
    case "dynamicToolCall":
      return item.status === "inProgress" ? null : `tool ${oneLine(item.tool)}: ${item.status}`;
    default:
      return null;
  }
}

function exit(code: number | null | undefined): string {
  return code == null ? "" : ` (exit code ${code})`;
}

function oneLine(text: string): string {
  const line = JSON.stringify(text);
  return line.length <= TOLD_LENGTH ? line : `${line.slice(0, TOLD_LENGTH)}... (${text.length} characters)`;
}
