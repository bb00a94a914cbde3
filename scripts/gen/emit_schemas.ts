/**
 * Shapes as schemas, in the vocabulary of `src/schema/support.ts`.
 *
 * @module
 */
import { propertyName } from "./emit_types.ts";
import { byName, type Definition, type Field, type Shape } from "./model.ts";

const WIDTH = 120;

/** `export const XSchema: Schema<X> = …;`. The doc comment is the caller's. */
export function emitSchema({ name, shape }: Definition): string {
  const text = schemaText(shape, "");
  const expression = isLazy(shape) ? `lazy(() => ${text})` : text;
  return `export const ${name}Schema: Schema<${name}> = ${expression};\n`;
}

/** Whether a definition of this shape would look at others while its module loads. */
export function isLazy(shape: Shape): boolean {
  return ["ref", "nullable", "array", "record"].includes(shape.kind);
}

/** The names of `src/schema/support.ts` that a schema uses. */
export function* helpersOf(shape: Shape): Generator<string> {
  switch (shape.kind) {
    case "ref":
      return;
    case "nullable":
      yield "nullable";
      return yield* helpersOf(shape.inner);
    case "array":
      yield "array";
      return yield* helpersOf(shape.item);
    case "record":
      yield "record";
      return yield* helpersOf(shape.value);
    case "object":
      yield shape.open ? "openObject" : "object";
      return yield* helpersOfFields(shape.fields);
    case "keyed":
      yield "keyed";
      return yield* helpersOfFields(shape.keys);
    case "any_of":
      yield "anyOf";
      for (const option of shape.options) yield* helpersOf(option);
      return;
    default:
      yield shape.kind;
  }
}

function* helpersOfFields(fields: readonly Field[]): Generator<string> {
  for (const field of fields) {
    const { helper, shape } = presence(field);
    if (helper !== null) yield helper;
    yield* helpersOf(shape);
  }
}

function schemaText(shape: Shape, indent: string): string {
  switch (shape.kind) {
    case "ref":
      return `${shape.name}Schema`;
    case "tag":
      return `tag(${JSON.stringify(shape.value)})`;
    case "nullable":
      return `nullable(${schemaText(shape.inner, indent)})`;
    case "array":
      return `array(${schemaText(shape.item, indent)})`;
    case "record":
      return `record(${schemaText(shape.value, indent)})`;
    case "object":
      return `${shape.open ? "openObject" : "object"}(() => (${entries(shape.fields, indent)}))`;
    case "literals":
      return call("literals", shape.values.map((literal) => JSON.stringify(literal.value)), indent);
    case "tagged": {
      const lines = shape.variants.map((variant) =>
        `${indent}  ${propertyName(variant.value)}: ${variant.name}Schema,\n`
      );
      return `tagged(${JSON.stringify(shape.tag)}, () => ({\n${lines.join("")}${indent}}))`;
    }
    case "keyed": {
      const values = shape.values.map((literal) => JSON.stringify(literal.value));
      return `keyed(${list(values, indent)}, () => (${entries(shape.keys, indent)}))`;
    }
    case "any_of": {
      const options = shape.options.map((option) => schemaText(option, `${indent}  `));
      return `anyOf(() => ${list(options, indent)})`;
    }
    case "null":
      throw new Error("null alone is no type that the generator can emit");
    default:
      return shape.kind;
  }
}

function entries(fields: readonly Field[], indent: string): string {
  if (fields.length === 0) return "{}";
  const inner = `${indent}  `;
  const lines = [...fields].sort(byName).map((field) => {
    const { helper, shape } = presence(field);
    const text = schemaText(shape, inner);
    return `${inner}${propertyName(field.name)}: ${helper === null ? text : `${helper}(${text})`},\n`;
  });
  return `{\n${lines.join("")}${indent}}`;
}

/** How a field's schema says that the field may be absent, and the schema of its value. */
function presence(
  { required, later, shape }: Field,
): { readonly helper: "later" | "maybe" | "optional" | null; readonly shape: Shape } {
  if (required) return { helper: later ? "later" : null, shape };
  return shape.kind === "nullable" ? { helper: "maybe", shape: shape.inner } : { helper: "optional", shape };
}

function list(items: readonly string[], indent: string): string {
  return items.length === 0 ? "[]" : `[${fitted(items, indent)}]`;
}

function call(name: string, items: readonly string[], indent: string): string {
  return `${name}(${fitted(items, indent)})`;
}

/** Items on one line where they fit into most of one, else one a line. */
function fitted(items: readonly string[], indent: string): string {
  const line = items.join(", ");
  if (line.length < WIDTH / 2 && !line.includes("\n")) return line;
  return `\n${items.map((item) => `${indent}  ${item},\n`).join("")}${indent}`;
}
