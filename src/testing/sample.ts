import { type AnySchema, check, type Schema } from "../../gen/mod.ts";

/** A value of which parts may be left out, at every depth. */
export type PartialDeep<T> = T extends readonly (infer E)[] ? readonly PartialDeep<E>[]
  : T extends object ? { readonly [K in keyof T]?: PartialDeep<T[K]> | undefined }
  : T;

/**
 * Builds a valid value of a protocol type: what is given, completed by defaults.
 *
 * Defaults are as small as the type permits: optional properties are absent, lists empty, what may be `null` is `null`,
 * an enumeration has its first value. Ids are named after what they identify (`turn-1`, `thread-1`).
 *
 * @param schema The type's schema, from `@codex-app-server/sdk/protocol`.
 * @param given What matters to the test. Kept as it is, also where the protocol does not know it.
 * @throws {TypeError} If the outcome does not fit the schema, because of what was given.
 * @example
 * ```ts
 * import { TurnSchema } from "@codex-app-server/sdk/protocol";
 * import { sample } from "@codex-app-server/sdk/testing";
 *
 * const turn = sample(TurnSchema, { status: "failed", items: [{ type: "agentMessage", text: "no" }] });
 * console.log(turn.id); // turn-1
 * ```
 */
export function sample<T>(schema: Schema<T>, given?: PartialDeep<T>): T {
  const value = fill(schema as unknown as AnyNode, given, "", "");
  const { typed, issues } = check(schema, value);
  if (typed) return value as T;
  const list = issues.map((issue) => `${issue.path}: ${issue.message}`).join("; ");
  throw new TypeError(`The sample does not fit the protocol: ${list}`);
}

/** What is read of a schema: valibot's own properties, of whichever kind it is. */
interface AnyNode {
  readonly type: string;
  readonly entries: Readonly<Record<string, AnyNode>>;
  readonly item: AnyNode;
  readonly value: AnyNode;
  readonly wrapped: AnyNode;
  readonly getter: () => AnyNode;
  readonly options: readonly unknown[];
  readonly literal: unknown;
  readonly key: string;
  readonly variants: ReadonlyMap<unknown, AnyNode>;
  readonly values: readonly string[];
  readonly build: () => Readonly<Record<string, AnyNode>>;
}

/** `given` completed to what `node` wants; `key` is the property that it is for, `parent` the one around that. */
function fill(node: AnyNode, given: unknown, key: string, parent: string): unknown {
  switch (node.type) {
    case "lazy":
      return fill(node.getter(), given, key, parent);
    case "optional":
    case "later":
      return fill(node.wrapped, given, key, parent);
    case "nullable":
      return given === undefined || given === null ? null : fill(node.wrapped, given, key, parent);
    case "loose_object":
      return given === undefined || isObject(given) ? fillObject(node, given ?? {}, key) : given;
    case "array":
      return Array.isArray(given) ? given.map((each) => fill(node.item, each, key, parent)) : given ?? [];
    case "record":
      return isObject(given)
        ? Object.fromEntries(Object.entries(given).map(([name, each]) => [name, fill(node.value, each, name, key)]))
        : given ?? {};
    case "variant":
      return fillVariant(node, given, key, parent);
    case "union":
      return fillUnion(node, given, key, parent);
    case "keyed":
      return fillKeyed(node, given, key);
    default:
      return given === undefined ? plain(node, key, parent) : given;
  }
}

function plain(node: AnyNode, key: string, parent: string): unknown {
  switch (node.type) {
    case "string":
      return key === "id" ? `${parent || "id"}-1` : key.endsWith("Id") ? `${key.slice(0, -2)}-1` : PATHS.get(key) ?? "";
    case "number":
      return 0;
    case "boolean":
      return false;
    case "picklist":
      return node.options[0];
    case "literal":
      return node.literal;
    default:
      return null;
  }
}

/** Properties that hold an absolute path. */
const PATHS: ReadonlyMap<string, string> = new Map([["cwd", "/workspace"], ["path", "/workspace/file.txt"]]);

function fillObject(node: AnyNode, given: Record<string, unknown>, key: string): unknown {
  const filled: Record<string, unknown> = { ...given };
  for (const [name, entry] of Object.entries(node.entries)) {
    if (given[name] !== undefined) filled[name] = fill(entry, given[name], name, key);
    else if (entry.type === "optional") delete filled[name];
    else filled[name] = fill(entry, undefined, name, key);
  }
  return filled;
}

function fillVariant(node: AnyNode, given: unknown, key: string, parent: string): unknown {
  if (given !== undefined && !isObject(given)) return given;
  const tag = given?.[node.key];
  const variant = tag === undefined ? [...node.variants.values()][0]! : node.variants.get(tag);
  return variant === undefined ? given : fill(variant, given, key, parent);
}

function fillUnion(node: AnyNode, given: unknown, key: string, parent: string): unknown {
  const options = node.options as readonly AnyNode[];
  if (given === undefined) return fill(options[0]!, undefined, key, parent);
  for (const option of options) {
    const filled = fill(option, given, key, parent);
    if (check(option as unknown as AnySchema, filled).issues.length === 0) return filled;
  }
  return given;
}

function fillKeyed(node: AnyNode, given: unknown, key: string): unknown {
  const table = node.build();
  if (isObject(given)) {
    const entries = Object.entries(given).map(([name, value]) => {
      const entry = table[name];
      return [name, entry === undefined ? value : fill(entry, value, name, key)];
    });
    return Object.fromEntries(entries);
  }
  if (given !== undefined) return given;
  const [value] = node.values;
  if (value !== undefined) return value;
  const [name, entry] = Object.entries(table)[0]!;
  return { [name]: fill(entry, undefined, name, key) };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
