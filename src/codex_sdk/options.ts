import type { CodexOptions as NativeCodexOptions, ThreadOptions as NativeThreadOptions } from "../client/options.ts";
import type { ThreadEvent, Usage } from "./events.ts";
import type { ThreadItem } from "./items.ts";

// Types, not interfaces, without `readonly` and without `| undefined`: what a program may do with the values of the
// package that this one stands in for, it may do with these.

/** A value of the configuration. */
export type CodexConfigValue = string | number | boolean | CodexConfigValue[] | CodexConfigObject;

/** A part of the configuration. */
export type CodexConfigObject = { [key: string]: CodexConfigValue };

/** Options of {@linkcode Codex}. */
export type CodexOptions = {
  /** Path of the `codex` binary. Default: as `codexBin` of `@codex-app-server/sdk`. */
  codexPathOverride?: string;
  /** Another address for OpenAI's API. */
  baseUrl?: string;
  /** The API key to work with. Default: `CODEX_API_KEY` of the environment, else the stored login. */
  apiKey?: string;
  /** Configuration: an object as in `config.toml`. */
  config?: CodexConfigObject;
  /** Configuration, each `key=value` with a TOML value. Comes after `config`. */
  configOverrides?: string[];
  /** The whole environment of the server. Default: the program's own. */
  env?: Record<string, string>;
  /**
   * What this SDK's own client takes beside the above, such as `handlers` that answer approvals. Not in
   * `@openai/codex-sdk`.
   */
  native?: NativeCodexOptions;
};

/** When the agent asks. Only whoever gives `native.handlers` can answer; else what is asked for is refused. */
export type ApprovalMode = "never" | "on-request" | "on-failure" | "untrusted";

/** What commands may touch. */
export type SandboxMode = "read-only" | "workspace-write" | "danger-full-access";

/** How much the model thinks. Which of these there are depends on the model. */
export type ModelReasoningEffort = "minimal" | "low" | "medium" | "high" | "xhigh" | "max" | "ultra" | "persistent";

/** Whether the web may be searched: not, in a copy of it, or as it is now. */
export type WebSearchMode = "disabled" | "cached" | "live";

/** Options of a thread. What is left out is as the configuration has it, also for a thread that is resumed. */
export type ThreadOptions = {
  /** The model. */
  model?: string;
  /** What the thread is counted as. For a new thread alone. Default `"user"`. */
  threadSource?: string;
  /** What commands may touch. */
  sandboxMode?: SandboxMode;
  /** Where the agent works. Default: the program's working directory. */
  workingDirectory?: string;
  /** Works also where there is no Git repository. Default: `false`, and `run` rejects there. */
  skipGitRepoCheck?: boolean;
  /** How much the model thinks. */
  modelReasoningEffort?: ModelReasoningEffort;
  /** Whether commands in the sandbox `workspace-write` may use the network. */
  networkAccessEnabled?: boolean;
  /** Whether the web may be searched. Goes before `webSearchEnabled`. */
  webSearchMode?: WebSearchMode;
  /** `true` for `"live"`, `false` for `"disabled"`. */
  webSearchEnabled?: boolean;
  /** When the agent asks. Default `"never"`. */
  approvalPolicy?: ApprovalMode;
  /** Further folders that may be written in the sandbox `workspace-write`. */
  additionalDirectories?: string[];
  /**
   * What this SDK's own threads take beside the above: `tools`, and `handlers` of this thread alone. Not in
   * `@openai/codex-sdk`.
   */
  native?: Pick<NativeThreadOptions, "handlers" | "tools">;
};

/** A program of cyber security that the account belongs to. */
export type CyberAccessProgram = "standard" | "daybreak_blue" | "daybreak_red";

/** Options of a run. */
export type TurnOptions = {
  /** Under which program the turn runs. Experimental. */
  cyberAccessProgram?: CyberAccessProgram;
  /** What the final message must look like: a JSON Schema, a plain object. */
  outputSchema?: unknown;
  /** Ends the run: whatever waits for it rejects with an `AbortError` whose `cause` is the signal's reason. */
  signal?: AbortSignal;
};

/** One part of an input. */
export type UserInput = { type: "text"; text: string } | { type: "local_image"; path: string };

/** What the agent is told: a text, or parts, whose texts are joined by an empty line. */
export type Input = string | UserInput[];

/** What `run` gives. */
export type RunResult = {
  /** All items, each when it was done. */
  items: ThreadItem[];
  /** The text of the last message; empty if there was none. */
  finalResponse: string;
  /** What the thread has cost. */
  usage: Usage | null;
};

/** What `runStreamed` gives. */
export type RunStreamedResult = {
  /** The events, as they come. Nothing is started before the first is asked for. */
  events: AsyncGenerator<ThreadEvent>;
};
