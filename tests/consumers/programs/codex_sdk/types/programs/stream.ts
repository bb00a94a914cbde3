// Every event and every item, each handled once, and the compiler watches.
import {
  Codex,
  type CommandExecutionItem,
  type ErrorItem,
  type McpToolCallItem,
  type RunStreamedResult,
  type ThreadEvent,
  type ThreadItem,
  type TodoListItem,
} from "@openai/codex-sdk";

function never(value: never): never {
  throw new Error(JSON.stringify(value));
}

export function show(event: ThreadEvent): string {
  switch (event.type) {
    case "thread.started":
      return event.thread_id;
    case "turn.started":
      return "...";
    case "item.started":
    case "item.updated":
    case "item.completed":
      return `${event.item.id} ${item(event.item)}`;
    case "turn.completed":
      return `${event.usage.input_tokens}/${event.usage.output_tokens}/${event.usage.reasoning_output_tokens}`;
    case "turn.failed":
      return event.error.message;
    case "error":
      return event.message;
    default:
      return never(event);
  }
}

function item(item: ThreadItem): string {
  switch (item.type) {
    case "agent_message":
    case "reasoning":
      return item.text;
    case "command_execution":
      return command(item);
    case "file_change":
      return item.changes.map(({ kind, path }) => (kind === "add" ? "+" : kind === "delete" ? "-" : "~") + path).join();
    case "mcp_tool_call":
      return call(item);
    case "web_search":
      return item.query;
    case "todo_list":
      return todo(item);
    case "error":
      return (item satisfies ErrorItem).message;
    default:
      return never(item);
  }
}

const command = ({ command, exit_code, status, aggregated_output }: CommandExecutionItem): string =>
  status === "in_progress" ? command : `${command}: ${exit_code ?? "?"} ${aggregated_output.trim()}`;

const todo = ({ items }: TodoListItem): string =>
  items.map(({ text, completed }) => `${completed ? "x" : " "} ${text}`).join();

function call({ server, tool, arguments: given, result, error, status }: McpToolCallItem): string {
  const texts = (result?.content ?? []).map((block) => {
    switch (block.type) {
      case "text":
        return block.text;
      case "image":
      case "audio":
        return block.mimeType;
      case "resource_link":
        return block.uri;
      case "resource":
        return "text" in block.resource ? block.resource.text : block.resource.blob;
    }
  });
  return [server, tool, JSON.stringify(given), status, error?.message, result?.structured_content, ...texts].join(" ");
}

export async function main(): Promise<void> {
  const abort = new AbortController();
  const { events }: RunStreamedResult = await new Codex().startThread().runStreamed("go", { signal: abort.signal });
  const first: IteratorResult<ThreadEvent> = await events.next();
  if (!first.done) show(first.value);
  for await (const event of events) {
    show(event);
    if (event.type === "item.completed" && event.item.type === "command_execution") abort.abort();
  }
  await events.return(undefined);
}
