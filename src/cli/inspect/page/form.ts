import type { FieldOf, PageSchema, ShapeOf } from "./schema.ts";

/** What a type is called on the page: `string`, `"a" | "b"`, `UserInput[]`. */
export function nameOf(shape: ShapeOf): string {
  if (typeof shape === "string") return shape;
  if ("ref" in shape) return shape.ref;
  if ("maybe" in shape) return nameOf(shape.maybe);
  if ("list" in shape) return `${nameOf(shape.list)}[]`;
  if ("map" in shape) return `{ [key]: ${nameOf(shape.map)} }`;
  if ("fields" in shape) return "object";
  if ("one" in shape) return shape.one.map((value) => JSON.stringify(value)).join(" | ");
  if ("tag" in shape) return Object.keys(shape.kinds).join(" | ");
  return shape.any.map(nameOf).join(" | ");
}

/** What a reference and an optional value come to. */
export function resolved(schema: PageSchema, shape: ShapeOf, depth = 0): ShapeOf {
  if (typeof shape === "string" || depth > 20) return shape;
  if ("ref" in shape) return resolved(schema, schema.types[shape.ref]?.shape ?? "unknown", depth + 1);
  if ("maybe" in shape) return resolved(schema, shape.maybe, depth + 1);
  return shape;
}

/** The members of a type that is an object; none of any other. */
export function fieldsOf(schema: PageSchema, type: string | undefined): readonly FieldOf[] {
  if (type === undefined) return [];
  const shape = resolved(schema, { ref: type });
  return typeof shape === "object" && "fields" in shape ? shape.fields : [];
}

/** The texts that a value can be, if it can be nothing else. */
export function choicesOf(schema: PageSchema, shape: ShapeOf): readonly string[] | null {
  const found = resolved(schema, shape);
  return typeof found === "object" && "one" in found && found.keys === undefined ? found.one : null;
}

/** The smallest value of a type: what must be there, and of several kinds the first. */
export function exampleOf(schema: PageSchema, shape: ShapeOf, depth = 0): unknown {
  if (depth > 8) return null;
  if (typeof shape === "string") {
    return { string: "", number: 0, boolean: false, null: null, unknown: null }[shape];
  }
  if ("ref" in shape) return exampleOf(schema, schema.types[shape.ref]?.shape ?? "unknown", depth + 1);
  if ("maybe" in shape) return null;
  if ("list" in shape) return depth < 3 ? [exampleOf(schema, shape.list, depth + 1)] : [];
  if ("map" in shape) return {};
  if ("fields" in shape) {
    const needed = shape.fields.filter(({ required }) => required === true);
    return Object.fromEntries(needed.map((field) => [field.name, exampleOf(schema, field.shape, depth + 1)]));
  }
  if ("one" in shape) {
    const [key] = shape.keys ?? [];
    return shape.one[0] ?? (key === undefined ? "" : { [key.name]: exampleOf(schema, key.shape, depth + 1) });
  }
  if ("tag" in shape) {
    const [[value, type] = ["", ""]] = Object.entries(shape.kinds);
    const inner = exampleOf(schema, { ref: type }, depth + 1);
    return { [shape.tag]: value, ...(typeof inner === "object" && inner !== null ? inner : {}) };
  }
  return exampleOf(schema, shape.any[0] ?? "unknown", depth + 1);
}

/** Reads what was typed for a value: JSON, where it is not a text anyway. @throws {SyntaxError} If it is none. */
export function valueOf(schema: PageSchema, shape: ShapeOf, typed: string): unknown {
  if (choicesOf(schema, shape) !== null) return typed;
  const found = resolved(schema, shape);
  if (found === "string") return typed;
  if (found === "number" && typed.trim() !== "" && !Number.isNaN(Number(typed))) return Number(typed);
  return JSON.parse(typed);
}
