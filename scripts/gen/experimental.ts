/**
 * What only `--experimental` shows is experimental: methods, definitions, fields, enum values.
 *
 * @module
 */
import type { Definition, Field, Literal, Method, Protocol, Shape } from "./model.ts";

/** Marks, in `all`, everything that `stable` lacks. Something stable that `all` lacks is an error. */
export function markExperimental(all: Protocol, stable: Protocol): void {
  for (const definition of all.definitions.values()) {
    const known = stable.definitions.get(definition.name);
    if (known === undefined) definition.experimental = true;
    else markShape(definition, known);
  }
  for (const kind of ["requests", "notifications", "serverRequests"] as const) {
    const known = new Set(stable[kind].map((method) => method.method));
    for (const method of all[kind]) method.experimental = !known.has(method.method);
    expectAll(`the ${kind}`, known, new Set(all[kind].map((method: Method) => method.method)));
  }
  expectAll("the definitions", new Set(stable.definitions.keys()), new Set(all.definitions.keys()));
}

function markShape({ name, shape }: Definition, stable: Definition): void {
  mark(name, members(shape, fieldsOf), members(stable.shape, fieldsOf), (field) => field.name);
  mark(name, members(shape, literalsOf), members(stable.shape, literalsOf), (literal) => literal.value);
}

function mark<T extends { experimental: boolean }>(
  where: string,
  all: readonly T[],
  stable: readonly T[],
  key: (member: T) => string,
): void {
  const known = new Set(stable.map(key));
  for (const member of all) member.experimental = !known.has(key(member));
  expectAll(where, known, new Set(all.map(key)));
}

function expectAll(where: string, stable: ReadonlySet<string>, all: ReadonlySet<string>): void {
  const missing = [...stable].filter((name) => !all.has(name));
  if (missing.length > 0) {
    throw new Error(`${where}: only the stable schema has ${missing.join(", ")}. Are both outputs of one runtime?`);
  }
}

function members<T>(shape: Shape, of: (shape: Shape) => readonly T[]): T[] {
  return shape.kind === "any_of" ? shape.options.flatMap((option) => members(option, of)) : [...of(shape)];
}

function fieldsOf(shape: Shape): readonly Field[] {
  return shape.kind === "object" ? shape.fields : shape.kind === "keyed" ? shape.keys : [];
}

function literalsOf(shape: Shape): readonly Literal[] {
  return shape.kind === "literals" || shape.kind === "keyed" ? shape.values : [];
}
