import type { Attributes } from "@opentelemetry/api";
import type { ThreadItem } from "../../gen/mod.ts";
import { safeJson } from "./content.ts";
import { EXIT_CODE, ITEM_STATUS, TOOL_ARGUMENTS, TOOL_NAMESPACE, TOOL_RESULT } from "./conventions.ts";

/** What an item says of the tool that it is a call of. */
export interface ToolItem {
  /** The tool's name, as the model has it. */
  readonly name: string;
  /** Who works: the agent's own machine (`extension`), or this client (`function`). */
  readonly type: "extension" | "function";
  /** The MCP server, or the namespace of a dynamic tool. */
  readonly namespace?: string | null | undefined;
  /** How it stands; of what has no status, `undefined`. */
  readonly status?: string | undefined;
  readonly exitCode?: number | null | undefined;
  /** What it was called with, and what it gave; looked at only if contents are wanted. */
  readonly args: unknown;
  readonly result: () => unknown;
}

/** Reads the items that are calls of tools; `undefined` for all others. */
export function toolOf(item: ThreadItem): ToolItem | undefined {
  switch (item.type) {
    case "commandExecution":
      return {
        name: "exec_command",
        type: "extension",
        status: item.status,
        exitCode: item.exitCode,
        args: item.command,
        result: () => item.aggregatedOutput,
      };
    case "fileChange":
      return {
        name: "apply_patch",
        type: "extension",
        status: item.status,
        args: item.changes,
        result: () => undefined,
      };
    case "mcpToolCall":
      return {
        name: item.tool,
        type: "extension",
        namespace: item.server,
        status: item.status,
        args: item.arguments,
        result: () => item.error?.message ?? item.result?.content,
      };
    case "dynamicToolCall":
      return {
        name: item.tool,
        type: "function",
        namespace: item.namespace,
        status: item.status,
        args: item.arguments,
        result: () => item.contentItems,
      };
    case "webSearch":
      return { name: "web_search", type: "extension", args: item.query, result: () => item.results };
    default:
      return undefined;
  }
}

/** What a call's span is given when the call is over. */
export function endAttributes(tool: ToolItem, captureContent: boolean): Attributes {
  const { namespace, status, exitCode, args, result } = tool;
  return {
    ...(namespace ? { [TOOL_NAMESPACE]: namespace } : {}),
    ...(typeof status === "string" ? { [ITEM_STATUS]: status } : {}),
    ...(typeof exitCode === "number" ? { [EXIT_CODE]: exitCode } : {}),
    ...(captureContent ? contents(args, result()) : {}),
  };
}

function contents(args: unknown, result: unknown): Attributes {
  return {
    ...(args == null ? {} : { [TOOL_ARGUMENTS]: safeJson(args) }),
    ...(result == null ? {} : { [TOOL_RESULT]: safeJson(result) }),
  };
}

/** How a call failed: its status, if that is neither success nor work. */
export function errorOf({ status }: ToolItem): string | undefined {
  return status === undefined || status === "completed" || status === "inProgress" ? undefined : String(status);
}
