// Options that are put together bit by bit, as programs with settings do.
import {
  type ApprovalMode,
  Codex,
  type CodexOptions,
  type CyberAccessProgram,
  type ModelReasoningEffort,
  type SandboxMode,
  type Thread,
  type ThreadOptions,
  type TurnOptions,
  type WebSearchMode,
} from "@openai/codex-sdk";

interface Settings {
  model?: string;
  effort: ModelReasoningEffort;
  sandbox: SandboxMode;
  approval: ApprovalMode;
  web: WebSearchMode;
  program?: CyberAccessProgram;
}

const defaults = { sandboxMode: "workspace-write", approvalPolicy: "never" } satisfies ThreadOptions;

export function open(settings: Settings, id?: string): Thread {
  const options: CodexOptions = {
    config: { show_raw_agent_reasoning: true, sandbox_workspace_write: { network_access: true } },
  };
  options.env = { PATH: process.env.PATH ?? "", ...{ HOME: "/home/me" } };
  options.configOverrides = ['permissions.audit.filesystem={":root"="read"}'];
  options.configOverrides.push("a=1");
  options.codexPathOverride = "/usr/local/bin/codex";
  const thread: ThreadOptions = { ...defaults, modelReasoningEffort: settings.effort, webSearchMode: settings.web };
  if (settings.model) thread.model = settings.model;
  thread.additionalDirectories = ["/srv"];
  thread.additionalDirectories.push("/opt");
  thread.networkAccessEnabled ??= true;
  delete thread.webSearchEnabled;
  const codex = new Codex(options);
  return id === undefined ? codex.startThread(thread) : codex.resumeThread(id, thread);
}

export const turnOptions = (settings: Settings, signal?: AbortSignal): TurnOptions => ({
  ...(settings.program ? { cyberAccessProgram: settings.program } : {}),
  ...(signal ? { signal } : {}),
  outputSchema: { type: "object" },
});

// A type that is an alias fits a record; an interface would not.
export const logged: Record<string, unknown> = {
  ...turnOptions({ effort: "low", sandbox: "read-only", approval: "never", web: "live" }),
};
const asRecord = (record: Record<string, unknown>): number => Object.keys(record).length;
export const counted: number = asRecord(defaults as ThreadOptions) + asRecord({} as CodexOptions);
