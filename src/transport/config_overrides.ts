/**
 * The server's configuration as one object, made into what its command line takes: `key=value`, the value in TOML.
 *
 * @module
 */

/** A value of the server's configuration. */
export type ConfigValue =
  | string
  | number
  | boolean
  | readonly ConfigValue[]
  | { readonly [key: string]: ConfigValue | undefined };

/** The server's configuration, as it would stand in `config.toml`. */
export interface ServerConfig {
  /** One key of it. A dotted key at the top is a path: `"features.plugins"`. What is `undefined` is left out. */
  readonly [key: string]: ConfigValue | undefined;
}

/** A table while it is put together. A Map, since `__proto__` is a key like any other. */
type Table = Map<string, Table | Leaf>;
interface Leaf {
  readonly toml: string;
}

/** The keys that TOML takes without quotes. */
const BARE_KEY = /^[A-Za-z0-9_-]+$/;
/** The server's own parser of TOML goes no deeper than 80. */
const MAX_DEPTH = 64;

/**
 * Flattens a configuration to `key=value` pairs, so that each lies over what the files of the user have and leaves its
 * neighbours alone.
 *
 * The server splits a key at every dot and knows no quotes there. A table with a key that is not a bare one (a path of a
 * project, a name with dots) is therefore passed whole, as an inline table; the server merges it all the same.
 *
 * @throws {TypeError} If something in it is no value of a configuration; the message says where.
 */
export function configOverrides(config: ServerConfig): string[] {
  const root: Table = new Map();
  for (const [key, value] of entries(config, "config")) {
    const path = key.split(".");
    const strange = path.find((part) => !BARE_KEY.test(part));
    if (strange !== undefined) {
      throw new TypeError(
        `config: ${JSON.stringify(key)} is no key or path of keys. Nest what has other characters: ` +
          `{ projects: { "/some/path": { trust_level: "trusted" } } }`,
      );
    }
    put(root, path, toNode(value, `config.${key}`, []), "config");
  }
  return pairs(root, "");
}

/** Lays a node at a path of a table; where both are tables, they become one. */
function put(table: Table, [key = "", ...rest]: readonly string[], node: Table | Leaf, where: string): void {
  const here = `${where}.${key}`;
  const found = table.get(key);
  if (rest.length === 0) {
    if (found === undefined) table.set(key, node);
    else if (found instanceof Map && node instanceof Map) {
      for (const [name, part] of node) put(found, [name], part, here);
    } else throw new TypeError(`${here} is given twice`);
    return;
  }
  if (found !== undefined && !(found instanceof Map)) throw new TypeError(`${here} is given as a value and as a table`);
  const inner: Table = found ?? new Map();
  table.set(key, inner);
  put(inner, rest, node, here);
}

/** @param above The objects that hold this one, outermost first. */
function toNode(value: unknown, where: string, above: readonly unknown[]): Table | Leaf {
  if (!isTable(value)) return { toml: tomlValue(value, where, above) };
  const inside = within(value, where, above);
  return new Map(entries(value, where).map(([key, part]) => [key, toNode(part, `${where}.${key}`, inside)]));
}

function within(value: unknown, where: string, above: readonly unknown[]): readonly unknown[] {
  if (above.includes(value)) throw new TypeError(`${where} holds itself`);
  if (above.length >= MAX_DEPTH) throw new TypeError(`config is nested more than ${MAX_DEPTH} deep`);
  return [...above, value];
}

function pairs(table: Table, prefix: string): string[] {
  return [...table].flatMap(([key, node]) => {
    const path = `${prefix}${key}`;
    if (!(node instanceof Map) || node.size === 0 || ![...node.keys()].every((name) => BARE_KEY.test(name))) {
      return [`${path}=${tomlOf(node)}`];
    }
    return pairs(node, `${path}.`);
  });
}

function tomlOf(node: Table | Leaf): string {
  if (!(node instanceof Map)) return node.toml;
  return `{${[...node].map(([key, part]) => `${tomlKey(key)}=${tomlOf(part)}`).join(",")}}`;
}

function tomlKey(key: string): string {
  return BARE_KEY.test(key) ? key : tomlString(key);
}

function tomlValue(value: unknown, where: string, above: readonly unknown[]): string {
  switch (typeof value) {
    case "string":
      return tomlString(value);
    case "boolean":
      return String(value);
    case "number":
      return tomlNumber(value, where);
  }
  if (isTable(value)) return tomlOf(toNode(value, where, above));
  if (!Array.isArray(value)) {
    throw new TypeError(`${where}: expected a string, number, boolean, array or plain object, found ${kindOf(value)}`);
  }
  const inside = within(value, where, above);
  // Not `map`, which skips the holes of an array.
  return `[${Array.from(value, (part, index) => tomlValue(part, `${where}[${index}]`, inside)).join(",")}]`;
}

/** What something is, without its content: it may be a secret. */
function kindOf(value: unknown): string {
  if (value === null) return "null, for which TOML has no word";
  if (Array.isArray(value)) return "an array";
  return typeof value === "object" ? `an object of class ${value.constructor?.name ?? "?"}` : typeof value;
}

/** A string of JSON is one of TOML, but for DEL, which TOML wants escaped, and halves of a surrogate pair. */
function tomlString(text: string): string {
  return JSON.stringify(wellFormed(text)).replaceAll("\x7f", "\\u007f");
}

function wellFormed(text: string): string {
  return text.replace(/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g, "\ufffd");
}

function tomlNumber(value: number, where: string): string {
  if (!Number.isFinite(value)) throw new TypeError(`${where}: expected a finite number, found ${value}`);
  if (Number.isSafeInteger(value)) return String(value);
  // Beyond what is exact it can only be meant as a float, and an integer of TOML has 64 bits.
  const text = String(value);
  return /[.e]/.test(text) ? text : `${text}.0`;
}

function entries(table: object, where: string): [string, unknown][] {
  if (!isTable(table)) throw new TypeError(`${where}: expected a plain object, found ${kindOf(table)}`);
  return Object.entries(table).filter(([, value]) => value !== undefined);
}

/** An object that is nothing but its own properties: a Date or a Map would become an empty table. */
function isTable(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const prototype = Object.getPrototypeOf(value);
  // One of another realm has another Object.prototype, but none above it.
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}
