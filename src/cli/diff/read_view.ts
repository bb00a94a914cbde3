import { type Field, type Method, METHOD_FILES, type MethodKind, type Part, type Type, type View } from "./view.ts";

/** The output of `codex app-server generate-json-schema`: parsed files by name. */
export type SchemaFiles = ReadonlyMap<string, unknown>;

/** A node of JSON Schema, as far as it is understood. */
interface Schema {
  readonly $ref?: string;
  readonly description?: string;
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, unknown>>;
  readonly required?: readonly string[];
  readonly items?: unknown;
  readonly additionalProperties?: unknown;
  readonly oneOf?: readonly unknown[];
  readonly anyOf?: readonly unknown[];
  readonly allOf?: readonly unknown[];
  readonly definitions?: Readonly<Record<string, unknown>>;
}

/** The file with all definitions. */
const BUNDLE = "codex_app_server_protocol.schemas.json";
/** All files that are read. */
export const FILES: readonly string[] = [BUNDLE, ...Object.values(METHOD_FILES)];

/** The unions of messages, which are read as methods. */
const ENVELOPE = /^(?:Client|Server)(?:Request|Notification)$/;

/** Reads a version. `stable` is what the server shows without `--experimental`, if that is known. */
export function readView(name: string, all: SchemaFiles, stable: SchemaFiles | null): View {
  const known = stable === null ? null : readAll(stable, null);
  return { name, ...readAll(all, known), knowsExperimental: stable !== null };
}

type Parts = Omit<View, "name" | "knowsExperimental">;

function readAll(files: SchemaFiles, stable: Parts | null): Parts {
  const types = new Map<string, Type>();
  for (const [name, schema] of definitionsOf(files)) {
    types.set(name, readType(schema, stable === null ? undefined : stable.types.get(name) ?? null));
  }
  const of = (kind: MethodKind) => readMethods(files, METHOD_FILES[kind], stable?.methods[kind] ?? null);
  const methods = { request: of("request"), notification: of("notification"), "server request": of("server request") };
  return { types, methods };
}

function* definitionsOf(files: SchemaFiles): Generator<readonly [string, Schema]> {
  const { v2, ...root } = asSchema(files.get(BUNDLE)).definitions ?? {};
  const seen = new Set<string>();
  for (const [name, schema] of [...Object.entries(v2 ?? {}), ...Object.entries(root)]) {
    if (ENVELOPE.test(name) || seen.has(name)) continue;
    seen.add(name);
    yield [name, asSchema(schema)];
  }
}

function readMethods(
  files: SchemaFiles,
  file: string,
  stable: ReadonlyMap<string, Method> | null,
): Map<string, Method> {
  const methods = new Map<string, Method>();
  for (const option of asSchema(files.get(file)).oneOf ?? []) {
    const { properties = {}, description } = asSchema(option);
    const [method] = asSchema(properties["method"]).enum ?? [];
    if (typeof method !== "string") continue;
    const params = refsIn(properties["params"])[0] ?? null;
    methods.set(method, { params, docs: clean(description), experimental: stable !== null && !stable.has(method) });
  }
  return new Map([...methods].sort(byKey));
}

/** @param stable The type in the stable schema; `null` if that lacks it, `undefined` if nothing is known of it. */
function readType(schema: Schema, stable: Type | null | undefined): Type {
  const isNew = (known: ReadonlyMap<string, unknown> | undefined, key: string) =>
    stable !== undefined && !(known?.has(key) ?? false);
  const fields = new Map<string, Field>();
  const values = new Map<string, Part>();
  collect(schema, "", {
    field: (path, field) => {
      const other = fields.get(path);
      const merged = other === undefined ? field : {
        ...field,
        type: union([...other.type.split(" | "), ...field.type.split(" | ")]),
        required: other.required && field.required,
      };
      fields.set(path, { ...merged, experimental: isNew(stable?.fields, path) });
    },
    value: (value, docs) => values.set(value, { docs, experimental: isNew(stable?.values, value) }),
  });
  return {
    docs: clean(schema.description),
    experimental: stable === null,
    fields,
    values,
    plain: fields.size + values.size === 0 && typeof schema.type === "string" ? typeText(schema) : null,
    refs: new Set(refsIn(schema)),
  };
}

interface Collector {
  field(path: string, field: Omit<Field, "experimental">): void;
  value(value: string, docs: string): void;
}

