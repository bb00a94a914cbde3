/**
 * Shapes as TypeScript types.
 *
 * @module
 */
import { docBlock, joinDocs } from "./docs.ts";
import { byName, type Definition, type Field, type Literal, type Shape } from "./model.ts";

const WIDTH = 120;

/**
 * `export type X = …;`. The doc comment is the caller's.
 *
 * Objects are aliases too, not interfaces: only an alias can be passed where any JSON object is wanted.
 */
export function emitType(definition: Definition): string {
  const { name, shape } = definition;
  if (shape.kind === "tagged") return alias(name, shape.variants.map((variant) => variant.name));
  if (shape.kind === "literals") return literalsAlias(name, shape.values);
  if (shape.kind === "keyed") return keyedAlias(name, shape);
  if (shape.kind === "any_of") return alias(name, shape.options.map((option) => typeText(option, "  ")));
  return `export type ${name} = ${typeText(shape, "")};\n`;
}

/** A shape as a type expression. Lines after the first are indented by `indent`. */
export function typeText(shape: Shape, indent: string): string {
  switch (shape.kind) {
    case "ref":
      return shape.name;
    case "tag":
      return JSON.stringify(shape.value);
    case "nullable":
      return `${typeText(shape.inner, indent)} | null`;
    case "array": {
      const item = typeText(shape.item, indent);
      return / [|&] /.test(item) ? `Array<${item}>` : `${item}[]`;
    }
    case "record":
      return `{ [key: string]: ${typeText(shape.value, indent)} }`;
    case "object":
      return objectType(shape, indent);
    case "literals":
      return shape.values.map((literal) => JSON.stringify(literal.value)).join(" | ");
    case "any_of":
      return shape.options.map((option) => typeText(option, indent)).join(" | ");
    case "tagged":
    case "keyed":
      throw new Error(`A ${shape.kind} union inside another type: give it a name in normalise.ts`);
    default:
      return shape.kind;
  }
}

/** What the doc comment of a field or a key says. */
export function fieldDocs(field: Field): string {
  return joinDocs(
    field.docs,
    field.defaultValue === null ? "" : `@default ${field.defaultValue}`,
    field.experimental ? "@experimental" : "",
  );
}

function objectType(shape: Shape & { kind: "object" }, indent: string): string {
  const inner = `${indent}  `;
  const fields = [...shape.fields].sort(byName).map((field) => fieldText(field, inner));
  if (shape.open) fields.push(`${inner}[key: string]: unknown;\n`);
  return `{\n${fields.join("")}${indent}}`;
}

function fieldText(field: Field, indent: string): string {
  const docs = docBlock(fieldDocs(field), indent);
  return `${docs}${indent}${propertyName(field.name)}${field.required ? "" : "?"}: ${typeText(field.shape, indent)};\n`;
}

function literalsAlias(name: string, values: readonly Literal[]): string {
  const documented = values.some((literal) => literal.docs !== "" || literal.experimental);
  if (!documented) return alias(name, values.map((literal) => JSON.stringify(literal.value)));
  return `export type ${name} =\n${values.map(literalLine).join("\n")};\n`;
}

function keyedAlias(name: string, shape: Shape & { kind: "keyed" }): string {
  const keys = shape.keys.map((field) => {
    const docs = docBlock(fieldDocs(field), "  ");
    return `${docs}  | { ${propertyName(field.name)}: ${typeText(field.shape, "  ")} }`;
  });
  return `export type ${name} =\n${[...shape.values.map(literalLine), ...keys].join("\n")};\n`;
}

function literalLine(literal: Literal): string {
  const docs = docBlock(joinDocs(literal.docs, literal.experimental ? "@experimental" : ""), "  ");
  return `${docs}  | ${JSON.stringify(literal.value)}`;
}

function alias(name: string, options: readonly string[]): string {
  const line = `export type ${name} = ${options.join(" | ")};\n`;
  if (line.length <= WIDTH && !line.slice(0, -1).includes("\n")) return line;
  return `export type ${name} =\n${options.map((option) => `  | ${option}`).join("\n")};\n`;
}

/** A property name, quoted if it must be. */
export function propertyName(name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name);
}
