import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { describe, test } from "node:test";
import { type OutputSchema, strictOutputSchema, toOutputSchema } from "@codex-app-server/sdk/tools";
import { type } from "arktype";
import * as v from "valibot";
import { z } from "zod";

const object = (properties: Record<string, unknown>, more: Record<string, unknown> = {}) => ({
  type: "object",
  properties,
  required: Object.keys(properties),
  additionalProperties: false,
  ...more,
});

async function complaint(schema: OutputSchema): Promise<string> {
  return (await assertRejects(() => toOutputSchema(schema), TypeError)).message;
}

describe("strict output schemas", () => {
  test("[T19] a strict JSON Schema is sent as it is, the very object", async () => {
    const node = object({ value: { type: "string" }, next: { anyOf: [{ $ref: "#/$defs/node" }, { type: "null" }] } });
    const schema = object({
      a: { type: "string", description: "d", pattern: "^x", format: "email", minLength: 1 },
      b: { type: ["number", "null"], minimum: 1, multipleOf: 2 },
      c: { enum: ["x", "y"] },
      d: { const: 1 },
      e: { type: "array", items: object({ f: { type: "boolean" } }), minItems: 1, maxItems: 3 },
      g: { $ref: "#/$defs/node" },
    }, { $defs: { node }, $schema: "https://json-schema.org/draft/2020-12/schema", title: "T" });
    assertEquals(await toOutputSchema(schema) === schema, true);
  });

  test("[T19] every object is closed and wants every property, at every level", async () => {
    const loose = { type: "object", properties: { a: { type: "string" }, b: { type: "string" } }, required: ["a"] };
    const closed = { ...loose, required: ["a", "b"], additionalProperties: false };
    const places: readonly [string, (inner: unknown) => Record<string, unknown>][] = [
      ["", (inner) => inner as Record<string, unknown>],
      ["properties.x", (inner) => object({ x: inner })],
      ["properties.x.items", (inner) => object({ x: { type: "array", items: inner } })],
      ["properties.x.anyOf.1", (inner) => object({ x: { anyOf: [{ type: "null" }, inner] } })],
      ["$defs.d", (inner) => object({ x: { $ref: "#/$defs/d" } }, { $defs: { d: inner } })],
      ["definitions.d", (inner) => object({ x: { $ref: "#/definitions/d" } }, { definitions: { d: inner } })],
    ];
    for (const [path, within] of places) {
      const message = await complaint(within(loose));
      const at = path === "" ? "- " : `- ${path}: `;
      assertEquals(message.includes(`${at}additionalProperties must be false`), true, message);
      assertEquals(message.includes(`${at}required must list every property; it lacks b`), true, message);
      assertEquals<unknown>(strictOutputSchema(within(loose)), within(closed));
      assertEquals<unknown>(await toOutputSchema(within(closed)), within(closed));
    }
  });

  test("[T19] keywords that the model's API does not take are reported, or dropped", async () => {
    const refused: Record<string, unknown> = {
      default: "x",
      not: { type: "null" },
      if: {},
      then: {},
      else: {},
      oneOf: [{ type: "string" }],
      dependentRequired: {},
      uniqueItems: true,
      contains: {},
      minProperties: 1,
      unevaluatedProperties: false,
      propertyNames: {},
      contentEncoding: "base64",
      examples: ["x"],
    };
    for (const [keyword, value] of Object.entries(refused)) {
      const message = await complaint(object({ a: { type: "string", [keyword]: value } }));
      assertEquals(message.includes(`properties.a: ${keyword} is not supported`), true, message);
    }
    const { oneOf: _, ...droppable } = refused;
    assertEquals<unknown>(
      strictOutputSchema(object({ a: { type: "string", ...droppable } })),
      object({ a: { type: "string" } }),
    );
  });

  test("[T19] formats, look-around and neighbours of a reference", async () => {
    const schemas: readonly [Record<string, unknown>, string, Record<string, unknown>][] = [
      [{ type: "string", format: "uri" }, "format uri", { type: "string" }],
      [{ type: "string", pattern: "^(?!a)" }, "look-around", { type: "string" }],
      [{ type: "string", pattern: "(?<=a)b" }, "look-around", { type: "string" }],
      [{ $ref: "#/$defs/d", description: "x" }, "$ref cannot have description", { $ref: "#/$defs/d" }],
    ];
    for (const [inner, says, mended] of schemas) {
      const $defs = { d: { type: "string" } };
      const message = await complaint(object({ a: inner }, { $defs }));
      assertEquals(message.includes(says), true, message);
      assertEquals<unknown>(strictOutputSchema(object({ a: inner }, { $defs })), object({ a: mended }, { $defs }));
    }
    assertEquals(await toOutputSchema(object({ a: { type: "string", pattern: "(?:a)(?<name>b)" } })) !== null, true);
  });

  test("[T19] what has no strict form is refused either way", async () => {
    const hopeless: readonly [Record<string, unknown>, string][] = [
      [object({ a: {} }), "must have a type"],
      [object({ a: true }), "must say what it accepts"],
      [object({ a: { type: "array" } }), "what its items are"],
      [object({ a: { type: "array", prefixItems: [{ type: "string" }], items: { type: "string" } } }), "prefixItems"],
      [object({ a: { type: "object", additionalProperties: { type: "string" } } }), "a map with free keys"],
      [object({ a: { allOf: [{ type: "string" }, { type: "number" }] } }), "allOf"],
      [{ type: "string" }, "the root must be an object"],
      [{ anyOf: [object({}), object({})] }, "the root must be an object"],
      [{}, "the root must be an object"],
    ];
    for (const [schema, says] of hopeless) {
      assertEquals((await complaint(schema)).includes(says), true, says);
      assertThrows(() => strictOutputSchema(schema), TypeError, says);
    }
  });

  test("[T19] not a schema at all", async () => {
    for (const schema of [undefined, null, 3, "x", [], true]) {
      assertEquals((await complaint(schema as never)).includes("must be a Standard Schema"), true);
    }
  });

  test("[T19] each library's schema becomes strict by itself", async () => {
    const expected = object({
      title: { type: "string" },
      score: { type: "number" },
      tags: { type: "array", items: { type: "string" } },
      note: { type: "string" },
    });
    const libraries: Record<string, OutputSchema> = {
      zod: z.object({ title: z.string(), score: z.number(), tags: z.array(z.string()), note: z.string().optional() }),
      arktype: type({ title: "string", score: "number", tags: "string[]", "note?": "string" }),
      valibot: v.object({
        title: v.string(),
        score: v.number(),
        tags: v.array(v.string()),
        note: v.optional(v.string()),
      }),
    };
    for (const [library, schema] of Object.entries(libraries)) {
      const { required, ...strict } = await toOutputSchema(schema) as { required: string[] };
      assertEquals(required.toSorted(), expected.required.toSorted(), library);
      assertEquals<unknown>({ ...strict, required: expected.required }, expected, library);
    }
  });

  test("[T19] zod: unions, formats, defaults, recursion", async () => {
    interface Tree {
      name: string;
      children: Tree[];
    }
    const Tree: z.ZodType<Tree> = z.object({
      name: z.string(),
      get children() {
        return z.array(Tree);
      },
    });
    assertEquals<unknown>(
      await toOutputSchema(Tree as unknown as OutputSchema),
      object({ name: { type: "string" }, children: { type: "array", items: { $ref: "#" } } }),
    );
    const schema = z.object({
      kind: z.discriminatedUnion("k", [z.object({ k: z.literal("a") }), z.object({ k: z.literal("b") })]),
      email: z.email(),
      url: z.url(),
      on: z.boolean().default(true),
      maybe: z.string().nullable(),
    });
    const option = (k: string) => object({ k: { type: "string", const: k } });
    assertEquals<unknown>(
      await toOutputSchema(schema),
      object({
        kind: { anyOf: [option("a"), option("b")] },
        email: { type: "string", format: "email" },
        url: { type: "string" },
        on: { type: "boolean" },
        maybe: { type: ["string", "null"] },
      }),
    );
  });

  test("[T19] valibot: a lazy root is unrolled, literals get a type", async () => {
    const Kind = v.object({ kind: v.literal("a"), size: v.picklist([1, 2]) });
    const schema = await toOutputSchema(v.lazy(() => Kind) as unknown as OutputSchema);
    const { $defs: _, ...root } = schema;
    assertEquals<unknown>(
      root,
      object({ kind: { const: "a", type: "string" }, size: { enum: [1, 2], type: "number" } }),
    );
  });

  test("[T19] a schema that has no strict form says so before anything is sent", async () => {
    const says = async (schema: unknown) => await complaint(schema as OutputSchema);
    assertEquals(
      (await says(z.object({ a: z.record(z.string(), z.number()) }))).includes("a map with free keys"),
      true,
    );
    assertEquals((await says(z.object({ a: z.any() }))).includes("properties.a: must have a type"), true);
    assertEquals((await says(z.object({ a: z.tuple([z.string()]) }))).includes("prefixItems"), true);
    assertEquals((await says(z.union([z.object({}), z.object({})]))).includes("the root must be an object"), true);
    assertEquals((await says(v.record(v.string(), v.string()))).includes("a map with free keys"), true);
  });
});
