/**
 * The names that spans and metrics are given.
 *
 * Those of `gen_ai.*` are the Semantic Conventions for Generative AI, as they stood on 2026-11-26:
 * https://github.com/open-telemetry/semantic-conventions-genai, `docs/gen-ai/gen-ai-agent-spans.md` and
 * `docs/gen-ai/gen-ai-metrics.md`. All of them are in development and may change, so they are copied here, and nowhere
 * else: the package that carries them drops names in minor versions. What the conventions have no word for begins with
 * `codex.`.
 *
 * @module
 */

/** What a span or a measurement is of: the values of {@linkcode OPERATION}. */
export const INVOKE_AGENT = "invoke_agent";
export const EXECUTE_TOOL = "execute_tool";

export const OPERATION = "gen_ai.operation.name";
export const PROVIDER = "gen_ai.provider.name";
export const AGENT_NAME = "gen_ai.agent.name";
export const CONVERSATION = "gen_ai.conversation.id";
export const REQUEST_MODEL = "gen_ai.request.model";
export const RESPONSE_MODEL = "gen_ai.response.model";
export const ERROR_TYPE = "error.type";

export const INPUT_TOKENS = "gen_ai.usage.input_tokens";
export const OUTPUT_TOKENS = "gen_ai.usage.output_tokens";
export const CACHE_READ_TOKENS = "gen_ai.usage.cache_read.input_tokens";
export const CACHE_CREATION_TOKENS = "gen_ai.usage.cache_creation.input_tokens";
export const REASONING_TOKENS = "gen_ai.usage.reasoning.output_tokens";
export const TOKEN_TYPE = "gen_ai.token.type";

export const TOOL_NAME = "gen_ai.tool.name";
export const TOOL_TYPE = "gen_ai.tool.type";
export const TOOL_CALL = "gen_ai.tool.call.id";

/** Opt-in: what was said and done. */
export const INPUT_MESSAGES = "gen_ai.input.messages";
export const OUTPUT_MESSAGES = "gen_ai.output.messages";
export const TOOL_ARGUMENTS = "gen_ai.tool.call.arguments";
export const TOOL_RESULT = "gen_ai.tool.call.result";

/** Of the process conventions (stable list of attributes, 1.41). */
export const EXIT_CODE = "process.exit.code";

/** What the conventions have no word for. */
export const TURN_ID = "codex.turn.id";
export const TURN_KIND = "codex.turn.kind";
export const TURN_STATUS = "codex.turn.status";
export const PARENT_THREAD = "codex.thread.parent_id";
export const ITEM_TYPE = "codex.item.type";
export const ITEM_STATUS = "codex.item.status";
export const TOOL_NAMESPACE = "codex.tool.namespace";

/** The events on spans, and what they carry. */
export const APPROVAL_REQUESTED = "codex.approval.requested";
export const APPROVAL_DECIDED = "codex.approval.decided";
export const APPROVAL_METHOD = "codex.approval.method";
export const APPROVAL_DECISION = "codex.approval.decision";
export const APPROVAL_BY = "codex.approval.by";
export const APPROVAL_REASON = "codex.approval.reason";
export const SERVER_RETRIES = "codex.server.retries";
export const CONNECTION_GAP = "codex.connection.gap";

/** One of the metrics: all are histograms. */
export interface Metric {
  readonly name: string;
  readonly unit: string;
  readonly description: string;
  /** Where its buckets end, as the conventions advise. */
  readonly boundaries: readonly number[];
}

const SECONDS = [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92];

export const OPERATION_DURATION: Metric = {
  name: "gen_ai.client.operation.duration",
  unit: "s",
  description: "How long turns take.",
  // A turn works for minutes: the last of the buckets that are advised would hold most of them.
  boundaries: [...SECONDS, 163.84, 327.68, 655.36, 1310.72, 2621.44],
};

export const TOKEN_USAGE: Metric = {
  name: "gen_ai.client.token.usage",
  unit: "{token}",
  description: "The input and output tokens of turns.",
  boundaries: [1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864],
};

export const TIME_TO_FIRST_TEXT: Metric = {
  name: "gen_ai.client.operation.time_to_first_chunk",
  unit: "s",
  description: "How long it takes from the start of a turn to its first text.",
  boundaries: SECONDS,
};

export const TOOL_DURATION: Metric = {
  name: "gen_ai.execute_tool.duration",
  unit: "s",
  description: "How long commands, patches and tools take.",
  boundaries: SECONDS,
};

/** What the agent is called, where the application calls it nothing else. */
export const AGENT = "codex";

/** The server's names of providers, where the conventions have others. */
const PROVIDERS: ReadonlyMap<string, string> = new Map([
  ["amazon-bedrock", "aws.bedrock"],
  ["azure", "azure.ai.openai"],
]);

/** The provider of a model, by the name that the server has for it. */
export function providerOf(name: string | undefined): string {
  return name === undefined ? "openai" : PROVIDERS.get(name) ?? name;
}
