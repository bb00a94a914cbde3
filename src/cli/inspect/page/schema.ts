/**
 * The protocol as the page knows it, in fewer words than JSON Schema: `scripts/lib/inspect_schema.ts` writes it.
 *
 * @module
 */

/** What a value is like. */
export type ShapeOf =
  | "string"
  | "number"
  | "boolean"
  | "null"
  | "unknown"
  | { readonly ref: string }
  | { readonly maybe: ShapeOf }
  | { readonly list: ShapeOf }
  | { readonly map: ShapeOf }
  | { readonly fields: readonly FieldOf[] }
  /** One of these texts; or, with `keys`, an object that has one of these keys. */
  | { readonly one: readonly string[]; readonly keys?: readonly FieldOf[] }
  /** Objects that the text under `tag` tells apart. */
  | { readonly tag: string; readonly kinds: Readonly<Record<string, string>> }
  | { readonly any: readonly ShapeOf[] };

/** A member of an object. */
export interface FieldOf {
  readonly name: string;
  readonly shape: ShapeOf;
  readonly required?: boolean;
  readonly docs?: string;
  readonly experimental?: boolean;
}

/** A request, or the answer to one of the server. */
export interface MethodOf {
  /** The type of its params, or of its result. */
  readonly type?: string;
  readonly docs?: string;
  readonly experimental?: boolean;
}

/** Everything. */
export interface PageSchema {
  /** The version of codex that it is of. */
  readonly version: string;
  readonly requests: Readonly<Record<string, MethodOf>>;
  /** By the server's requests: what answers them. */
  readonly answers: Readonly<Record<string, MethodOf>>;
  readonly types: Readonly<Record<string, { readonly shape: ShapeOf; readonly docs?: string }>>;
}
