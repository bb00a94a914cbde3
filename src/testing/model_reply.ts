/**
 * What a scripted model can say. Every builder returns a {@linkcode ReplyStep}; a reply is a list of them.
 *
 * @module
 */
import { sleep } from "../util/timer.ts";
import type { Pause } from "./gate.ts";

/** One server-sent event of the Responses API. */
export interface ModelEvent {
  /** Which event it is, as in `response.completed`. */
  readonly type: string;
  /** Whatever else it carries. */
  readonly [key: string]: unknown;
}

/** What `usage` reports; absent counts are 0, an absent total is the sum of input and output. */
export interface ModelUsage {
  /** All tokens that went in. */
  readonly inputTokens?: number;
  /** Those of them that came from a cache. */
  readonly cachedInputTokens?: number;
  /** All tokens that came out. */
  readonly outputTokens?: number;
  /** Those of them that were reasoning. */
  readonly reasoningOutputTokens?: number;
  /** Both together. */
  readonly totalTokens?: number;
}

/** Gives out ids such as `msg_1`, in order, so that two runs of one script are equal. */
export type IdSource = (prefix: string) => string;

/** Events, with pauses between them. */
export interface EventsStep {
  /** Gives the events in order; asked for the next one when the one before has been sent. */
  readonly play: (id: IdSource) => Iterable<ModelEvent | Pause>;
}

/** One part of a scripted reply. Made by {@linkcode message}, {@linkcode command} and the like. */
export type ReplyStep =
  /** The same as {@linkcode message} of that text. */
  | string
  /** Holds the reply: a `Gate`, or {@linkcode delay}. */
  | Pause
  | EventsStep
  /** What the reply's end reports as usage. */
  | { readonly usage: ModelUsage }
  /** The whole reply is an HTTP error. */
  | { readonly httpStatus: number; readonly body: string }
  /** The connection breaks here. */
  | { readonly hangUp: true };

function events(play: (id: IdSource) => Iterable<ModelEvent | Pause>): EventsStep {
  return { play };
}

function itemDone(item: Readonly<Record<string, unknown>>): ModelEvent {
  return { type: "response.output_item.done", item };
}

/**
 * An agent message. A list streams each text as a delta of its own; a pause in the list holds the reply there.
 *
 * @param content The text, or its deltas, with pauses among them.
 * @param options `phase`: `"commentary"` or `"final_answer"`; absent by default.
 */
export function message(
  content: string | readonly (string | Pause)[],
  options: { readonly phase?: "commentary" | "final_answer" } = {},
): EventsStep {
  const parts = typeof content === "string" ? [content] : content;
  return events(function* (id) {
    const item = { type: "message", role: "assistant", id: id("msg"), ...options };
    yield { type: "response.output_item.added", item: { ...item, content: [] } };
    let text = "";
    for (const part of parts) {
      if (typeof part !== "string") {
        yield part;
        continue;
      }
      text += part;
      yield { type: "response.output_text.delta", item_id: item.id, delta: part };
    }
    yield itemDone({ ...item, content: [{ type: "output_text", text }] });
  });
}

/** The model's reasoning: a summary, streamed as one delta, and optionally the raw text. */
export function reasoning(summary: string, options: { readonly text?: string } = {}): ReplyStep {
  return events(function* (id) {
    const item = { type: "reasoning", id: id("rs") };
    yield { type: "response.output_item.added", item: { ...item, summary: [] } };
    yield { type: "response.reasoning_summary_part.added", item_id: item.id, summary_index: 0 };
    yield { type: "response.reasoning_summary_text.delta", item_id: item.id, summary_index: 0, delta: summary };
    if (options.text !== undefined) {
      yield { type: "response.reasoning_text.delta", item_id: item.id, content_index: 0, delta: options.text };
    }
    const content = options.text === undefined ? {} : { content: [{ type: "reasoning_text", text: options.text }] };
    yield itemDone({ ...item, summary: [{ type: "summary_text", text: summary }], ...content });
  });
}

/** Options of {@linkcode functionCall}. */
export interface FunctionCallOptions {
  /** Names the call, to find its output by. Given out by the model by default (`call_1`, `call_2`, ...). */
  readonly callId?: string;
  /** The tool's namespace: `"mcp__NAME"` for the tools of an MCP server. */
  readonly namespace?: string;
}

/**
 * A call of one of the tools that the server offers to the model, or of a dynamic tool.
 *
 * @param name The tool.
 * @param args Its arguments. A string is sent as it is, also if it is not JSON.
 */
export function functionCall(name: string, args: unknown, options: FunctionCallOptions = {}): ReplyStep {
  return events(function* (id) {
    const { callId = id("call"), namespace } = options;
    yield itemDone({
      type: "function_call",
      id: id("fc"),
      call_id: callId,
      name,
      arguments: typeof args === "string" ? args : JSON.stringify(args),
      ...(namespace === undefined ? {} : { namespace }),
    });
  });
}

/** Options of {@linkcode command}. */
export interface CommandOptions extends Omit<FunctionCallOptions, "namespace"> {
  /** Asks to run outside the sandbox: under approval policy `on-request` the client is then asked. Default `false`. */
  readonly escalate?: boolean;
  /** Why it should run outside the sandbox, shown to whoever approves. */
  readonly justification?: string;
  /** The working directory, absolute. The thread's by default. */
  readonly workdir?: string;
}

/** Runs a shell command: a call of the server's `exec_command` tool. */
export function command(cmd: string, options: CommandOptions = {}): ReplyStep {
  const { escalate = false, justification, workdir, ...call } = options;
  return functionCall("exec_command", {
    cmd,
    ...(workdir === undefined ? {} : { workdir }),
    ...(escalate ? { sandbox_permissions: "require_escalated" } : {}),
    ...(justification === undefined ? {} : { justification }),
  }, call);
}

/**
 * Changes files: an `apply_patch` command, which the server turns into a `fileChange` item.
 *
 * @param patch The lines between `*** Begin Patch` and `*** End Patch`.
 */
export function applyPatch(patch: string, options: Omit<CommandOptions, "escalate" | "justification"> = {}): ReplyStep {
  return command(`apply_patch <<'EOF'\n*** Begin Patch\n${patch.trim()}\n*** End Patch\nEOF`, options);
}

/** The tokens that this reply is said to have cost. */
export function usage(counts: ModelUsage): ReplyStep {
  return { usage: counts };
}

/** Fails the reply, and so the turn: `failure("insufficient_quota", "...")`. */
export function failure(code: string, text: string): ReplyStep {
  return events((id) => [{
    type: "response.failed",
    response: { id: id("resp"), status: "failed", error: { code, message: text } },
  }]);
}

/** Answers with an HTTP error instead of a stream. Must be a reply's only step. */
export function httpError(status: number, body: string = `scripted HTTP ${status}`): ReplyStep {
  return { httpStatus: status, body };
}

/** Breaks the connection at this point of the stream. */
export function hangUp(): ReplyStep {
  return { hangUp: true };
}

/** Waits. Prefer a `Gate`, which needs no guess about time. */
export function delay(delayMs: number): Pause {
  return { wait: (signal) => sleep(delayMs, signal) };
}

/** Events as given, for what no builder covers. */
export function rawEvents(...list: readonly ModelEvent[]): ReplyStep {
  return events(() => list);
}
