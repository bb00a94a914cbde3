/**
 * What a scripted model can say. Every builder returns a {@linkcode ReplyStep}; a reply is a list of them.
 *
 * @module
 */
import { checkOptions, flag, type OptionChecks, text } from "../util/options.ts";
import { sleep } from "../util/timer.ts";
import type { Pause } from "./gate.ts";
import type { EventsStep, IdSource, ModelEvent, ModelUsage, ReplyStep } from "./reply_step.ts";

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

const CALL_OPTIONS: OptionChecks<FunctionCallOptions> = { callId: text, namespace: text };

/**
 * A call of one of the tools that the server offers to the model, or of a dynamic tool.
 *
 * @param name The tool.
 * @param args Its arguments. A string is sent as it is, also if it is not JSON.
 */
export function functionCall(name: string, args: unknown, options: FunctionCallOptions = {}): ReplyStep {
  checkOptions("functionCall", options, CALL_OPTIONS);
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

const COMMAND_OPTIONS: OptionChecks<CommandOptions> = {
  callId: text,
  escalate: flag,
  justification: text,
  workdir: text,
};

/** Runs a shell command: a call of the server's `exec_command` tool. */
export function command(cmd: string, options: CommandOptions = {}): ReplyStep {
  checkOptions("command", options, COMMAND_OPTIONS);
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

/** Looks at an image file: a call of the server's `view_image` tool. The image comes back in the next request. */
export function viewImage(path: string, options: Omit<FunctionCallOptions, "namespace"> = {}): ReplyStep {
  return functionCall("view_image", { path }, options);
}

/** Searches the web: a `webSearch` item. Nothing is searched, and the model is not asked again because of it. */
export function webSearch(query: string): ReplyStep {
  return events(function* (id) {
    const item = { type: "web_search_call", id: id("ws"), action: { type: "search", query } };
    yield { type: "response.output_item.added", item: { ...item, status: "in_progress" } };
    yield itemDone({ ...item, status: "completed" });
  });
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
