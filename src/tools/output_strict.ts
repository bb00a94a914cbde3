/**
 * The subset of JSON Schema that the model's API takes as a strict output schema: every object closed, every property
 * required, no keyword outside the list. What does not fit fails at the API, in the middle of a turn; here it is found,
 * or mended, before anything is sent.
 *
 * @module
 */
import type { ValidationIssue } from "../errors.ts";
import type { JsonSchema } from "./json_schema.ts";

/** A strict schema, and what could not be made strict. */
export interface StrictSchema {
  readonly schema: JsonSchema;
  readonly issues: readonly ValidationIssue[];
}

/** Keywords that are passed on. All others are dropped (`apply`) or reported. */
const KEYWORDS: ReadonlySet<string> = new Set([
  ..."type properties required additionalProperties items enum const anyOf $ref $defs definitions".split(" "),
  ..."title description pattern format minLength maxLength minItems maxItems".split(" "),
  ..."multipleOf minimum maximum exclusiveMinimum exclusiveMaximum".split(" "),
]);

/** Annotations that constrain nothing; passed over in silence. */
const SILENT: ReadonlySet<string> = new Set(["$schema", "$id", "$comment"]);

/** Keywords that cannot be dropped without accepting or describing something else. */
const ESSENTIAL: ReadonlySet<string> = new Set(["allOf", "prefixItems", "patternProperties", "$dynamicRef"]);

const FORMATS: ReadonlySet<unknown> = new Set(
  "date-time time date duration email hostname ipv4 ipv6 uuid".split(" "),
);

