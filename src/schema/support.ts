/**
 * The few schema kinds that the generated files are made of. Each is a real valibot schema, with four differences:
 *
 * - It validates **in place**: the output is the input, the same object, with every key that it came with.
 * - It is built when it is first used, so importing the protocol costs next to nothing.
 * - A property that is present but `undefined` counts as absent.
 * - What a newer server may send (an unknown enum value, an unknown variant) is **drift**: it adds an issue, and the
 *   dataset stays `typed`. So one set of schemas serves both modes: strict rejects every issue, tolerant accepts what
 *   is typed and reports the issues. `check` can do either; `v.parse` is strict.
 *
 * @module
 */
import * as v from "valibot";
import { LaterKind } from "./later.ts";
import { ArrayKind, ObjectKind, RecordKind } from "./containers.ts";
import type { AnySchema, ExactSchema, Schema } from "./schema.ts";
import { AnyOfKind, KeyedKind, LiteralsKind, TaggedKind } from "./unions.ts";

/** An optional property's schema. Only in the entries of an object. */
export interface OptionalSchema<T> extends AnySchema {
  readonly type: "optional";
  /** The schema of the property where it is present. */
  readonly wrapped: Schema<T>;
}

type Entries = Readonly<Record<string, AnySchema>>;
type OutputOf<S> = S extends ExactSchema<infer T, infer _> ? T : never;
type OptionalKeys<E> = { [K in keyof E]: E[K] extends OptionalSchema<infer _> ? K : never }[keyof E];
type Flat<T> = { [K in keyof T]: T[K] };
type ObjectOf<E> = Flat<
  & { [K in Exclude<keyof E, OptionalKeys<E>>]: OutputOf<E[K]> }
  & { [K in OptionalKeys<E>]?: E[K] extends OptionalSchema<infer T> ? T : never }
>;
type KeyedOf<V, E> = V | { [K in keyof E]: { [P in K]: OutputOf<E[K]> } }[keyof E];

/** Every schema here is one of valibot's or behaves as one; the compiler cannot see that its type is the one declared. */
// @__NO_SIDE_EFFECTS__
function own<T>(schema: unknown): Schema<T> {
  return schema as Schema<T>;
}

/** Any string. */
export const string: Schema<string> = own(v.string());
/** Any number but `NaN`. */
export const number: Schema<number> = own(v.number());
/** `true` or `false`. */
export const boolean: Schema<boolean> = own(v.boolean());
/** Any JSON value; not looked into. */
export const unknown: Schema<unknown> = own(v.unknown());

/** Exactly this string: the tag of a variant. */
// @__NO_SIDE_EFFECTS__
export function tag<const T extends string>(value: T): Schema<T> {
  return own(v.literal(value));
}

/** The schema's values, and `null`. */
// @__NO_SIDE_EFFECTS__
export function nullable<T>(wrapped: Schema<T>): Schema<T | null> {
  return own(v.nullable(wrapped));
}

/** A property that may be absent. */
// @__NO_SIDE_EFFECTS__
export function optional<T>(wrapped: Schema<T>): OptionalSchema<T> {
  return v.optional(wrapped) as unknown as OptionalSchema<T>;
}

/** A property that may be absent or `null`. */
// @__NO_SIDE_EFFECTS__
export function maybe<T>(wrapped: Schema<T>): OptionalSchema<T | null> {
  return optional(nullable(wrapped));
}

/** A property that came later: for an older peer to leave it out is drift. */
// @__NO_SIDE_EFFECTS__
export function later<T>(wrapped: Schema<T>): Schema<T> {
  return own(new LaterKind(wrapped));
}

/** A schema that is built on first use. */
// @__NO_SIDE_EFFECTS__
export function lazy<T>(build: () => Schema<T>): Schema<T> {
  let built: Schema<T> | undefined;
  return own(v.lazy(() => built ??= build()));
}

/** An object with these properties, and any others. */
// @__NO_SIDE_EFFECTS__
export function object<const E extends Entries>(entries: () => E): Schema<ObjectOf<E>> {
  return own(new ObjectKind(entries, false));
}

/** An object that lists some of its properties and declares that there are more. */
// @__NO_SIDE_EFFECTS__
export function openObject<const E extends Entries>(
  entries: () => E,
): Schema<ObjectOf<E> & { [key: string]: unknown }> {
  return own(new ObjectKind(entries, true));
}

/** An array. */
// @__NO_SIDE_EFFECTS__
export function array<T>(item: Schema<T>): Schema<T[]> {
  return own(new ArrayKind(item));
}

/** An object whose keys are data. */
// @__NO_SIDE_EFFECTS__
export function record<T>(value: Schema<T>): Schema<{ [key: string]: T }> {
  return own(new RecordKind(value));
}

/** One of these strings. Another one is drift. */
// @__NO_SIDE_EFFECTS__
export function literals<const T extends string>(...values: readonly T[]): Schema<T> {
  return own(new LiteralsKind(values));
}

/** Objects told apart by the string in `key`. An unknown one is drift. */
// @__NO_SIDE_EFFECTS__
export function tagged<const E extends Entries>(key: string, variants: () => E): Schema<OutputOf<E[keyof E]>> {
  return own(new TaggedKind(key, variants));
}

/** Strings, or objects whose single key says what they are. An unknown string or key is drift. */
// @__NO_SIDE_EFFECTS__
export function keyed<const V extends string, const E extends Entries>(
  values: readonly V[],
  keys: () => E,
): Schema<KeyedOf<V, E>> {
  return own(new KeyedKind(values, keys));
}

/** The first of these that fits without drift, else the one that fits best. */
// @__NO_SIDE_EFFECTS__
export function anyOf<const O extends readonly AnySchema[]>(options: () => O): Schema<OutputOf<O[number]>> {
  return own(new AnyOfKind(options));
}
