/**
 * The part of JSON Schema that the runtime writes, and how its definitions are read from a dump.
 *
 * @module
 */

/** A node of JSON Schema, as far as the runtime uses it. */
export interface JsonSchema {
  readonly $ref?: string;
  readonly title?: string;
  readonly description?: string;
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly default?: unknown;
  readonly properties?: Readonly<Record<string, JsonSchema | boolean>>;
  readonly required?: readonly string[];
  readonly items?: JsonSchema | boolean;
  readonly additionalProperties?: JsonSchema | boolean;
  readonly oneOf?: readonly JsonSchema[];
  readonly anyOf?: readonly JsonSchema[];
  readonly allOf?: readonly JsonSchema[];
  readonly definitions?: Readonly<Record<string, JsonSchema>>;
}

/** One output of `generate-json-schema`: file name to text. */
export type SchemaSet = ReadonlyMap<string, string>;

const BUNDLE = "codex_app_server_protocol.schemas.json";

/** The unions of messages. `methods.ts` says the same in a way that can be used. */
const ENVELOPES = new Set(["ClientNotification", "ClientRequest", "ServerNotification", "ServerRequest"]);

/** The parsed file `name` of the set. */
export function readSchema(set: SchemaSet, name: string): JsonSchema {
  const text = set.get(name);
  if (text === undefined) throw new Error(`The schema set has no ${name}; it has ${set.size} other files`);
  return JSON.parse(text);
}

/** Every definition of the bundle by name, those of the `v2` namespace included. */
export function readDefinitions(set: SchemaSet): Map<string, JsonSchema> {
  const { v2, ...root } = readSchema(set, BUNDLE).definitions as Record<string, JsonSchema>;
  const all = new Map<string, JsonSchema>();
  for (const [name, schema] of [...Object.entries(v2 ?? {}), ...Object.entries(root)]) {
    if (ENVELOPES.has(name)) continue;
    const known = all.get(name);
    if (known === undefined) all.set(name, schema as JsonSchema);
    else if (meaning(known) !== meaning(schema as JsonSchema)) {
      throw new Error(`The schema defines ${name} twice and differently: give one of them another name`);
    }
  }
  return all;
}

/** The name that a `$ref` points to. */
export function refName(ref: string): string {
  return ref.slice(ref.lastIndexOf("/") + 1);
}

function meaning(schema: JsonSchema): string {
  return JSON.stringify(schema, (key, value) => key === "title" || key === "$schema" ? undefined : value)
    .replaceAll("#/definitions/v2/", "#/definitions/");
}
