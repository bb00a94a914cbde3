import type { DynamicToolSpec, ThreadStartParams } from "../../gen/mod.ts";
import type { Codex, ServerRequestHandlers, Thread, TurnOptions } from "../../mod.ts";
import { anything, atLeast, checkOptions, objectWith, type OptionChecks, text, wrong } from "../util/options.ts";
import type {
  LanguageModel,
  LanguageModelCall,
  ModelContent,
  ModelStreamPart,
  ModelWarning,
} from "./language_model_v3.ts";
import { inputsOf, type ReadPrompt, readPrompt, toolResponse } from "./model_prompt.ts";
import { ModelRun } from "./model_run.ts";

/** Settings of {@linkcode codexModel}. */
export interface CodexModelSettings {
  /** Which model the threads use. Default: the server's. */
  readonly model?: string | undefined;
  /** What new threads are started with. */
  readonly threadParams?: ThreadStartParams | undefined;
  /** What every turn is given. */
  readonly turnOptions?: Omit<TurnOptions, "signal" | "outputSchema"> | undefined;
  /**
   * Answers to what the agent asks, such as `policyHandlers(...)` of `@codex-app-server/sdk/policies`. What has no handler
   * is refused.
   */
  readonly handlers?: Omit<ServerRequestHandlers, "item/tool/call"> | undefined;
  /** The thread to go on with. A call can name another: `providerOptions: { codex: { threadId } }`. */
  readonly threadId?: string | undefined;
  /**
   * How long a turn waits for the next call of the model, which brings the results of tools, in milliseconds; then it is
   * interrupted. Default 300,000.
   */
  readonly toolTimeoutMs?: number | undefined;
}

const MODEL_SETTINGS: OptionChecks<CodexModelSettings> = {
  model: text,
  threadParams: anything, // `codex` checks them
  turnOptions: anything,
  handlers: anything,
  threadId: text,
  toolTimeoutMs: atLeast(0),
};

/** So many conversations are remembered. Of an older one the next call begins a new thread, and tells it what was said. */
const CONVERSATIONS_MAX = 1_000;

/** A thread, and where it stands. */
interface Conversation {
  readonly thread: Thread;
  /** The tools that it was started with here; none, if it was started elsewhere. */
  readonly tools: string;
  /** The turn that answers, or answered last. */
  run: ModelRun | undefined;
  /** The turn that begins: what it asks can come before it has begun. */
  starting: Promise<ModelRun> | undefined;
  /** Whether a turn is about to begin. */
  begins: boolean;
}

/**
 * Codex as a language model for `generateText`, `streamText`, `generateObject` and the rest, of `ai` 6 and 7.
 *
 * A conversation is one thread: the answers carry the thread's id as their provider metadata, the AI SDK sends it back
 * with the history, and the next call gives the thread what is new. A history that no thread of this model knows is told
 * to a new one.
 *
 * `tools` of the AI SDK become dynamic tools of the thread. When the agent calls one, the call of the model ends with
 * `tool-calls`, the AI SDK runs the tool, and its next call brings the result; the turn waits in between. So allow more
 * than one step: `stopWhen: stepCountIs(20)`. What the agent does by itself (commands, patches, searches) comes as calls
 * and results that are executed by the provider.
 *
 * @throws {TypeError} If there is no such setting, or it is of another type.
 * @example
 * ```ts
 * import type { Codex } from "@codex-app-server/sdk";
 * import { codexModel } from "@codex-app-server/sdk/ai-sdk";
 *
 * export const model = (codex: Codex) => codexModel(codex, { threadParams: { sandbox: "read-only", cwd: "/srv/work" } });
 * // const { text } = await generateText({ model: model(codex), prompt: "What does this project do?" });
 * ```
 */
export function codexModel(codex: Codex, settings: CodexModelSettings = {}): LanguageModel {
  if (codex === undefined || codex === null) throw wrong("codexModel: the codex", "a Codex", codex);
  objectWith("a Codex", "threadStart", "threadResume")(codex, "codexModel: the codex");
  checkOptions("codexModel", settings, MODEL_SETTINGS);
  const calls = new ModelCalls(codex, settings);
  // No methods of a class: `ai` 7 calls them on a proxy.
  return {
    specificationVersion: "v3",
    provider: "codex",
    modelId: settings.model ?? "codex",
    supportedUrls: {},
    doStream: async (call) => ({ stream: await calls.stream(call) }),
    doGenerate: async (call) => await collect(await calls.stream(call)),
  };
}

class ModelCalls {
  readonly #codex: Codex;
  readonly #settings: CodexModelSettings;
  readonly #conversations = new Map<string, Conversation>();

  constructor(codex: Codex, settings: CodexModelSettings) {
    this.#codex = codex;
    this.#settings = settings;
  }

