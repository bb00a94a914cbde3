// What programs derive from the types.
import type {
  AgentMessageItem,
  Codex,
  FileChangeItem,
  ItemCompletedEvent,
  ItemStartedEvent,
  ItemUpdatedEvent,
  ReasoningItem,
  RunResult,
  Thread,
  ThreadError,
  ThreadErrorEvent,
  ThreadEvent,
  ThreadItem,
  ThreadStartedEvent,
  TurnCompletedEvent,
  TurnFailedEvent,
  TurnStartedEvent,
  Usage,
  UserInput,
  WebSearchItem,
} from "@openai/codex-sdk";

type ItemEvent = ItemStartedEvent | ItemUpdatedEvent | ItemCompletedEvent;
type OtherEvent = Exclude<ThreadEvent, ItemEvent>;
type Item<K extends ThreadItem["type"]> = Extract<ThreadItem, { type: K }>;
type Handlers = { [K in ThreadEvent["type"]]?: (event: Extract<ThreadEvent, { type: K }>) => void };
type Turn = Awaited<ReturnType<Thread["run"]>>;
type Options = NonNullable<Parameters<Codex["startThread"]>[0]>;

export const handlers: Handlers = {
  "thread.started": (event: ThreadStartedEvent) => void event.thread_id,
  "turn.started": (event: TurnStartedEvent) => void event.type,
  "turn.completed": ({ usage }: TurnCompletedEvent) => void usage,
  "turn.failed": ({ error }: TurnFailedEvent) => void (error satisfies ThreadError),
  error: ({ message }: ThreadErrorEvent) => void message,
  "item.completed": ({ item }) => void item,
};

export const isItem = (event: ThreadEvent): event is ItemEvent => "item" in event;
export const ofKind = <K extends ThreadItem["type"]>(items: ThreadItem[], kind: K): Item<K>[] =>
  items.filter((item): item is Item<K> => item.type === kind);

export function summary(turn: Turn): { messages: AgentMessageItem[]; thoughts: ReasoningItem[]; files: string[] } {
  const changes: FileChangeItem[] = ofKind(turn.items, "file_change");
  const searches: WebSearchItem[] = ofKind(turn.items, "web_search");
  return {
    messages: ofKind(turn.items, "agent_message"),
    thoughts: ofKind(turn.items, "reasoning"),
    files: [
      ...changes.flatMap(({ changes }) => changes.map(({ path }) => path)),
      ...searches.map(({ query }) => query),
    ],
  };
}

export const sum = (a: Usage, b: Usage): Usage => ({
  input_tokens: a.input_tokens + b.input_tokens,
  cached_input_tokens: a.cached_input_tokens + b.cached_input_tokens,
  cache_write_input_tokens: a.cache_write_input_tokens + b.cache_write_input_tokens,
  output_tokens: a.output_tokens + b.output_tokens,
  reasoning_output_tokens: a.reasoning_output_tokens + b.reasoning_output_tokens,
});
export const texts = (input: string | UserInput[]): string[] =>
  typeof input === "string" ? [input] : input.flatMap((part) => part.type === "text" ? [part.text] : []);
export const result = (result: RunResult): Turn => result;
export const other = (event: OtherEvent): string => event.type;
export const required = (options: Options): Required<Pick<Options, "model" | "sandboxMode">> => ({
  model: options.model ?? "gpt-5",
  sandboxMode: options.sandboxMode ?? "read-only",
});
