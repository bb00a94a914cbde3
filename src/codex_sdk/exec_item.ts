import type { ThreadItem as NativeItem, WebSearchAction } from "../../gen/mod.ts";
import type { ThreadItem } from "./items.ts";

/** What `codex exec` prints of an item, without its id; `null` for those that it leaves out. */
export function execItem(item: NativeItem): Readonly<Record<string, unknown>> | null {
  switch (item.type) {
    case "agentMessage":
      return { type: "agent_message", text: item.text };
    case "reasoning": {
      const text = (item.summary ?? []).join("\n");
      return text.trim() === "" ? null : { type: "reasoning", text };
    }
    case "commandExecution":
      return {
        type: "command_execution",
        command: item.command,
        aggregated_output: item.aggregatedOutput ?? "",
        exit_code: item.exitCode ?? null,
        status: snakeCase(item.status),
      };
    case "fileChange":
      return {
        type: "file_change",
        changes: item.changes.map(({ path, kind }) => ({ path, kind: kind.type })),
        status: item.status === "declined" ? "failed" : snakeCase(item.status),
      };
    case "mcpToolCall":
      return {
        type: "mcp_tool_call",
        server: item.server,
        tool: item.tool,
        arguments: item.arguments,
        result: item.result == null ? null : {
          content: item.result.content,
          ...(item.result._meta == null ? {} : { _meta: item.result._meta }),
          structured_content: item.result.structuredContent ?? null,
        },
        error: item.error == null ? null : { message: item.error.message },
        status: snakeCase(item.status),
      };
    case "collabAgentToolCall":
      return {
        type: "collab_tool_call",
        tool: COLLAB_TOOLS[item.tool] ?? snakeCase(item.tool),
        sender_thread_id: item.senderThreadId,
        receiver_thread_ids: item.receiverThreadIds,
        prompt: item.prompt ?? null,
        agents_states: Object.fromEntries(
          Object.entries(item.agentsStates).map(([id, { status, message }]) => [
            id,
            { status: snakeCase(status), message: message ?? null },
          ]),
        ),
        status: snakeCase(item.status),
      };
    case "webSearch":
      // The id is the server's own here: of the two ids that `codex exec` prints, the one that a reader of JSON takes.
      return {
        type: "web_search",
        id: item.id,
        query: item.query,
        action: searchAction(item.action ?? { type: "other" }),
        ...(item.results == null ? {} : { results: item.results }),
      };
    default:
      return null;
  }
}

/**
 * Gives an item its id, and the type that the declarations have for it. They say less than what is printed: `null` where
 * something is not known yet, `in_progress` of a patch, `declined` of a command, calls of agents. Programs that compile
 * against them have always been given these.
 */
export function withId(id: string, item: Readonly<Record<string, unknown>>): ThreadItem {
  return { id, ...item } as unknown as ThreadItem;
}

const COLLAB_TOOLS: Readonly<Record<string, string>> = { resumeAgent: "wait" };

function searchAction({ type, ...others }: WebSearchAction): Readonly<Record<string, unknown>> {
  return { type: snakeCase(type), ...Object.fromEntries(Object.entries(others).filter(([, value]) => value !== null)) };
}

function snakeCase(word: string): string {
  return word.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
