/**
 * From JSON Schema to the generator's own model. Every spelling that the runtime uses is known here; one that is not
 * stops the generator, so that nothing is ever typed by guess.
 *
 * @module
 */
import { type JsonSchema, refName } from "./json_schema.ts";
import type { Definition, Field, Literal, Shape, Variant } from "./model.ts";
import { cleanDocs } from "./docs.ts";

/** All definitions, with each variant of a tagged union as a definition of its own. */
export function normalise(schemas: ReadonlyMap<string, JsonSchema>): Map<string, Definition> {
  const definitions = new Map<string, Definition>();
  for (const [name, schema] of schemas) new Normaliser(name, definitions).define(schema);
  return definitions;
}

class Normaliser {
  readonly #name: string;
  readonly #definitions: Map<string, Definition>;

  constructor(name: string, definitions: Map<string, Definition>) {
    this.#name = name;
    this.#definitions = definitions;
  }

  define(schema: JsonSchema): void {
    this.#add({ name: this.#name, shape: this.#top(schema), docs: cleanDocs(schema.description), experimental: false });
  }

  #add(definition: Definition): void {
    if (this.#definitions.has(definition.name)) throw this.#error(`two definitions are called ${definition.name}`);
    this.#definitions.set(definition.name, definition);
  }

  #top(schema: JsonSchema): Shape {
    const options = schema.oneOf ?? schema.anyOf;
    const tag = options === undefined ? undefined : commonTag(options);
    return options === undefined || tag === undefined ? this.shape(schema) : this.#tagged(schema, options, tag);
  }

  shape(schema: JsonSchema | boolean): Shape {
    if (typeof schema === "boolean") return { kind: "unknown" };
    if (schema.$ref !== undefined) return { kind: "ref", name: refName(schema.$ref) };
    if (schema.allOf !== undefined) {
      const [only, ...rest] = schema.allOf;
      if (only === undefined || rest.length > 0) throw this.#error("allOf with more than one part", schema);
      return this.shape(only);
    }
    if (schema.enum !== undefined) return { kind: "literals", values: this.#literals(schema) };
    const options = schema.oneOf ?? schema.anyOf;
    if (options !== undefined) return this.#union(schema, options);
    return this.#typed(schema);
  }

  #typed(schema: JsonSchema): Shape {
    if (schema.type === undefined) {
      if (schema.properties !== undefined) throw this.#error("properties without a type", schema);
      return { kind: "unknown" };
    }
    if (typeof schema.type !== "string") {
      const types = schema.type.filter((type) => type !== "null");
      const [type] = types;
      if (type === undefined || types.length !== 1) throw this.#error("a list of types", schema);
      const inner = this.shape({ ...schema, type });
      return types.length === schema.type.length ? inner : nullable(inner);
    }
    switch (schema.type) {
      case "string":
      case "boolean":
      case "null":
        return { kind: schema.type };
      case "integer":
      case "number":
        return { kind: "number" };
      case "array":
        return { kind: "array", item: this.shape(schema.items ?? true) };
      case "object":
        return this.#object(schema);
      default:
        throw this.#error(`the type ${schema.type}`, schema);
    }
  }

  #object(schema: JsonSchema): Shape {
    const more = schema.additionalProperties;
    if (schema.properties === undefined || Object.keys(schema.properties).length === 0) {
      return { kind: "record", value: typeof more === "object" ? this.shape(more) : { kind: "unknown" } };
    }
    if (typeof more === "object") throw this.#error("an object with fields and typed further keys", schema);
    return { kind: "object", fields: this.#fields(schema), open: more === true };
  }

  #fields(schema: JsonSchema): Field[] {
    const required = new Set(schema.required);
    return Object.entries(schema.properties ?? {}).map(([name, property]) => ({
      name,
      shape: this.shape(property),
      required: required.has(name),
      docs: typeof property === "boolean" ? "" : cleanDocs(property.description),
      defaultValue: typeof property === "boolean" ? null : defaultText(property),
      experimental: false,
      later: false,
    }));
  }

  #literals(schema: JsonSchema): Literal[] {
    return schema.enum!.map((value) => {
      if (typeof value !== "string") throw this.#error("an enum of other things than strings", schema);
      return { value, docs: cleanDocs(schema.description), experimental: false };
    });
  }

  #union(schema: JsonSchema, all: readonly JsonSchema[]): Shape {
    const options = all.filter((option) => option.type !== "null");
    if (options.length < all.length) {
      const inner = options.length === 1 ? this.shape(options[0]!) : this.#union(schema, options);
      return nullable(inner);
    }
    if (schema.properties !== undefined) return this.#alternatives(schema, options);
    // "Any string or object": the runtime's own catch-all for what it does not know. Unknown values pass anyway.
    const known = options.filter((option) => !(Array.isArray(option.type) && option.properties === undefined));
    if (known.every((option) => option.enum !== undefined)) {
      return { kind: "literals", values: known.flatMap((option) => this.#literals(option)) };
    }
    if (known.every((option) => option.enum !== undefined || isSingleKey(option))) {
      return {
        kind: "keyed",
        values: known.flatMap((option) => option.enum === undefined ? [] : this.#literals(option)),
        keys: known.flatMap((option) => option.enum === undefined ? this.#fields(withOwnDocs(option)) : []),
      };
    }
    if (known.length !== options.length) throw this.#error("a list of types in a union", schema);
    return { kind: "any_of", options: options.map((option) => this.shape(option)) };
  }

  /** Fields beside `anyOf`: at least one of the alternatives' required fields is there, the others may be. */
  #alternatives(schema: JsonSchema, options: readonly JsonSchema[]): Shape {
    const properties = Object.assign({}, schema.properties, ...options.map((option) => option.properties));
    const shapes = options.map((option): Shape => {
      if (option.properties === undefined) throw this.#error("an alternative without properties", schema);
      const required = [...(schema.required ?? []), ...(option.required ?? [])];
      return this.#object({ type: "object", properties, required });
    });
    return { kind: "any_of", options: shapes };
  }

  #tagged(schema: JsonSchema, options: readonly JsonSchema[], tag: string): Shape {
    const values = options.map((option) => tagValue(option, tag)!);
    const variants = options.map((option): Variant => {
      const value = tagValue(option, tag)!;
      const name = variantName(value, values) + this.#name;
      const merged: JsonSchema = {
        ...option,
        properties: { ...schema.properties, ...option.properties },
        required: [...(schema.required ?? []), ...(option.required ?? [])],
      };
      const shape = withTag(this.shape(merged), tag, value);
      this.#add({ name, shape, docs: cleanDocs(option.description), experimental: false });
      return { value, name };
    });
    return { kind: "tagged", tag, variants };
  }

  #error(what: string, schema?: JsonSchema): Error {
    const where = schema === undefined ? "" : `: ${JSON.stringify(schema).slice(0, 300)}`;
    return new Error(`${this.#name}: the generator does not know what to do with ${what}${where}`);
  }
}

