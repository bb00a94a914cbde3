import { isJsonSchema, type JsonSchema, toJsonSchema } from "./json_schema.ts";
import { strictSchema } from "./output_strict.ts";
import { describeIssues, isStandardSchema, type StandardSchema } from "./standard_schema.ts";

/** What `outputSchema` takes: a schema of zod, valibot, arktype ..., or a JSON Schema object. */
export type OutputSchema = StandardSchema | JsonSchema;

/**
 * The JSON Schema that makes the model answer in a given shape, fit for the strict mode in which the server uses it.
 *
 * A Standard Schema is made strict: every property becomes required (let it be `null` where absence means something),
 * every object closed, and keywords that the model's API does not know are left to {@linkcode parseOutput}. A JSON Schema
 * is sent as it is if it is strict already; else the error lists every place that is not.
 *
 * @throws {TypeError} If `schema` is no schema, or has no strict form, or, being a JSON Schema, is not strict.
 *
 * @example A strict JSON Schema
 * ```ts
 * import { toOutputSchema } from "@codex-app-server/sdk/tools";
 *
 * const schema = await toOutputSchema({
 *   type: "object",
 *   properties: { answer: { type: "string" } },
 *   required: ["answer"],
 *   additionalProperties: false,
 * });
 * ```
 */
export async function toOutputSchema(schema: OutputSchema): Promise<JsonSchema> {
  const standard = isStandardSchema(schema);
  if (!standard && !isJsonSchema(schema)) {
    throw new TypeError(`outputSchema must be a Standard Schema or a JSON Schema object, not ${typeof schema}`);
  }
  const result = walked(standard ? await toJsonSchema(schema) : schema, standard);
  if (result.issues.length === 0) return standard ? result.schema : schema;
  throw new TypeError(
    `This outputSchema ${standard ? "has no strict form" : "is not strict"}, so the model's API would refuse it:\n` +
      describeIssues(result.issues) +
      (standard ? "" : "\nMend it, or pass it through strictOutputSchema()"),
  );
}

/**
 * Makes a JSON Schema strict where that is possible: closes every object, requires every property, drops the keywords
 * that the model's API does not take. The output may then be looser than the schema: check what the dropped ones said.
 *
 * @throws {TypeError} If it has no strict form, such as a map with free keys.
 *
 * @example
 * ```ts
 * import { strictOutputSchema } from "@codex-app-server/sdk/tools";
 * import { assertEquals } from "@std/assert";
 *
 * const schema = strictOutputSchema({ type: "object", properties: { answer: { type: "string", default: "" } } });
 * assertEquals(schema, {
 *   type: "object",
 *   properties: { answer: { type: "string" } },
 *   required: ["answer"],
 *   additionalProperties: false,
 * });
 * ```
 */
export function strictOutputSchema(schema: JsonSchema): JsonSchema {
  const { schema: strict, issues } = walked(schema, true);
  if (issues.length > 0) throw new TypeError(`This schema has no strict form:\n${describeIssues(issues)}`);
  return strict;
}

/** A schema that is deeper than the stack is deeper than any server reads, too. */
function walked(schema: JsonSchema, mend: boolean): ReturnType<typeof strictSchema> {
  try {
    return strictSchema(schema, mend);
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new TypeError("This outputSchema is nested too deep: flatten it, or use $defs and $ref", { cause });
  }
}
