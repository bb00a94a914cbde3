/**
 * Every method of the protocol, and what answers it.
 *
 * @module
 */
import { cleanDocs } from "./docs.ts";
import { type JsonSchema, readSchema, refName, type SchemaSet } from "./json_schema.ts";
import { compare, type Definition, type Method } from "./model.ts";
import { RESULTS } from "./results.ts";

type Definitions = ReadonlyMap<string, Definition>;

/** The methods in one of the schema's unions of messages, sorted. */
export function readMethods(set: SchemaSet, file: string, definitions: Definitions, answered: boolean): Method[] {
  const methods = (readSchema(set, file).oneOf ?? []).map((option): Method => {
    const method = methodName(file, option);
    const { name, nullable } = paramsName(method, option);
    if (name !== null && !definitions.has(name)) throw new Error(`${method}: the schema does not define ${name}`);
    return {
      method,
      params: name,
      nullableParams: nullable,
      result: answered ? resultName(method, name, definitions) : null,
      docs: cleanDocs(option.description),
      experimental: false,
    };
  });
  return methods.sort((a, b) => compare(a.method, b.method));
}

/** Fails on lines of the reviewed table that nothing needs any more. */
export function checkResults(requests: readonly Method[]): void {
  const known = new Set(requests.map((request) => request.method));
  const unused = Object.keys(RESULTS).filter((method) => !known.has(method));
  if (unused.length > 0) throw new Error(`scripts/gen/results.ts: no such request any more: ${unused.join(", ")}`);
}

function methodName(file: string, option: JsonSchema): string {
  const property = option.properties?.["method"];
  const name = typeof property === "object" ? property.enum?.[0] : undefined;
  if (typeof name !== "string") throw new Error(`${file}: an option without a method: ${JSON.stringify(option)}`);
  return name;
}

function paramsName(method: string, option: JsonSchema): { name: string | null; nullable: boolean } {
  const params = option.properties?.["params"];
  if (params === undefined) return { name: null, nullable: false };
  if (typeof params === "object") {
    if (params.$ref !== undefined) return { name: refName(params.$ref), nullable: false };
    if (params.type === "null") return { name: null, nullable: false };
    const refs = params.anyOf?.filter((part) => part.type !== "null") ?? [];
    if (refs.length === 1 && refs[0]!.$ref !== undefined) return { name: refName(refs[0]!.$ref), nullable: true };
  }
  throw new Error(`${method}: the generator cannot read its params: ${JSON.stringify(params)}`);
}

function resultName(method: string, params: string | null, definitions: Definitions): string {
  const derived = params?.endsWith("Params") ? params.replace(/Params$/, "Response") : undefined;
  const name = RESULTS[method] ?? derived;
  if (name !== undefined && definitions.has(name)) return name;
  throw new Error(
    `${method}: its result cannot be derived from ${params ?? "its params (it has none)"}. Find the response in the ` +
      `runtime's schema, and add a line for ${method} to scripts/gen/results.ts.`,
  );
}
