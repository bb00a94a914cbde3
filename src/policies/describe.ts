import type { ApprovalQuestion } from "./question.ts";

/**
 * A question as a few lines of plain text for a person. What the agent wrote stands there with control and invisible
 * characters spelled out.
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
export function describeQuestion(question: ApprovalQuestion): string {
  const lines = [...linesOf(question)];
  if (question.reason !== null) lines.push(`  reason given: ${visible(question.reason)}`);
  return lines.join("\n");
}

function* linesOf(question: ApprovalQuestion): Iterable<string> {
  switch (question.kind) {
    case "command":
      yield COMMAND_ASKS[question.asks];
      yield `  ${visible(question.command ?? "(the command was not told)")}`;
      if (question.cwd !== null) yield `  in ${visible(question.cwd)}`;
      if (question.asks === "network" || question.asks === "permissions") yield* extrasOf(question.params);
      return;
    case "fileChange":
      yield "Change these files?";
      for (const path of question.paths ?? ["(they were not told)"]) yield `  ${visible(path)}`;
      if (question.grantRoot !== null) yield `  and, from now on, anything in ${visible(question.grantRoot)}`;
      return;
    case "permissions":
      yield "Widen the sandbox?";
      yield `  ${visible(JSON.stringify(question.params.permissions))}`;
      return;
    case "elicitation": {
      const { params } = question;
      yield `The MCP server ${visible(params.serverName)} asks:`;
      yield `  ${visible(params.mode === "openai/userVerification" ? params.title : params.message)}`;
      if (params.mode === "url") yield `  ${visible(params.url)}`;
      return;
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

function* extrasOf(params: object): Iterable<string> {
  const { networkApprovalContext, additionalPermissions } = params as { [key: string]: unknown };
  if (networkApprovalContext != null) yield `  network: ${visible(JSON.stringify(networkApprovalContext))}`;
  if (additionalPermissions != null) yield `  permissions: ${visible(JSON.stringify(additionalPermissions))}`;
}

/**
 * Text of unknown origin, harmless to show: escape sequences, line breaks, and the invisible characters that reorder or
 * hide text are spelled out.
 */
export function visible(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cs}]/gu,
    (char) => char === "\n" ? "\\n" : `\\u{${char.codePointAt(0)!.toString(16)}}`,
  );
}
