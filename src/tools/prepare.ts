import type { DynamicToolSpec } from "../../gen/mod.ts";
import type { ServerRequestHandler, ServerRequestHandlers } from "../router/server_request.ts";
import { checkOptions, flag } from "../util/options.ts";
import { isJsonSchema, type JsonSchema, toJsonSchema } from "./json_schema.ts";
import { isStandardSchema } from "./standard_schema.ts";
import { checkArguments, checkUnique, type Tool, type ToolNamespace } from "./tool.ts";
import { callTool } from "./call.ts";

/** What a thread can be given as `tools`. */
export type ToolSet = readonly (Tool | ToolNamespace)[];

/** Tools as the server wants them, and what answers the calls. */
export interface PreparedTools {
  /** The `dynamicTools` of `thread/start`. The server stores them: resumed and forked threads have them again. */
  readonly specs: DynamicToolSpec[];
  /** Answers the calls. */
  readonly handler: ServerRequestHandler<"item/tool/call">;
}

/**
 * Makes a set of tools ready for a thread: their JSON Schemas, and the handler of their calls.
 *
 * @throws {TypeError} If two have the same name, or a schema gives no JSON Schema of an object, or the experimental API
 * is off.
 *
 * @example
 * ```ts
 * import { prepareTools, tool } from "@codex-app-server/sdk/tools";
 *
 * const ping = tool({ name: "ping", description: "Answers pong.", input: { type: "object" }, execute: () => "pong" });
 * const { specs, handler } = await prepareTools([ping]);
 * ```
 */
export async function prepareTools(
  tools: ToolSet,
  options: { readonly experimentalApi?: boolean | undefined } = {},
): Promise<PreparedTools> {
  checkOptions("prepareTools", options, { experimentalApi: flag });
  if (options.experimentalApi === false && tools.length > 0) {
    throw new TypeError(
      "Tools need the experimental API of the server, which this Codex has switched off: leave out " +
        "experimentalApi: false, or pass experimentalApi: true",
    );
  }
  const handler = toolHandlers(tools)["item/tool/call"];
  return { specs: await Promise.all(tools.map(specOf)), handler };
}

/**
 * Checks declarations that were written by hand. What is no declaration at all is refused with the other params.
 *
 * @throws {TypeError} If the schema of one is not that of an object.
 */
export function checkSpecs(specs: readonly DynamicToolSpec[]): void {
  for (const spec of specs) {
    const tools = spec?.type === "namespace" ? spec.tools : [spec];
    for (const tool of Array.isArray(tools) ? tools : []) {
      if (isJsonSchema(tool?.inputSchema)) checkArguments(tool.name, tool.inputSchema);
    }
  }
}

/**
 * The handler that runs these tools, for tools that are declared elsewhere: with `thread/start` by hand, or by whoever
 * started the thread that is resumed here. Calls of other tools are passed on.
 *
 * @throws {TypeError} If two tools have the same name.
 *
 * @example
 * ```ts
 * import { tool, toolHandlers } from "@codex-app-server/sdk/tools";
 *
 * const ping = tool({ name: "ping", description: "Answers pong.", input: { type: "object" }, execute: () => "pong" });
 * const handlers = { ...toolHandlers([ping]) };
 * ```
 */
export function toolHandlers(tools: ToolSet): Required<Pick<ServerRequestHandlers, "item/tool/call">> {
  checkUnique(tools.filter((entry) => entry.type === "function"), "of one thread");
  checkUnique(tools.filter((entry) => entry.type === "namespace"), "or namespaces of one thread");
  const table = new Map<string, Tool>();
  for (const entry of tools) {
    if (entry.type === "function") table.set(keyOf(null, entry.name), entry);
    else for (const tool of entry.tools) table.set(keyOf(entry.name, tool.name), tool);
  }
  return {
    "item/tool/call": (params, ctx) => {
      const tool = table.get(keyOf(params.namespace ?? null, params.tool));
      return tool === undefined ? ctx.pass() : callTool(tool, params, ctx);
    },
  };
}

/** No namespace is empty and no name holds a slash, so this cannot collide. */
function keyOf(namespace: string | null, name: string): string {
  return `${namespace ?? ""}/${name}`;
}

async function specOf(entry: Tool | ToolNamespace): Promise<DynamicToolSpec> {
  if (entry.type === "function") return await functionSpec(entry);
  const { type, name, description } = entry;
  return { type, name, description, tools: await Promise.all(entry.tools.map(functionSpec)) };
}

async function functionSpec(tool: Tool): Promise<Extract<DynamicToolSpec, { type: "function" }>> {
  const { type, name, description } = tool;
  return { type, name, description, inputSchema: await inputSchemaOf(tool) };
}

async function inputSchemaOf({ name, input }: Tool): Promise<JsonSchema> {
  if (!isStandardSchema(input)) return checkArguments(name, input);
  try {
    const { $schema: _dialect, ...schema } = await toJsonSchema(input);
    return checkArguments(name, schema);
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause;
    throw new TypeError(`The tool ${name} cannot be declared. ${cause.message}`, { cause });
  }
}