const LOOK_AROUND = /\(\?(?:[=!]|<[=!])/;

/**
 * Makes a schema strict (`apply`), or only says where it is not.
 *
 * Applying never widens: what it drops is checked again when the output is parsed with the schema it came from.
 */
export function strictSchema(root: JsonSchema, apply: boolean): StrictSchema {
  const walk = new StrictWalk(apply);
  const schema = walk.visit(apply ? inlineRoot(root) : root, "");
  if (schema["type"] !== "object") walk.report("", "the root must be an object (type: object, not anyOf)");
  return { schema, issues: walk.issues };
}

/** A root that is only a `$ref` into its own definitions (recursive schemas) becomes the definition itself. */
function inlineRoot(root: JsonSchema): JsonSchema {
  const match = typeof root["$ref"] === "string" ? /^#\/(\$defs|definitions)\/([^/]+)$/.exec(root["$ref"]) : null;
  const target = match === null ? undefined : asObject(asObject(root[match[1]!])?.[match[2]!]);
  if (target === undefined) return root;
  const { $ref: _ref, ...rest } = root;
  return { ...target, ...rest };
}

class StrictWalk {
  readonly #apply: boolean;
  readonly issues: ValidationIssue[] = [];

  constructor(apply: boolean) {
    this.#apply = apply;
  }

  report(path: string, message: string): void {
    this.issues.push({ path, message });
  }

  visit(value: unknown, path: string): JsonSchema {
    const given = asObject(value);
    if (given === undefined) {
      this.report(path, "must say what it accepts: true, false and lists are not schemas here");
      return {};
    }
    const schema = this.#apply ? mend(given) : given;
    if (typeof schema["$ref"] === "string") return this.#reference(schema, path);
    const strict: Record<string, unknown> = {};
    for (const [keyword, inner] of Object.entries(schema)) {
      if (SILENT.has(keyword)) continue;
      if (!KEYWORDS.has(keyword)) {
        if (!this.#apply || ESSENTIAL.has(keyword)) this.report(path, `${keyword} is not supported in strict mode`);
        continue;
      }
      if (keyword === "format" && !FORMATS.has(inner) && this.#drop(path, `format ${inner} is not supported`)) continue;
      if (keyword === "pattern" && this.#refusesPattern(schema, path)) continue;
      strict[keyword] = this.#inner(keyword, inner, path);
    }
    if (!("type" in strict) && !("anyOf" in strict)) this.#typeOf(strict, path);
    if (includesType(strict, "object")) this.#close(strict, schema, path);
    if (includesType(strict, "array") && asObject(strict["items"]) === undefined) {
      this.report(path, "an array must say what its items are");
    }
    return strict;
  }

  /** A reference stands alone: the API refuses keywords beside it. */
  #reference(schema: JsonSchema, path: string): JsonSchema {
    const { $ref, $defs, definitions } = schema;
    const beside = Object.keys(schema).filter((k) => !["$ref", "$defs", "definitions"].includes(k) && !SILENT.has(k));
    if (!this.#apply && beside.length > 0) this.report(path, `$ref cannot have ${beside.join(", ")} beside it`);
    return {
      $ref,
      ...($defs === undefined ? {} : { $defs: this.#inner("$defs", $defs, path) }),
      ...(definitions === undefined ? {} : { definitions: this.#inner("definitions", definitions, path) }),
    };
  }

  #inner(keyword: string, value: unknown, path: string): unknown {
    switch (keyword) {
      case "properties":
      case "$defs":
      case "definitions": {
        const entries = Object.entries(asObject(value) ?? {});
        return Object.fromEntries(entries.map(([name, of]) => [name, this.visit(of, join(path, keyword, name))]));
      }
      case "items":
        return this.visit(value, join(path, keyword));
      case "anyOf":
        return (Array.isArray(value) ? value : []).map((of, i) => this.visit(of, join(path, keyword, String(i))));
      default:
        return value;
    }
  }

  #close(strict: Record<string, unknown>, given: JsonSchema, path: string): void {
    const properties = asObject(strict["properties"]) ?? {};
    const names = Object.keys(properties);
    if (asObject(given["additionalProperties"]) !== undefined && names.length === 0) {
      return this.report(path, "a map with free keys has no strict form; use a list of { key, value } objects");
    }
    if (!this.#apply) {
      if (given["additionalProperties"] !== false) this.report(path, "additionalProperties must be false");
      const required = Array.isArray(given["required"]) ? given["required"] : [];
      const missing = names.filter((name) => !required.includes(name));
      if (missing.length > 0) this.report(path, `required must list every property; it lacks ${missing.join(", ")}`);
      return;
    }
    strict["properties"] = properties;
    strict["required"] = names;
    strict["additionalProperties"] = false;
  }

  /** The API wants a type beside an enum or a constant; they imply one. */
  #typeOf(strict: Record<string, unknown>, path: string): void {
    const values = "const" in strict ? [strict["const"]] : Array.isArray(strict["enum"]) ? strict["enum"] : [];
    if (values.length === 0) return this.report(path, "must have a type: anything at all is not supported");
    const types = [...new Set(values.map(jsonTypeOf))];
    if (this.#apply) strict["type"] = types.length === 1 ? types[0] : types;
  }

  #refusesPattern(schema: JsonSchema, path: string): boolean {
    if (LOOK_AROUND.test(String(schema["pattern"]))) return this.#drop(path, "pattern cannot use look-around");
    // A format that the API checks itself makes the library's own pattern for it redundant.
    return this.#apply && FORMATS.has(schema["format"]);
  }

  #drop(path: string, message: string): boolean {
    if (!this.#apply) this.report(path, message);
    return this.#apply;
  }
}

/** The rewrites that keep the meaning: `oneOf` to `anyOf`, and an `allOf` of one to its content. */
function mend(schema: JsonSchema): JsonSchema {
  const { oneOf, allOf, ...rest } = schema;
  let mended: JsonSchema = rest;
  if (Array.isArray(allOf)) mended = allOf.length === 1 ? { ...rest, ...asObject(allOf[0]) } : { ...rest, allOf };
  if (Array.isArray(oneOf)) mended = { ...mended, anyOf: oneOf };
  return mended;
}

function asObject(value: unknown): JsonSchema | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? value as JsonSchema : undefined;
}

function includesType(schema: JsonSchema, type: string): boolean {
  return schema["type"] === type || (Array.isArray(schema["type"]) && schema["type"].includes(type));
}

function jsonTypeOf(value: unknown): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "array" : typeof value;
}

function join(path: string, ...segments: string[]): string {
  return [path, ...segments].filter((segment) => segment !== "").join(".");
}
