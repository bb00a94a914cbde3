/**
 * Dynamic tools (functions of this program that the model may call) and structured output (answers of a given shape).
 *
 * @module
 */
export { OutputParseError } from "../errors.ts";
export { type JsonSchema } from "./json_schema.ts";
export { type ParsedOutput, parseOutput } from "./output_parse.ts";
export { type OutputSchema, strictOutputSchema, toOutputSchema } from "./output_schema.ts";
export {
  isStandardSchema,
  type OutputOf,
  type StandardIssue,
  type StandardJsonSchema,
  type StandardResult,
  type StandardSchema,
} from "./standard_schema.ts";
export {
  type Tool,
  tool,
  type ToolArguments,
  type ToolContent,
  type ToolContext,
  type ToolDefinition,
  type ToolExecute,
  type ToolInput,
  type ToolNamespace,
  toolNamespace,
} from "./tool.ts";
export { type PreparedTools, prepareTools, toolHandlers, type ToolSet } from "./prepare.ts";
