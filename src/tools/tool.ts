import type { DynamicToolCallOutputContentItem } from "../../gen/mod.ts";
import {
  anything,
  callback,
  checkOptions,
  listOf,
  objectWith,
  type OptionChecks,
  type OptionHints,
  positive,
  text,
} from "../util/options.ts";
import { isJsonSchema, type JsonSchema } from "./json_schema.ts";
import { isStandardSchema, type OutputOf, type StandardSchema } from "./standard_schema.ts";

/** What a tool knows of its call. */
export interface ToolContext {
  /** Aborts when nobody waits for the result any more: deadline, turn over, connection closed. */
  readonly signal: AbortSignal;
  /** The thread in which it was called: that of a sub-agent, if one has called it. */
  readonly threadId: string;
  /** The thread of which that is a sub-agent, or the same. */
  readonly rootThreadId: string;
  /** The way from the one to the other, both included. */
  readonly threadPath: readonly string[];
  /** The turn in which it was called. */
  readonly turnId: string;
  /** The id of the call; the turn's `dynamicToolCall` item has it too. */
  readonly callId: string;
}

/** What a tool takes: a Standard Schema, which is enforced, or a JSON Schema, which is only shown to the model. */
export type ToolInput = StandardSchema | JsonSchema;

/** The type of a tool's arguments. A JSON Schema carries none, so they stay `unknown`. */
export type ToolArguments<I extends ToolInput> = I extends StandardSchema ? OutputOf<I> : unknown;

/** Runs a tool. The result goes to the model: see {@linkcode ToolDefinition.execute}. */
export type ToolExecute<Arguments> = (args: Arguments, ctx: ToolContext) => unknown;

/** What {@linkcode tool} takes. */
export interface ToolDefinition<I extends ToolInput> {
  /** 1 to 128 of `a-z`, `A-Z`, `0-9`, `_` and `-`; not beginning with `mcp__`. */
  readonly name: string;
  /** Tells the model when and how to use it. */
  readonly description: string;
  /** What it takes. */
  readonly input: I;
  /**
   * Runs the tool; may be async. A string or a list of content items (`{ type: "inputText", text }`,
   * `{ type: "inputImage", imageUrl }`) goes to the model as it is, anything else as JSON. What it throws goes to the
   * model as a failed result with the error's message.
   */
  readonly execute: ToolExecute<ToolArguments<I>>;
  /** After so many milliseconds the model is told that there is no result. Default: only the request's own deadline. */
  readonly timeoutMs?: number | undefined;
}

/** A tool that the model may call and this program runs. Made by {@linkcode tool}. */
export interface Tool {
  /** Tells it from a namespace. */
  readonly type: "function";
  /** See {@linkcode ToolDefinition}. */
  readonly name: string;
  /** See {@linkcode ToolDefinition}. */
  readonly description: string;
  /** See {@linkcode ToolDefinition}. */
  readonly input: ToolInput;
  /** See {@linkcode ToolDefinition}. */
  readonly execute: ToolExecute<never>;
  /** See {@linkcode ToolDefinition}. */
  readonly timeoutMs: number | undefined;
}

/** Tools under a common name. Made by {@linkcode toolNamespace}. */
export interface ToolNamespace {
  /** Tells it from a tool. */
  readonly type: "namespace";
  /** As of a tool. */
  readonly name: string;
  /** Tells the model what the tools have in common. */
  readonly description: string;
  /** The tools. */
  readonly tools: readonly Tool[];
}

/** One piece of a tool's result. */
export type ToolContent = DynamicToolCallOutputContentItem;

const TOOL_DEFINITION: OptionChecks<ToolDefinition<ToolInput>> = {
  name: text,
  description: text,
  input: anything,
  execute: callback,
  timeoutMs: positive,
};

const NAMESPACE_DEFINITION: OptionChecks<Omit<ToolNamespace, "type">> = {
  name: text,
  description: text,
  tools: listOf("a list of tools", objectWith("a tool, made by tool()", "name", "execute")),
};

/** What a tool is made of elsewhere. */
const TOOL_HINTS: OptionHints = {
  elsewhere: {
    parameters: "input",
    inputSchema: "input",
    schema: "input",
    handler: "execute",
    run: "execute",
  },
};