/**
 * Walks what a type says in place, down to the types that have names.
 *
 * @param isOneOfSeveral Whether it is an alternative, so that what it requires is not always there.
 */
function collect(schema: Schema, path: string, to: Collector, isOneOfSeveral: boolean = false): void {
  const tell = (value: string, docs: unknown) =>
    to.value(path === "" ? `"${value}"` : `${path} = "${value}"`, clean(docs));
  const join = (name: string) => path === "" ? name : `${path}.${name}`;
  for (const value of schema.enum ?? []) if (typeof value === "string") tell(value, schema.description);
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    const of = asSchema(property);
    if (isTag(of)) continue;
    const required = !isOneOfSeveral && (schema.required?.includes(name) ?? false);
    to.field(join(name), { type: typeText(property), required, docs: clean(of.description) });
    collect(of, join(name), to);
  }
  const options = [...schema.oneOf ?? [], ...schema.anyOf ?? []].map(asSchema).filter(({ type }) => type !== "null");
  for (const option of options) {
    const tag = Object.values(option.properties ?? {}).map(asSchema).find(isTag)?.enum?.[0];
    if (typeof tag === "string") tell(tag, option.description);
    if (typeof tag === "string") collect(option, join(tag), to);
    else collect(option, path, to, options.length > 1);
  }
  for (const part of schema.allOf ?? []) collect(asSchema(part), path, to, isOneOfSeveral);
  if (schema.items !== undefined) collect(asSchema(schema.items), `${path}[]`, to);
  if (schema.additionalProperties !== undefined) collect(asSchema(schema.additionalProperties), `${path}{}`, to);
}

/** Whether a property says which variant this is. */
function isTag(schema: Schema): boolean {
  return schema.enum?.length === 1 && typeof schema.enum[0] === "string";
}

function typeText(given: unknown): string {
  const schema = asSchema(given);
  if (schema.$ref !== undefined) return nameOf(schema.$ref);
  const options = schema.oneOf ?? schema.anyOf ?? schema.allOf;
  if (options !== undefined) return union(options.map(typeText));
  if (schema.enum !== undefined) return "enum";
  if (Array.isArray(schema.type)) return union(schema.type.map((type) => typeText({ ...schema, type })));
  switch (schema.type) {
    case "array": {
      const item = typeText(schema.items);
      return item.includes(" ") ? `(${item})[]` : `${item}[]`;
    }
    case "object": {
      if (schema.properties !== undefined) return "object";
      const more = schema.additionalProperties;
      return typeof more === "object" ? `{ [key]: ${typeText(more)} }` : "object";
    }
    default:
      return typeof schema.type === "string" ? schema.type : "unknown";
  }
}

function union(types: readonly string[]): string {
  const all = [...new Set(types)];
  return [...all.filter((type) => type !== "null").sort(), ...all.includes("null") ? ["null"] : []].join(" | ");
}

/** The names of the types that a schema mentions. */
function refsIn(schema: unknown): string[] {
  if (typeof schema !== "object" || schema === null) return [];
  return Object.entries(schema).flatMap(([key, value]) =>
    key === "$ref" && typeof value === "string" ? [nameOf(value)] : refsIn(value)
  );
}

const nameOf = (ref: string) => ref.slice(ref.lastIndexOf("/") + 1);

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** What members have to be to be read. */
const MEMBERS: Readonly<Record<string, (value: unknown) => boolean>> = {
  $ref: (value) => typeof value === "string",
  properties: isObject,
  definitions: isObject,
  enum: Array.isArray,
  required: Array.isArray,
  oneOf: Array.isArray,
  anyOf: Array.isArray,
  allOf: Array.isArray,
};

/** A schema, without the members that are something else than they are called. */
function asSchema(value: unknown): Schema {
  if (!isObject(value)) return {};
  const entries = Object.entries(value);
  const well = entries.filter(([key, member]) => !Object.hasOwn(MEMBERS, key) || MEMBERS[key]!(member));
  return well.length === entries.length ? value : Object.fromEntries(well);
}

const byKey = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]) => a < b ? -1 : a > b ? 1 : 0;

/** A description on one line. */
function clean(text: unknown): string {
  return typeof text === "string"
    ? text.replace(/^(?:NEW APIs|NEW NOTIFICATIONS)\s+/, "").replace(/\s+/g, " ").trim()
    : "";
}
