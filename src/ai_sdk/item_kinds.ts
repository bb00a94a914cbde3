import type {
  CommandExecutionStatus,
  DynamicToolCallOutputContentItem,
  FileUpdateChange,
  ThreadItem,
} from "../../gen/mod.ts";
import { type Clipped, head, tail } from "./clip.ts";

/** The kinds of items. */
export type ItemType = ThreadItem["type"];

/** The item of one kind. */
export type ItemOf<K extends ItemType> = Extract<
  ThreadItem,
  { readonly type: K }
>;

/** How a tool's call ended. */
export type Outcome =
  | {
    readonly output: unknown;
    readonly file?:
      | { readonly url: string; readonly mediaType: string }
      | undefined;
  }
  | { readonly error: string }
  | "denied";

/** What the agent says: a text. */
interface TextKind<I> {
  readonly as: "text";
  readonly text: (item: I) => string;
  /** Tells the answer from commentary, plans and reviews. */
  readonly phase: (item: I) => string | null;
}

/** What the agent does: the call of a tool. */
interface ToolKind<I> {
  readonly as: "tool";
  readonly title?: (item: I) => string | undefined;
  /** @param max Of each text, no more than so many characters are shown. */
  readonly input: (item: I, max: number) => unknown;
  readonly outcome: (item: I, max: number) => Outcome;
}

/** What a page may want to show by itself (`data`), or what is shown elsewhere (`nothing`). */
interface OtherKind {
  readonly as: "reasoning" | "data" | "nothing";
}

/** What becomes of a kind of items. */
export type Kind<I> = TextKind<I> | ToolKind<I> | OtherKind;

/** Every kind of items: one that the protocol adds does not compile until somebody decides what a page sees of it. */
export const KINDS: { readonly [K in ItemType]: Kind<ItemOf<K>> } = {
  agentMessage: {
    as: "text",
    text: ({ text }) => text,
    phase: ({ phase }) => phase ?? null,
  },
  plan: { as: "text", text: ({ text }) => text, phase: () => "plan" },
  exitedReviewMode: {
    as: "text",
    text: ({ review }) => review,
    phase: () => "review",
  },
  reasoning: { as: "reasoning" },

  commandExecution: {
    as: "tool",
    input: ({ command, cwd }) => ({ command, cwd }),
    outcome: (item, max) =>
      item.status === "declined" ? "denied" : { output: commandOutput(item, tail(item.aggregatedOutput ?? "", max)) },
  },
  fileChange: {
    as: "tool",
    input: ({ changes }, max) => ({
      changes: changes.map((change) => clippedChange(change, max)),
    }),
    outcome: ({ status }) => {
      if (status === "declined") return "denied";
      return status === "failed" ? { error: "The changes could not be made" } : { output: { status } };
    },
  },
  mcpToolCall: {
    as: "tool",
    title: ({ server, tool }) => `${server}: ${tool}`,
    input: ({ server, tool, arguments: given }) => ({
      server,
      tool,
      arguments: given ?? null,
    }),
    outcome: ({ status, result, error }) =>
      status === "failed" && result == null ? { error: error?.message ?? "The tool failed" } : {
        output: {
          status,
          content: result?.content ?? [],
          structuredContent: result?.structuredContent ?? null,
        },
      },
  },
  dynamicToolCall: {
    as: "tool",
    title: ({ tool }) => tool,
    input: ({ namespace = null, tool, arguments: given }) => ({
      namespace,
      tool,
      arguments: given ?? null,
    }),
    outcome: ({ status, success, contentItems }) =>
      status === "failed" || success === false
        ? { error: textOf(contentItems ?? []) || "The tool failed" }
        : { output: { status, contentItems: contentItems ?? [] } },
  },
  collabAgentToolCall: {
    as: "tool",
    title: ({ tool }) => tool,
    input: ({ tool, prompt = null, receiverThreadIds, model = null }) => ({
      tool,
      prompt,
      receiverThreadIds,
      model,
    }),
    outcome: ({ status, agentsStates }) =>
      status === "failed" ? { error: "The sub-agent could not be reached" } : { output: { status, agentsStates } },
  },
  webSearch: {
    as: "tool",
    input: ({ query, action = null }) => ({ query, action }),
    outcome: ({ query, action = null, results }) => ({
      output: { query, action, results: results ?? [] },
    }),
  },
  imageView: {
    as: "tool",
    input: ({ path }) => ({ path }),
    outcome: ({ path }) => ({ output: { path } }),
  },
  imageGeneration: {
    as: "tool",
    input: ({ revisedPrompt = null }) => ({ revisedPrompt }),
    outcome: ({ status, revisedPrompt = null, failure, result }) => {
      if (failure != null) return { error: "The image could not be made" };
      return { output: { status, revisedPrompt }, file: imageFile(result) };
    },
  },
  sleep: {
    as: "tool",
    input: ({ durationMs }) => ({ durationMs }),
    outcome: ({ durationMs }) => ({ output: { durationMs } }),
  },

  functionCallOutput: { as: "data" },
  enteredReviewMode: { as: "data" },
  contextCompaction: { as: "data" },
  // The user's own words are in the user's message, what hooks tell the model is for the model, and what sub-agents do
  // shows as `data-agent`.
  userMessage: { as: "nothing" },
  hookPrompt: { as: "nothing" },
  subAgentActivity: { as: "nothing" },
};

/** What becomes of an item. A newer server may have kinds that nobody here knows: they are passed on as they come. */
export function kindOf(item: ThreadItem): Kind<ThreadItem> {
  return Object.hasOwn(KINDS, item.type) ? KINDS[item.type] as Kind<ThreadItem> : { as: "data" };
}

/** What a command has printed so far, and how it ended: the protocol's own names. */
export interface CommandOutput {
  /** How it stands. `inProgress` when the turn is over: it was left running. */
  readonly status: CommandExecutionStatus;
  /** All that it has printed, stdout and stderr in one; of very much, the end. */
  readonly aggregatedOutput: string;
  /** How many characters are left out before that. */
  readonly omitted: number;
  /** Its exit code, once it is over. */
  readonly exitCode: number | null;
  /** How long it took, in milliseconds. */
  readonly durationMs: number | null;
}

/** A command's output, of which so much is shown. */
export function commandOutput(item: ItemOf<"commandExecution">, { text, omitted }: Clipped): CommandOutput {
  const { status, exitCode = null, durationMs = null } = item;
  return { status, aggregatedOutput: text, omitted, exitCode, durationMs };
}

/** A change, of whose diff no more than the beginning is shown; `omitted` says how much is not. */
function clippedChange(
  change: FileUpdateChange,
  max: number,
): FileUpdateChange & { readonly omitted: number } {
  const { text, omitted } = head(change.diff, max);
  return { ...change, diff: text, omitted };
}

function textOf(items: readonly DynamicToolCallOutputContentItem[]): string {
  return items.flatMap((item) => item.type === "inputText" ? [item.text] : [])
    .join("\n");
}

/** The image as a data URL, if it came along: what its first characters are in base64 says of which format it is. */
function imageFile(
  result: string | undefined,
): { url: string; mediaType: string } | undefined {
  const format = FORMATS.find(([start]) => result?.startsWith(start));
  return format &&
    { url: `data:${format[1]};base64,${result}`, mediaType: format[1] };
}

const FORMATS = [
  ["iVBORw0KGgo", "image/png"],
  ["/9j/", "image/jpeg"],
  ["UklGR", "image/webp"],
  ["R0lGOD", "image/gif"],
] as const;
