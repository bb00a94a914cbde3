// Compiled, never run: what the declarations of both packages say of each other.
import type * as Theirs from "@openai/codex-sdk";
import type * as Ours from "@codex-app-server/sdk/codex-sdk";

type Both<A, B> = [A] extends [B] ? [B] extends [A] ? true : false : false;
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
type IsAny<T> = 0 extends 1 & T ? true : false;
const holds = <T extends readonly true[]>(): T | undefined => undefined;

holds<[
  Both<Theirs.AgentMessageItem, Ours.AgentMessageItem>,
  Both<Theirs.ApprovalMode, Ours.ApprovalMode>,
  Both<Theirs.CodexOptions, Ours.CodexOptions>,
  Both<Theirs.CommandExecutionItem, Ours.CommandExecutionItem>,
  Both<Theirs.CyberAccessProgram, Ours.CyberAccessProgram>,
  Both<Theirs.ErrorItem, Ours.ErrorItem>,
  Both<Theirs.FileChangeItem, Ours.FileChangeItem>,
  Both<Theirs.Input, Ours.Input>,
  Both<Theirs.ItemCompletedEvent, Ours.ItemCompletedEvent>,
  Both<Theirs.ItemStartedEvent, Ours.ItemStartedEvent>,
  Both<Theirs.ItemUpdatedEvent, Ours.ItemUpdatedEvent>,
  Both<Theirs.McpToolCallItem, Ours.McpToolCallItem>,
  Both<Theirs.ModelReasoningEffort, Ours.ModelReasoningEffort>,
  Both<Theirs.ReasoningItem, Ours.ReasoningItem>,
  Both<Theirs.RunResult, Ours.RunResult>,
  Both<Theirs.RunStreamedResult, Ours.RunStreamedResult>,
  Both<Theirs.SandboxMode, Ours.SandboxMode>,
  Both<Theirs.ThreadError, Ours.ThreadError>,
  Both<Theirs.ThreadErrorEvent, Ours.ThreadErrorEvent>,
  Both<Theirs.ThreadEvent, Ours.ThreadEvent>,
  Both<Theirs.ThreadItem, Ours.ThreadItem>,
  Both<Theirs.ThreadOptions, Ours.ThreadOptions>,
  Both<Theirs.ThreadStartedEvent, Ours.ThreadStartedEvent>,
  Both<Theirs.TodoListItem, Ours.TodoListItem>,
  Both<Theirs.TurnCompletedEvent, Ours.TurnCompletedEvent>,
  Both<Theirs.TurnFailedEvent, Ours.TurnFailedEvent>,
  Both<Theirs.TurnOptions, Ours.TurnOptions>,
  Both<Theirs.TurnStartedEvent, Ours.TurnStartedEvent>,
  Both<Theirs.Usage, Ours.Usage>,
  Both<Theirs.UserInput, Ours.UserInput>,
  Both<Theirs.WebSearchItem, Ours.WebSearchItem>,
  Both<Theirs.WebSearchMode, Ours.WebSearchMode>,
]>();

// Not because one of them is `any`, which is assignable to everything.
type Content = NonNullable<Theirs.McpToolCallItem["result"]>["content"][number];
holds<[Same<IsAny<Content>, false>, Same<IsAny<Theirs.ThreadEvent>, false>, Same<IsAny<Ours.ThreadEvent>, false>]>();

// The same members, optional where they are there, and none more but those that lead to this SDK's own.
type Optional<T> = { [K in keyof T]-?: object extends Pick<T, K> ? K : never }[keyof T];
holds<[
  Same<Exclude<keyof Ours.CodexOptions, "native">, keyof Theirs.CodexOptions>,
  Same<Exclude<keyof Ours.ThreadOptions, "native">, keyof Theirs.ThreadOptions>,
  Same<keyof Ours.TurnOptions, keyof Theirs.TurnOptions>,
  Same<Exclude<Optional<Ours.CodexOptions>, "native">, Optional<Theirs.CodexOptions>>,
  Same<Exclude<Optional<Ours.ThreadOptions>, "native">, Optional<Theirs.ThreadOptions>>,
  Same<Optional<Ours.TurnOptions>, Optional<Theirs.TurnOptions>>,
  Same<Exclude<keyof Ours.Codex, "native">, keyof Theirs.Codex>,
  Same<Exclude<keyof Ours.Thread, "native">, keyof Theirs.Thread>,
]>();

// Classes with private members are assignable to nothing but themselves; what they can be asked is.
type Asked<T> = { [K in keyof T]: T[K] };
type CodexOf<T> = new (options?: T) => unknown;
holds<[
  Both<Asked<Theirs.Thread>, Omit<Asked<Ours.Thread>, "native">>,
  Both<Parameters<Theirs.Codex["startThread"]>, Parameters<Ours.Codex["startThread"]>>,
  Both<Parameters<Theirs.Codex["resumeThread"]>, Parameters<Ours.Codex["resumeThread"]>>,
  Both<ConstructorParameters<typeof Theirs.Codex>, ConstructorParameters<typeof Ours.Codex>>,
  Same<typeof Ours.Codex extends CodexOf<Theirs.CodexOptions> ? true : false, true>,
]>();
