import { assertEquals, assertThrows } from "@std/assert";
import { describe, test } from "node:test";
import { docBlock } from "../../scripts/gen/docs.ts";
import { emitSchema } from "../../scripts/gen/emit_schemas.ts";
import { emitType } from "../../scripts/gen/emit_types.ts";
import type { JsonSchema } from "../../scripts/gen/json_schema.ts";
import { normalise } from "../../scripts/gen/normalise.ts";

const text = { type: "string" } as const;

/** What is generated for `X`, and for the variants that come with it: the type and the schema of each. */
function generated(x: JsonSchema): string[] {
  const definitions = normalise(new Map([["X", x]]));
  return [...definitions.values()].flatMap((definition) => [emitType(definition), emitSchema(definition)])
    .map((line) => line.replaceAll(/\s+/g, " ").trim());
}

/** What is generated for one property of an object. */
function property(node: JsonSchema | boolean, required: boolean): string[] {
  return generated({ type: "object", properties: { p: node }, required: required ? ["p"] : [] })
    .map((line) => /\{ (.*?)[,;] \}/.exec(line)![1]!);
}

/** An object of one literal, as the runtime writes variants. */
function variant(tag: string, properties: Readonly<Record<string, JsonSchema>> = {}): JsonSchema {
  const type: JsonSchema = { type: "string", enum: [tag] };
  return { type: "object", properties: { type, ...properties }, required: ["type", ...Object.keys(properties)] };
}