const NAME = /^[a-zA-Z0-9_-]{1,128}$/;

/**
 * Defines a tool for `threadStart(params, { tools })`. Arguments are checked with `input` before `execute` sees them;
 * if they do not fit, the model is told how and may try again.
 *
 * A tool whose name is that of one of Codex's own (`exec_command`, `view_image` ...) is never offered to the model.
 *
 * The schema of its input has to describe an object of arguments: a union, or anything, goes into a property of one;
 * `threadStart` rejects others with a `TypeError`.
 *
 * @throws {TypeError} If the name or the input schema cannot be used.
 * @throws {RangeError} If `timeoutMs` is not positive.
 *
 * @example
 * ```ts
 * import { tool } from "@codex-app-server/sdk/tools";
 * import { z } from "zod";
 *
 * const weather = tool({
 *   name: "weather",
 *   description: "The weather of a city, now.",
 *   input: z.object({ city: z.string() }),
 *   execute: ({ city }) => `Sunny in ${city}`,
 *   timeoutMs: 10_000,
 * });
 * ```
 */
export function tool<I extends ToolInput>(definition: ToolDefinition<I>): Tool {
  checkOptions("tool", definition, TOOL_DEFINITION, TOOL_HINTS);
  const { name, description, input, execute, timeoutMs } = definition;
  checkName("tool", name);
  if (!isStandardSchema(input) && !isJsonSchema(input)) {
    throw new TypeError(`The input of tool ${name} must be a Standard Schema or a JSON Schema object`);
  }
  return { type: "function", name, description, input, execute, timeoutMs };
}

/**
 * Groups tools under a name: the model sees `namespace.tool`. The same tool name may occur in several namespaces.
 *
 * @throws {TypeError} If the name cannot be used, or there are no tools, or two have the same name.
 *
 * @example
 * ```ts
 * import { tool, toolNamespace } from "@codex-app-server/sdk/tools";
 *
 * const find = tool({
 *   name: "find",
 *   description: "Finds a customer by name.",
 *   input: { type: "object", properties: { name: { type: "string" } }, required: ["name"] },
 *   execute: (args) => ({ found: [], args }),
 * });
 * const crm = toolNamespace({ name: "crm", description: "Our customers.", tools: [find] });
 * ```
 */
export function toolNamespace(definition: Omit<ToolNamespace, "type">): ToolNamespace {
  checkOptions("toolNamespace", definition, NAMESPACE_DEFINITION);
  const { name, description, tools } = definition;
  checkName("namespace", name);
  if (tools.length === 0) throw new TypeError(`The namespace ${name} must contain at least one tool`);
  checkUnique(tools, `in namespace ${name}`);
  return { type: "namespace", name, description, tools };
}

/**
 * The model's API refuses a tool whose schema does not say at its root that it is an object, and with it the whole turn.
 *
 * @throws {TypeError} If the schema of a tool's input is such a one.
 */
export function checkArguments(name: string, schema: JsonSchema): JsonSchema {
  const type = schema["type"];
  if (type === "object") return schema;
  const found = type === undefined ? "none, as of a union or of anything" : JSON.stringify(type);
  throw new TypeError(
    `The input of tool ${name} must describe an object of arguments, with type: "object" at its root, not ${found}. ` +
      "Put what is something else into a property of one",
  );
}

/** The server refuses two of a kind with one name. */
export function checkUnique(named: readonly { readonly name: string }[], where: string): void {
  const seen = new Set<string>();
  for (const { name } of named) {
    if (seen.has(name)) throw new TypeError(`Two tools ${where} are called ${name}; names must differ`);
    seen.add(name);
  }
}

function checkName(what: string, name: string): void {
  if (!NAME.test(name)) {
    const rule = "1 to 128 letters (a-z, A-Z), digits, _ and -";
    throw new TypeError(`The ${what} name ${JSON.stringify(name)} cannot be used: it must be ${rule}`);
  }
  if (name.startsWith("mcp__")) {
    throw new TypeError(`The ${what} name ${name} cannot be used: mcp__ is reserved for the tools of MCP servers`);
  }
}
