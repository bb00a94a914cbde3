/**
 * The protocol as the generator sees it: JSON Schema with its spelling variants ironed out. `normalise.ts` builds it,
 * the emitters read it.
 *
 * @module
 */

/** A type of the protocol. */
export type Shape =
  | { readonly kind: "string" | "number" | "boolean" | "null" | "unknown" }
  | { readonly kind: "ref"; readonly name: string }
  | { readonly kind: "nullable"; readonly inner: Shape }
  | { readonly kind: "array"; readonly item: Shape }
  | { readonly kind: "record"; readonly value: Shape }
  /** The value of a tag: exactly this string. */
  | { readonly kind: "tag"; readonly value: string }
  /** A string enum. A newer server may know more values. */
  | { readonly kind: "literals"; readonly values: readonly Literal[] }
  /** `open` objects declare that they carry more keys than are listed. */
  | { readonly kind: "object"; readonly fields: readonly Field[]; readonly open: boolean }
  /** Objects told apart by the string in one property. */
  | { readonly kind: "tagged"; readonly tag: string; readonly variants: readonly Variant[] }
  /** Strings, or objects whose single key says what they are. */
  | { readonly kind: "keyed"; readonly values: readonly Literal[]; readonly keys: readonly Field[] }
  /** Anything else: told apart by trying. */
  | { readonly kind: "any_of"; readonly options: readonly Shape[] };

/** One value of a string enum. */
export interface Literal {
  readonly value: string;
  readonly docs: string;
  experimental: boolean;
}

/** One property of an object, or one key of a keyed union. */
export interface Field {
  readonly name: string;
  readonly shape: Shape;
  readonly required: boolean;
  readonly docs: string;
  /** The default as JSON text, or `null` if the schema names none that says something. */
  readonly defaultValue: string | null;
  experimental: boolean;
  /** Always there now, and not in every version that is supported. */
  later: boolean;
}

/** One variant of a tagged union: a definition of its own. */
export interface Variant {
  readonly value: string;
  readonly name: string;
}

/** A named type. */
export interface Definition {
  readonly name: string;
  readonly shape: Shape;
  readonly docs: string;
  experimental: boolean;
}

/** Something that can be called, in either direction. `null` stands for "no params" or "no result". */
export interface Method {
  readonly method: string;
  readonly params: string | null;
  /** The params may be `null` although a type for them exists. */
  readonly nullableParams: boolean;
  readonly result: string | null;
  readonly docs: string;
  experimental: boolean;
}

/** Everything that is generated from. */
export interface Protocol {
  readonly definitions: ReadonlyMap<string, Definition>;
  readonly requests: readonly Method[];
  readonly notifications: readonly Method[];
  readonly serverRequests: readonly Method[];
}

/** The names of the definitions that `shape` mentions directly. */
export function* references(shape: Shape): Generator<string> {
  switch (shape.kind) {
    case "ref":
      return yield shape.name;
    case "nullable":
      return yield* references(shape.inner);
    case "array":
      return yield* references(shape.item);
    case "record":
      return yield* references(shape.value);
    case "object":
      for (const field of shape.fields) yield* references(field.shape);
      return;
    case "tagged":
      for (const variant of shape.variants) yield variant.name;
      return;
    case "keyed":
      for (const field of shape.keys) yield* references(field.shape);
      return;
    case "any_of":
      for (const option of shape.options) yield* references(option);
  }
}

/** Compares as the generator sorts: by code unit, the same on every machine. */
export function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  return compare(a.name, b.name);
}

/** Orders strings by code unit. */
export function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