describe("the generator", () => {
  test("properties: optional and nullable are kept apart", () => {
    const nullable: JsonSchema = { type: ["string", "null"] };
    assertEquals(property(text, true), ["p: string", "p: string"]);
    assertEquals(property(text, false), ["p?: string", "p: optional(string)"]);
    assertEquals(property(nullable, true), ["p: string | null", "p: nullable(string)"]);
    assertEquals(property(nullable, false), ["p?: string | null", "p: maybe(string)"]);
  });

  test("properties: every spelling of a type", () => {
    const ref: JsonSchema = { $ref: "#/definitions/v2/Y" };
    assertEquals(property(true, true), ["p: unknown", "p: unknown"]);
    assertEquals(property({}, true), ["p: unknown", "p: unknown"]);
    assertEquals(property({ type: "integer" }, true), ["p: number", "p: number"]);
    assertEquals(property(ref, true), ["p: Y", "p: YSchema"]);
    assertEquals(property({ allOf: [ref] }, true), ["p: Y", "p: YSchema"]);
    assertEquals(property({ anyOf: [ref, { type: "null" }] }, true), ["p: Y | null", "p: nullable(YSchema)"]);
    assertEquals(property({ type: "array", items: ref }, true), ["p: Y[]", "p: array(YSchema)"]);
    assertEquals(property({ type: "array", items: { type: ["string", "null"] } }, true), [
      "p: Array<string | null>",
      "p: array(nullable(string))",
    ]);
    assertEquals(property({ type: ["object", "null"], additionalProperties: text }, true), [
      "p: { [key: string]: string } | null",
      "p: nullable(record(string))",
    ]);
    // Twice nullable, as the runtime writes an Option of an Option.
    const twice: JsonSchema = { anyOf: [{ anyOf: [ref, { type: "null" }] }, { type: "null" }] };
    assertEquals(property(twice, true), ["p: Y | null", "p: nullable(YSchema)"]);
  });

  test("an object without fields is a record; one that says so is open", () => {
    assertEquals(generated({ type: "object" }), [
      "export type X = { [key: string]: unknown };",
      "export const XSchema: Schema<X> = lazy(() => record(unknown));",
    ]);
    assertEquals(generated({ type: "object", properties: { a: text }, additionalProperties: true }), [
      "export type X = { a?: string; [key: string]: unknown; };",
      "export const XSchema: Schema<X> = openObject(() => ({ a: optional(string), }));",
    ]);
  });

  test("enums, in one list or value by value", () => {
    const expected = [
      'export type X = "a" | "b";',
      'export const XSchema: Schema<X> = literals("a", "b");',
    ];
    assertEquals(generated({ ...text, enum: ["a", "b"] }), expected);
    assertEquals(generated({ oneOf: [{ ...text, enum: ["a"] }, { ...text, enum: ["b"] }] }), expected);
    const documented = generated({ oneOf: [{ ...text, enum: ["a"], description: "The first." }] });
    assertEquals(documented[0], 'export type X = /** The first. */ | "a";');
  });

  test("tagged unions: a definition for each variant, with the fields that they share", () => {
    const x: JsonSchema = {
      type: "object",
      properties: { at: { type: "integer" } },
      oneOf: [variant("a"), variant("b", { text })],
    };
    assertEquals(generated(x), [
      'export type AX = { at?: number; type: "a"; };',
      'export const AXSchema: Schema<AX> = object(() => ({ at: optional(number), type: tag("a"), }));',
      'export type BX = { at?: number; text: string; type: "b"; };',
      'export const BXSchema: Schema<BX> = object(() => ({ at: optional(number), text: string, type: tag("b"), }));',
      "export type X = AX | BX;",
      'export const XSchema: Schema<X> = tagged("type", () => ({ a: AXSchema, b: BXSchema, }));',
    ]);
    assertEquals(
      generated({ oneOf: [variant("a/b"), variant("aB")] }).filter((line) => line.startsWith("export type")),
      [
        'export type ASlashBX = { type: "a/b"; };',
        'export type ABX = { type: "aB"; };',
        "export type X = ASlashBX | ABX;",
      ],
    );
  });

  test("strings or single-key objects; a catch-all adds nothing to what passes anyway", () => {
    const object: JsonSchema = {
      type: "object",
      properties: { c: text },
      required: ["c"],
      additionalProperties: false,
    };
    const expected = [
      'export type X = | "a" | "b" | { c: string };',
      'export const XSchema: Schema<X> = keyed(["a", "b"], () => ({ c: string, }));',
    ];
    assertEquals(generated({ oneOf: [{ ...text, enum: ["a", "b"] }, object] }), expected);
    assertEquals(
      generated({ anyOf: [{ ...text, enum: ["a", "b"] }, object, { type: ["string", "object"] }] }),
      expected,
    );
  });

  test("alternatives: any type, and at least one of several fields", () => {
    assertEquals(generated({ anyOf: [text, { type: "integer" }] }), [
      "export type X = string | number;",
      "export const XSchema: Schema<X> = anyOf(() => [string, number]);",
    ]);
    const either = (name: string): JsonSchema => ({ type: "object", properties: { [name]: text }, required: [name] });
    const x: JsonSchema = {
      type: "object",
      properties: { a: text },
      required: ["a"],
      anyOf: [either("b"), either("c")],
    };
    assertEquals(
      generated(x)[0],
      "export type X = | { a: string; b: string; c?: string; } | { a: string; b?: string; c: string; };",
    );
  });

  test("a spelling that is not known stops it, and says where", () => {
    for (const node of [{ type: "tuple" }, { type: ["string", "integer"] }, { allOf: [text, text] }, { enum: [1] }]) {
      assertThrows(() => property(node as JsonSchema, true), Error, "X: the generator does not know what to do with");
    }
    assertThrows(
      () => normalise(new Map<string, JsonSchema>([["X", { oneOf: [variant("a")] }], ["AX", text]])),
      Error,
      "two definitions are called AX",
    );
  });

  test("doc comments keep the schema's words, within 120 columns, and cannot end early", () => {
    assertEquals(docBlock(""), "");
    assertEquals(docBlock("Short."), "/** Short. */\n");
    const long = docBlock(`${"word ".repeat(60)}\n- ${"item ".repeat(40)}`, "  ");
    assertEquals(long.split("\n").filter((line) => line.length > 120), []);
    assertEquals(long.split("\n").filter((line) => line.startsWith("   *   item")).length, 1);
    const [type] = generated({
      type: "object",
      properties: { a: { ...text, description: "NEW APIs\nSee */ there." } },
    });
    assertEquals(type, "export type X = { /** See *\\/ there. */ a?: string; };");
    const [old] = generated({ type: "object", properties: { a: { ...text, description: "Deprecated: use `b`." } } });
    assertEquals(old, "export type X = { /** @deprecated use `b`. */ a?: string; };");
  });

  test("defaults are told", () => {
    const [type] = generated({ type: "object", properties: { a: { type: "boolean", default: false } } });
    assertEquals(type, "export type X = { /** @default false */ a?: boolean; };");
  });
});