  async stream(call: LanguageModelCall): Promise<ReadableStream<ModelStreamPart>> {
    const { abortSignal } = call;
    abortSignal?.throwIfAborted();
    const warnings = warningsOf(call);
    const run = await this.#run(call, warnings);
    run.heldBy(abortSignal);
    const left = new AbortController();
    const parts = run.parts(left.signal);
    const leave = () => left.abort(abortSignal?.reason ?? new Error("The stream was cancelled"));
    abortSignal?.addEventListener("abort", leave, { once: true });
    if (abortSignal?.aborted) leave();
    const done = () => abortSignal?.removeEventListener("abort", leave);
    const first: ModelStreamPart[] = [
      { type: "stream-start", warnings },
      { type: "response-metadata", id: run.turn.id, modelId: this.#settings.model ?? "codex" },
    ];
    return new ReadableStream<ModelStreamPart>({
      start(controller) {
        for (const part of first) controller.enqueue(part);
      },
      async pull(controller) {
        try {
          const { value } = await parts.next();
          if (value !== undefined) controller.enqueue(value);
          if (value !== undefined && value.type !== "finish") return;
          // Behind its last part there is nothing to cancel any more.
          await parts.return();
          done();
          controller.close();
        } catch (error) {
          done();
          controller.error(error);
        }
      },
      cancel: () => {
        done();
        run.abandon();
        leave();
      },
    });
  }

  /** The turn that answers: one that waits for the results of tools, or a new one. */
  async #run(call: LanguageModelCall, warnings: ModelWarning[]): Promise<ModelRun> {
    const read = readPrompt(call);
    const known = this.#find(read);
    const named = known === undefined ? this.#named(call) : undefined;
    // Of a thread that is named, the turn can wait for a caller that does not come back.
    const waiting = (known ?? this.#conversations.get(named ?? ""))?.run;
    if (waiting?.waits) {
      waiting.heldBy(call.abortSignal);
      for (const [id, { output }] of read.results) waiting.answer(id, toolResponse(output));
      waiting.refuseCalls();
      const news = { ...read, results: new Map() };
      if (read.news.length > 0) await waiting.turn.steer(inputsOf(news, false), signalOf(call));
      return waiting;
    }
    const conversation = known ?? await this.#open(named, call, read);
    const tools = specsOf(call);
    if (JSON.stringify(tools) !== conversation.tools) {
      warnings.push({ type: "other", message: "The tools of a thread are those that it was started with." });
    }
    const { turnOptions, toolTimeoutMs = 300_000 } = this.#settings;
    const json = call.responseFormat?.type === "json";
    const schema = call.responseFormat?.type === "json" ? call.responseFormat.schema : undefined;
    const input = inputsOf(read, known === undefined && named === undefined);
    if (input.length === 0) {
      throw new TypeError("codexModel: there is nothing new in the prompt for the agent to answer");
    }
    const names = new Set(tools.map(({ name }) => name));
    conversation.begins = true;
    const starting = conversation.starting = untilBegun(
      call.abortSignal,
      (signal) =>
        conversation.thread.turn(input, {
          ...turnOptions,
          ...(schema === undefined ? {} : { outputSchema: plain(schema) }),
          signal,
        }),
    ).then((turn) => conversation.run = new ModelRun(turn, { tools: names, json, toolTimeoutMs }))
      .finally(() => conversation.begins = false);
    return await starting;
  }

  /** The conversation whose last answer is that of the prompt. */
  #find({ origin }: ReadPrompt): Conversation | undefined {
    const known = origin === null ? undefined : this.#conversations.get(origin.threadId);
    if (known?.run === undefined || known.begins || known.run.turn.id !== origin?.turnId) return undefined;
    // Two calls at once with the same history are two conversations from then on.
    return known.run.over || known.run.waits ? known : undefined;
  }

  #named({ providerOptions }: LanguageModelCall): string | undefined {
    const named = providerOptions?.["codex"]?.["threadId"] ?? this.#settings.threadId;
    return typeof named === "string" ? named : undefined;
  }

  async #open(
    threadId: string | undefined,
    call: LanguageModelCall,
    { system }: ReadPrompt,
  ): Promise<Conversation> {
    const { threadParams, handlers, model } = this.#settings;
    const specs = specsOf(call);
    const opened: { conversation?: Conversation } = {};
    const options = {
      ...signalOf(call),
      handlers: { ...handlers, ...callHandler(async () => await opened.conversation?.starting) },
    };
    const named = threadId === undefined ? undefined : this.#conversations.get(threadId);
    if (named !== undefined) return named;
    const thread = threadId === undefined
      ? await this.#codex.threadStart({
        ...threadParams,
        ...(model === undefined ? {} : { model }),
        ...(system === undefined ? {} : { developerInstructions: system }),
        ...(specs.length === 0 ? {} : { dynamicTools: specs }),
      }, options)
      : await this.#codex.threadResume(threadId, {}, options);
    const conversation: Conversation = {
      thread,
      tools: JSON.stringify(threadId === undefined ? specs : []),
      run: undefined,
      starting: undefined,
      begins: false,
    };
    opened.conversation = conversation;
    this.#conversations.set(thread.id, conversation);
    for (const [id, { run }] of this.#conversations) {
      if (this.#conversations.size <= CONVERSATIONS_MAX) break;
      if (run?.over !== false) this.#conversations.delete(id);
    }
    return conversation;
  }
}

