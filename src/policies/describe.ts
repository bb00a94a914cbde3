import type { ApprovalQuestion } from "./question.ts";
import { visibleWithin, widthOf } from "./visible.ts";

/** What a question has to fit into. */
export interface ScreenSize {
  /** How many characters fit into a line. */
  readonly columns: number;
  /** How many lines there are. */
  readonly rows: number;
}

/** As small as terminals usually come. */
const SCREEN: ScreenSize = { columns: 80, rows: 24 };

/** More files than that are counted only. */
const PATHS_MAX = 12;

/** A line: what this program says, and what somebody else wrote. */
type Part = readonly [label: string, text: string];

/**
 * A question as a few lines of plain text for a person, that fit a screen whatever the question holds: of what is too
 * long the head and the tail are shown, and how much is not.
 *
 * What the agent or an MCP server wrote stands there with everything that cannot be seen spelled out: line breaks (`\n`),
 * control and invisible characters (`\u{1b}`), blanks in a row (`\s{80}`), backslashes (`\\`). So no two texts look the
 * same, and none looks like more than it is. Letters that look like other letters are not told apart.
 *
 * @param screen Default: 80 columns and 24 rows. Three of the rows are left for an answer.
 *
 * @example
 * ```ts
 * import { type ApprovalPolicy, describeQuestion } from "@codex-app-server/sdk/policies";
 *
 * const askInChat: ApprovalPolicy = async (question, { signal }) => {
 *   const body = describeQuestion(question);
 *   const response = await fetch("https://chat.example.org/ask", { method: "POST", body, signal });
 *   const yes = (await response.text()) === "yes";
 *   return { decision: yes ? "accept" : "decline", reason: "asked in the chat" };
 * };
 * ```
 */
export function describeQuestion(question: ApprovalQuestion, screen: ScreenSize = SCREEN): string {
  const [title, ...parts] = linesOf(question);
  if (question.reason !== null) parts.push(["  reason given: ", question.reason]);
  // A character of two columns that does not fit into a line any more leaves one of its columns empty.
  const columns = Math.max(20, Math.floor(screen.columns)) - 1;
  const heading = title![0] + visibleWithin(title![1], columns);
  const rows = Math.floor(screen.rows) - 3 - Math.ceil((title![0].length + widthOf(title![1], columns)) / columns);
  const needs = parts.map(([label, text]) => Math.ceil((label.length + widthOf(text, rows * columns)) / columns));
  const least = parts.map(([label]) => Math.ceil((label.length + 32) / columns));
  const shares = shared(needs, least, rows);
  const lines = parts.map(([label, text], i) => label + visibleWithin(text, shares[i]! * columns - label.length));
  return [heading, ...lines].join("\n");
}

/** Shares rows out: who needs few gets them, who needs many an equal part of the rest, and everybody the least. */
function shared(needs: readonly number[], least: readonly number[], rows: number): number[] {
  const shares = [...least];
  const modestFirst = needs.map((_, index) => index).sort((a, b) => needs[a]! - needs[b]!);
  let left = rows;
  modestFirst.forEach((index, served) => {
    const part = Math.floor(left / (needs.length - served));
    shares[index] = Math.max(Math.min(needs[index]!, part), Math.min(needs[index]!, least[index]!));
    left -= shares[index]!;
  });
  return shares;
}

function* linesOf(question: ApprovalQuestion): Iterable<Part> {
  switch (question.kind) {
    case "command":
      yield [COMMAND_ASKS[question.asks], ""];
      yield ["  ", question.command ?? "(the command was not told)"];
      if (question.cwd !== null) yield ["  in ", question.cwd];
      yield* extrasOf(question.params);
      return;
    case "fileChange": {
      const paths = question.paths ?? ["(they were not told)"];
      yield [paths.length > 1 ? `Change these ${paths.length} files?` : "Change this file?", ""];
      // The last one, too: nothing hides behind a long list.
      const shown = paths.length <= PATHS_MAX ? paths : [...paths.slice(0, PATHS_MAX - 2), null, paths.at(-1)!];
      for (const path of shown) {
        yield path === null ? [`  (${paths.length - PATHS_MAX + 1} more, not shown)`, ""] : ["  ", path];
      }
      if (question.grantRoot !== null) yield ["  and, from now on, anything in ", question.grantRoot];
      return;
    }
    case "permissions":
      yield ["Widen the sandbox?", ""];
      yield ["  ", JSON.stringify(question.params.permissions)];
      // What is granted may be named from there; servers before it was told leave it out.
      if (typeof question.params.cwd === "string") yield ["  in ", question.params.cwd];
      yield* extrasOf(question.params);
      return;
    case "elicitation": {
      const { params } = question;
      yield ["An MCP server asks. It is called ", params.serverName];
      if (params.mode === "openai/userVerification") {
        yield ["  ", params.title];
        yield ["  ", params.description];
      } else {
        yield ["  ", params.message];
      }
      if (params.mode === "url") yield ["  ", params.url];
      yield* callOf(params._meta);
    }
  }
}

const COMMAND_ASKS = {
  run: "Run this command outside the sandbox?",
  stdin: "Send this to the running program?",
  human: "Run this command? It wants a person to decide.",
  network: "Let this command use the network?",
  permissions: "Run this command with more permissions?",
} as const;

function* extrasOf(params: object): Iterable<Part> {
  const { environmentId, networkApprovalContext, additionalPermissions } = params as { [key: string]: unknown };
  if (environmentId != null && environmentId !== "local") yield ["  on another machine: ", String(environmentId)];
  if (networkApprovalContext != null) yield ["  network: ", JSON.stringify(networkApprovalContext)];
  if (additionalPermissions != null) yield ["  permissions: ", JSON.stringify(additionalPermissions)];
}

/** What a tool is to be called with, if that is what it is about; an MCP server can claim so, too. */
function* callOf(meta: unknown): Iterable<Part> {
  const { tool_name: name, tool_params: params, tool_params_display: display } = Object(meta) as {
    [key: string]: unknown;
  };
  if (typeof name === "string") yield ["  tool: ", name];
  const given = params ?? display;
  if (given != null) yield ["  called with ", JSON.stringify(given)];
}
