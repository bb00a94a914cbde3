import type { Turn } from "../../gen/mod.ts";
import { OutputParseError } from "../errors.ts";
import { visible } from "../util/visible.ts";
import { finalResponse } from "./final_response.ts";
import { messageOf } from "./json_schema.ts";
import type { OutputSchema } from "./output_schema.ts";
import { isStandardSchema, issuesOf, type OutputOf, type StandardSchema } from "./standard_schema.ts";

/**
 * What {@linkcode parseOutput} returns for a schema: its output type, or `unknown` for a JSON Schema, which carries none
 * and is not checked again here.
 */
export type ParsedOutput<S extends OutputSchema> = S extends StandardSchema ? OutputOf<S> : unknown;

/**
 * Reads a turn's final message as JSON and checks it with the schema that was its `outputSchema`.
 *
 * @throws {OutputParseError} If there is no final message, or it is not JSON, or it does not fit; it carries the text.
 * @throws {TurnFailedError} If the turn failed.
 *
 * @example
 * ```ts
 * import type { Codex } from "@codex-app-server/sdk";
 * import { parseOutput } from "@codex-app-server/sdk/tools";
 * import { z } from "zod";
 *
 * const Rating = z.object({ title: z.string(), score: z.number() });
 *
 * async function rate(codex: Codex): Promise<number> {
 *   const thread = await codex.threadStart();
 *   const turn = await thread.run("Rate the README.", { outputSchema: Rating });
 *   return (await parseOutput(turn, Rating)).score;
 * }
 * ```
 */
export async function parseOutput<S extends OutputSchema>(turn: Turn, schema: S): Promise<ParsedOutput<S>> {
  const text = finalResponse(turn);
  if (text === null) throw new OutputParseError(null, [{ path: "", message: "the turn has no final message" }]);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    // The parser's own error quotes the text as it is, and whoever prints an error prints its cause.
    const cause = new SyntaxError(visible(messageOf(error)));
    throw new OutputParseError(text, [{ path: "", message: cause.message }], { cause });
  }
  if (!isStandardSchema(schema)) return value as ParsedOutput<S>;
  const result = await schema["~standard"].validate(value);
  if (result.issues !== undefined) throw new OutputParseError(text, issuesOf(result.issues));
  return result.value as ParsedOutput<S>;
}
