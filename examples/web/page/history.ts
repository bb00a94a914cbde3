import type { ItemState, ThreadState, TurnState } from "@codex-app-server/sdk/state";
import type { UIMessage } from "ai";

type Part = UIMessage["parts"][number];

/** Items that are shown as they are. */
const TOOLS: ReadonlySet<string> = new Set(["mcpToolCall", "dynamicToolCall", "collabAgentToolCall", "webSearch"]);

/** The turns that are over as messages of `useChat`: what was said before this page was opened. */
export function messagesOf({ turns }: ThreadState): UIMessage[] {
  return turns.flatMap((turn): UIMessage[] => {
    const over = turn.turn.status !== "inProgress";
    const said = turn.items.filter(({ item }) => item.type === "userMessage").map(userMessage);
    return over ? [...said, { id: turn.turn.id, role: "assistant", parts: partsOf(turn) }] : said;
  });
}

function userMessage({ item }: ItemState): UIMessage {
  const text = item.type === "userMessage"
    ? item.content.map((part) => part.type === "text" ? part.text : `[${part.type}]`).join("\n")
    : "";
  return { id: item.id, role: "user", parts: [{ type: "text", text }] };
}

function partsOf({ items }: TurnState): Part[] {
  return items.flatMap(({ item }): Part[] => {
    if (item.type === "agentMessage") return [{ type: "text", text: item.text, state: "done" }];
    if (item.type === "reasoning") {
      return [{ type: "reasoning", text: (item.summary ?? []).join("\n\n"), state: "done" }];
    }
    if (item.type === "commandExecution") {
      return [
        tool(item.id, "commandExecution", { command: item.command, cwd: item.cwd }, {
          ...item,
          aggregatedOutput: item.aggregatedOutput ?? "",
        }),
      ];
    }
    if (item.type === "fileChange") return [tool(item.id, "fileChange", { changes: item.changes }, item)];
    if (TOOLS.has(item.type)) return [tool(item.id, item.type, item, { status: "completed" })];
    return [];
  });
}

function tool(
  toolCallId: string,
  toolName: string,
  input: unknown,
  output: { readonly status: string; readonly aggregatedOutput?: string | null },
): Part {
  const part = { type: "dynamic-tool", toolCallId, toolName, input } as const;
  if (output.status === "declined") {
    return { ...part, state: "output-denied", approval: { id: toolCallId, approved: false } };
  }
  if (output.status === "failed" && toolName === "fileChange") {
    return { ...part, state: "output-error", errorText: "It could not be applied." };
  }
  return { ...part, state: "output-available", output };
}
