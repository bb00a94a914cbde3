import { type Context, type Span, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import type { ThreadItem } from "../../gen/mod.ts";
import {
  AGENT,
  AGENT_NAME,
  CONVERSATION,
  ERROR_TYPE,
  EXECUTE_TOOL,
  ITEM_TYPE,
  OPERATION,
  TOOL_CALL,
  TOOL_NAME,
  TOOL_TYPE,
} from "./conventions.ts";
import { eachOf } from "./each_of.ts";
import type { Settings } from "./settings.ts";
import { endAttributes, errorOf, type ToolItem, toolOf } from "./tool_item.ts";

/** One call of a tool: its span, and the time that it takes. */
export class ToolSpan {
  /** In which whatever works for the call is to run. */
  readonly context: Context;
  readonly span: Span;
  /** Whether an item tells of it; else the request that asks for it is all that there is. */
  announced: boolean;
  readonly #settings: Settings;
  readonly #startedAt = performance.now();
  #tool: ToolItem;

  constructor(settings: Settings, parent: Context, threadId: string, itemId: string, item: ThreadItem, tool: ToolItem) {
    this.#settings = settings;
    this.#tool = tool;
    this.announced = true;
    this.span = settings.tracer.startSpan(`${EXECUTE_TOOL} ${tool.name}`, {
      kind: SpanKind.INTERNAL,
      attributes: {
        [OPERATION]: EXECUTE_TOOL,
        [TOOL_NAME]: tool.name,
        [TOOL_TYPE]: tool.type,
        [TOOL_CALL]: itemId,
        [CONVERSATION]: threadId,
        [ITEM_TYPE]: item.type,
      },
    }, parent);
    this.context = trace.setSpan(parent, this.span);
  }

  /** The MCP server, or the namespace of a dynamic tool. */
  get namespace(): string | null | undefined {
    return this.#tool.namespace;
  }

  /** The call is over, as its item says. */
  complete(item: ThreadItem): void {
    this.#tool = toolOf(item) ?? this.#tool;
    this.end(errorOf(this.#tool));
  }

  /** @param error How it failed; `undefined` if it did not. */
  end(error: string | undefined): void {
    const { toolDuration, captureContent } = this.#settings;
    const failed = error === undefined ? {} : { [ERROR_TYPE]: error };
    eachOf([
      () => this.span.setAttributes({ ...endAttributes(this.#tool, captureContent), ...failed }),
      () => error !== undefined && this.span.setStatus({ code: SpanStatusCode.ERROR }),
      () => this.span.end(),
      () =>
        toolDuration.record((performance.now() - this.#startedAt) / 1000, {
          [TOOL_NAME]: this.#tool.name,
          [TOOL_TYPE]: this.#tool.type,
          [AGENT_NAME]: AGENT,
          ...failed,
        }, this.context),
    ]);
  }
}
