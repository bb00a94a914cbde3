import { isStandardSchema, type StandardSchema } from "./standard_schema.ts";

/** A JSON Schema object, passed on as it is. */
export type JsonSchema = { readonly [keyword: string]: unknown };

/** Whether `value` can be a JSON Schema: a plain object, not a Standard Schema. */
export function isJsonSchema(value: unknown): value is JsonSchema {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !isStandardSchema(value);
}

/**
 * The JSON Schema of what a Standard Schema accepts.
 *
 * Libraries that implement Standard JSON Schema (zod from 4.2, arktype from 2.1.28) give it themselves. A valibot schema
 * goes through `@valibot/to-json-schema`, which is imported only here and only then.
 *
 * @throws {TypeError} If the schema cannot give a JSON Schema; the message says what to install or to pass instead.
 */
export async function toJsonSchema(schema: StandardSchema): Promise<JsonSchema> {
  const { jsonSchema, vendor } = schema["~standard"];
  try {
    if (jsonSchema !== undefined) return jsonSchema.input({ target: "draft-2020-12" });
    if (vendor === "valibot") return (await valibotConverter())(schema);
  } catch (cause) {
    if (cause instanceof MissingConverter) throw new TypeError(cause.message, { cause: cause.cause });
    throw new TypeError(`This ${vendor} schema has no JSON Schema: ${messageOf(cause)}`, { cause });
  }
  throw new TypeError(
    `This ${vendor} schema gives no JSON Schema. Use a version of ${vendor} that implements Standard JSON Schema ` +
      "(zod 4.2, arktype 2.1.28 or newer), or pass a JSON Schema object",
  );
}

class MissingConverter extends Error {}

async function valibotConverter(): Promise<(schema: StandardSchema) => JsonSchema> {
  try {
    const { toJsonSchema } = await import("@valibot/to-json-schema");
    return (schema) =>
      toJsonSchema(schema as never, {
        typeMode: "input",
        errorMode: "throw",
        // A check that JSON Schema has no word for only narrows: it is left to the validation.
        overrideAction: ({ errors, jsonSchema }) => errors === undefined ? null : jsonSchema,
      }) as JsonSchema;
  } catch (cause) {
    throw new MissingConverter(
      "A valibot schema becomes a JSON Schema by @valibot/to-json-schema, which could not be imported. " +
        "Install it, wrap the schema in its toStandardJsonSchema(), or pass a JSON Schema object",
      { cause },
    );
  }
}

/** The message of whatever was thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