function nullable(inner: Shape): Shape {
  return inner.kind === "nullable" || inner.kind === "unknown" ? inner : { kind: "nullable", inner };
}

/** The property by which all options can be told apart, if there is one. */
function commonTag(options: readonly JsonSchema[]): string | undefined {
  const [first] = options;
  const candidates = Object.keys(first?.properties ?? {}).sort((a, b) => Number(b === "type") - Number(a === "type"));
  return candidates.find((name) => {
    const values = options.map((option) => tagValue(option, name));
    return values.every((value) => value !== undefined) && new Set(values).size === options.length;
  });
}

function tagValue(option: JsonSchema, tag: string): string | undefined {
  const property = option.properties?.[tag];
  if (typeof property !== "object" || property.enum?.length !== 1 || !option.required?.includes(tag)) return undefined;
  const [value] = property.enum;
  return typeof value === "string" ? value : undefined;
}

function withTag(shape: Shape, tag: string, value: string): Shape {
  if (shape.kind === "any_of") return { ...shape, options: shape.options.map((option) => withTag(option, tag, value)) };
  if (shape.kind !== "object") throw new Error(`The variant ${value} is no object`);
  const fields = shape.fields.map((field) =>
    field.name === tag ? { ...field, shape: { kind: "tag", value } as const, docs: "", defaultValue: null } : field
  );
  return { ...shape, fields };
}

function isSingleKey(option: JsonSchema): boolean {
  return option.additionalProperties === false && Object.keys(option.properties ?? {}).length === 1;
}

/** A keyed option's description stands on the object; its only field is where it is read. */
function withOwnDocs(option: JsonSchema): JsonSchema {
  if (option.description === undefined) return option;
  const properties = Object.fromEntries(
    Object.entries(option.properties ?? {}).map(([name, property]) => [
      name,
      typeof property === "object" ? { description: option.description!, ...property } : property,
    ]),
  );
  return { ...option, properties };
}

function defaultText(schema: JsonSchema): string | null {
  const value = schema.default;
  return value === undefined || value === null ? null : JSON.stringify(value);
}

/** `agentMessage` is `AgentMessage`. Where two values differ only in their slashes, the slash gets a name. */
function variantName(value: string, all: readonly string[]): string {
  const plain = pascalCase(value);
  const unique = all.every((other) => other === value || pascalCase(other) !== plain);
  return unique ? plain : pascalCase(value.replaceAll("/", " slash "));
}

function pascalCase(text: string): string {
  return text.split(/[^A-Za-z0-9]+/).filter((word) => word !== "").map((word) => word[0]!.toUpperCase() + word.slice(1))
    .join("");
}
