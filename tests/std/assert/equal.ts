/** A path to where two values differ. */
type Path = string;

const typedArray = Object.getPrototypeOf(Uint8Array) as abstract new () => ArrayLike<unknown>;
const temporal = (globalThis as { readonly Temporal?: Record<string, unknown> }).Temporal ?? {};

/** Instances of these are what they print. */
const PRINTED: ReadonlySet<unknown> = new Set([
  ...[Intl.Locale, RegExp, URL, URLSearchParams].map((each) => each.prototype),
  ...Object.values(temporal).map((each) => typeof each === "function" ? each.prototype : undefined),
].filter((each) => each !== undefined));

/**
 * Where two values differ by the rules of the real package; `null` if they do not. Of plain objects and arrays the
 * enumerable members count; of every other object all members do, inherited ones and getters included: two errors differ
 * by their stacks, two sockets by their states.
 *
 * @throws {TypeError} For two WeakMaps or WeakSets: nobody can tell.
 */
export function difference(left: unknown, right: unknown): Path | null {
  const compared = new Map<object, unknown>();
  return compare(left, right, "value");

  function compare(a: unknown, b: unknown, path: Path): Path | null {
    if (a === b || Object.is(a, b)) return null;
    if (!isObject(a) || !isObject(b)) return path;
    if (a instanceof Date && b instanceof Date) return Object.is(a.getTime(), b.getTime()) ? null : path;
    if (kindOf(a) !== kindOf(b)) return path;
    if (a instanceof typedArray) return elements(a, b as ArrayLike<unknown>, path);
    if (isBuffer(a)) return elements(new Uint8Array(a), new Uint8Array(b as ArrayBuffer), path);
    if (a instanceof WeakMap || a instanceof WeakSet) throw new TypeError(`Nobody can compare two weak collections`);
    if (a instanceof WeakRef) return compare(a.deref(), (b as WeakRef<object>).deref(), path);
    if (compared.get(a) === b) return null;
    if (Object.keys(a).length !== Object.keys(b).length) return path;
    compared.set(a, b);
    if (a instanceof Map) return entries(a, b as Map<unknown, unknown>, path);
    if (a instanceof Set) return entries(new Map(a.entries()), new Map((b as Set<unknown>).entries()), path);
    if (PRINTED.has(Object.getPrototypeOf(a))) return String(a) === String(b) ? null : path;
    for (const key of isPlain(a) ? Reflect.ownKeys({ ...a, ...b }) : new Set([...allKeys(a), ...allKeys(b)])) {
      const at = `${path}${typeof key === "string" ? `.${key}` : `[${String(key)}]`}`;
      const found = compare(Reflect.get(a, key), Reflect.get(b, key), at);
      if (found !== null || (key in a) !== (key in b)) return found ?? at;
    }
    return null;
  }

  function elements(a: ArrayLike<unknown>, b: ArrayLike<unknown>, path: Path): Path | null {
    if (a.length !== b.length) return path;
    for (let i = 0; i < a.length; i++) if (compare(a[i], b[i], path) !== null) return `${path}[${i}]`;
    return null;
  }

  function entries(a: Map<unknown, unknown>, b: Map<unknown, unknown>, path: Path): Path | null {
    if (a.size !== b.size) return path;
    const fits = (key: unknown, value: unknown) =>
      isObject(key)
        ? [...b].some(([k, v]) => compare(key, k, path) === null && compare(value, v, path) === null)
        : b.has(key) && compare(value, b.get(key), path) === null;
    for (const [key, value] of a) if (!fits(key, value)) return `${path}, in an entry,`;
    return null;
  }
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

function isBuffer(value: object): value is ArrayBuffer {
  return value instanceof ArrayBuffer ||
    typeof SharedArrayBuffer !== "undefined" && value instanceof SharedArrayBuffer;
}

/** Its prototype; an object without one is as good as a plain one. */
function kindOf(value: object): object {
  return Object.getPrototypeOf(value) ?? Object.prototype;
}

function isPlain(value: object): boolean {
  return [Object.prototype, Array.prototype].includes(kindOf(value) as never);
}

/** The names of all members, own and inherited, but for those that every object or array has. */
function allKeys(value: object): PropertyKey[] {
  const keys: PropertyKey[] = [];
  for (
    let at: object | null = value;
    at !== null && at !== Object.prototype && at !== Array.prototype;
    at = Object.getPrototypeOf(at)
  ) keys.push(...Reflect.ownKeys(at));
  return keys;
}