/** Passes calls of tools on to whoever calls the model. Their ids are nobody else's: the model's own can repeat. */
function callHandler(runOf: () => Promise<ModelRun | undefined>): Pick<ServerRequestHandlers, "item/tool/call"> {
  return {
    "item/tool/call": async (params, ctx) => {
      const run = await runOf().catch(() => undefined);
      return run === undefined ? ctx.pass() : await run.call(crypto.randomUUID(), params, ctx.signal);
    },
  };
}

/** Starts what a signal gives up for as long as it is being started: what has begun outlives the call that began it. */
async function untilBegun<T>(signal: AbortSignal | undefined, start: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const given = new AbortController();
  const giveUp = () => given.abort(signal!.reason);
  signal?.addEventListener("abort", giveUp, { once: true });
  try {
    return await start(given.signal);
  } finally {
    signal?.removeEventListener("abort", giveUp);
  }
}

function signalOf({ abortSignal }: LanguageModelCall): { signal?: AbortSignal } {
  return abortSignal === undefined ? {} : { signal: abortSignal };
}

/** The tools of a call as the server declares them. */
function specsOf({ tools = [], toolChoice }: LanguageModelCall): Extract<DynamicToolSpec, { type: "function" }>[] {
  if (toolChoice?.type === "none") return [];
  return tools.flatMap((tool) => {
    if (tool.type !== "function") return [];
    const { name, description = "", inputSchema } = tool;
    return [{ type: "function", name, description, inputSchema: plain(inputSchema as object) }];
  });
}

/** A JSON Schema without the name of its dialect. */
function plain(schema: object): Record<string, unknown> {
  const { $schema: _, ...rest } = schema as Record<string, unknown>;
  return rest;
}

/** What Codex has no setting for. */
const UNSUPPORTED = [
  "maxOutputTokens",
  "temperature",
  "stopSequences",
  "topP",
  "topK",
  "presencePenalty",
  "frequencyPenalty",
  "seed",
] as const;

function warningsOf(call: LanguageModelCall): ModelWarning[] {
  const unsupported = (feature: string, details: string): ModelWarning => ({ type: "unsupported", feature, details });
  return [
    ...UNSUPPORTED.filter((name) => call[name] !== undefined).map((name) =>
      unsupported(name, "Codex has no such setting.")
    ),
    ...(call.tools ?? []).filter(({ type }) => type === "provider").map(({ name }) =>
      unsupported(`tool ${name}`, "Tools of another provider cannot be given to Codex.")
    ),
    ...(call.toolChoice?.type === "required" || call.toolChoice?.type === "tool"
      ? [unsupported("toolChoice", "The agent decides which tools it uses.")]
      : []),
    ...(call.responseFormat?.type === "json" && call.responseFormat.schema === undefined
      ? [unsupported("responseFormat", "JSON needs a schema.")]
      : []),
  ];
}

/** An answer as a whole. */
async function collect(
  stream: ReadableStream<ModelStreamPart>,
): Promise<Awaited<ReturnType<LanguageModel["doGenerate"]>>> {
  const content: ModelContent[] = [];
  const open = new Map<string, ModelContent & { text: string }>();
  let warnings: ModelWarning[] = [];
  let response = { id: "", modelId: "" };
  const reader = stream.getReader();
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    const part = next.value;
    switch (part.type) {
      case "stream-start":
        warnings = part.warnings;
        break;
      case "response-metadata":
        response = { id: part.id, modelId: part.modelId };
        break;
      case "text-start":
      case "reasoning-start": {
        const type = part.type === "text-start" ? "text" : "reasoning";
        const entry = { type, text: "", providerMetadata: part.providerMetadata ?? {} } as const;
        const grown = { ...entry } as ModelContent & { text: string };
        open.set(`${type} ${part.id}`, grown);
        content.push(grown);
        break;
      }
      case "text-delta":
      case "reasoning-delta":
        open.get(`${part.type.split("-")[0]} ${part.id}`)!.text += part.delta;
        break;
      case "tool-result":
        if (part.preliminary !== true) content.push(part);
        break;
      case "tool-call":
      case "file":
        content.push(part);
        break;
      case "error":
        reader.cancel().catch(() => {});
        throw part.error;
      case "finish": {
        const { finishReason, usage, providerMetadata } = part;
        return { content, finishReason, usage, providerMetadata, response, warnings };
      }
    }
  }
  throw new Error("The answer ended before its end");
}
