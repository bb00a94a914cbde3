import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { describe, test } from "node:test";
import { check, DynamicToolSpecSchema } from "@codex-app-server/sdk/protocol";
import {
  prepareTools,
  type Tool,
  tool,
  toolHandlers,
  type ToolInput,
  toolNamespace,
} from "@codex-app-server/sdk/tools";
import * as v from "valibot";
import { z } from "zod";
import { LIBRARIES } from "./schemas.ts";

const EMPTY = { type: "object", properties: {} };
const named = (name: string, input: ToolInput = EMPTY): Tool =>
  tool({ name, description: `does ${name}`, input, execute: () => "" });

describe("preparing tools", () => {
  test("[A10] a JSON Schema is declared as it is", async () => {
    const { specs } = await prepareTools([named("a")]);
    assertEquals(specs, [{ type: "function", name: "a", description: "does a", inputSchema: EMPTY }]);
  });

  for (const [library, input] of Object.entries(LIBRARIES)) {
    test(`[A10] ${library} gives the JSON Schema of its input`, async () => {
      const { specs } = await prepareTools([named("a", input)]);
      assertEquals(check(DynamicToolSpecSchema, specs[0], { unknownKeys: true }).issues, []);
      assert(specs[0]?.type === "function");
      const schema = specs[0].inputSchema as { type: string; required: string[]; properties: Record<string, unknown> };
      assertEquals(schema.type, "object");
      assertEquals(schema.required.toSorted(), ["city", "days"]);
      assertEquals((schema.properties["city"] as { minLength: number }).minLength, 1);
      assertEquals((schema.properties["days"] as { type: string }).type, "integer");
      assertEquals(JSON.parse(JSON.stringify(schema)), schema);
    });
  }

  test("[A10] namespaces are declared whole", async () => {
    const { specs } = await prepareTools([
      named("a"),
      toolNamespace({ name: "crm", description: "customers", tools: [named("a"), named("b")] }),
    ]);
    for (const spec of specs) assertEquals(check(DynamicToolSpecSchema, spec, { unknownKeys: true }).issues, []);
    assert(specs[1]?.type === "namespace");
    assertEquals(specs[1].tools.map(({ name }) => name), ["a", "b"]);
  });

  test("[A10] two of one name are refused", async () => {
    await assertRejects(() => prepareTools([named("a"), named("a")]), TypeError, "called a");
    const space = toolNamespace({ name: "n", description: "", tools: [named("a")] });
    await assertRejects(() => prepareTools([space, space]), TypeError, "called n");
    assertThrows(() => toolHandlers([named("a"), named("a")]), TypeError, "called a");
  });

  test("[A10] an input that is no object of arguments is refused", async () => {
    await assertRejects(() => prepareTools([named("a", z.string())]), TypeError, "must describe an object");
    await assertRejects(() => prepareTools([named("a", { type: "array" })]), TypeError, "must describe an object");
  });

  test("[A10] a schema without JSON Schema is refused, saying what to do", async () => {
    const validate = (value: unknown) => ({ value });
    const mute = { "~standard": { version: 1 as const, vendor: "mute", validate } };
    await assertRejects(() => prepareTools([named("a", mute)]), TypeError, "implements Standard JSON Schema");
    const dated = z.object({ at: z.date() });
    await assertRejects(() => prepareTools([named("a", dated)]), TypeError, "The tool a cannot be declared");
    const valibotDate = v.object({ at: v.date() });
    await assertRejects(() => prepareTools([named("a", valibotDate)]), TypeError, "valibot schema has no JSON Schema");
  });

  test("[A10] a check that JSON Schema has no word for is left to the validation", async () => {
    const checked = v.object({ name: v.pipe(v.string(), v.check((name) => name !== "x")) });
    const { specs } = await prepareTools([named("a", checked)]);
    assert(specs[0]?.type === "function");
    const { properties } = specs[0].inputSchema as { properties: unknown };
    assertEquals(properties, { name: { type: "string" } });
  });

  test("[A10] without the experimental API: an error that says what to switch on", async () => {
    await assertRejects(
      () => prepareTools([named("a")], { experimentalApi: false }),
      TypeError,
      "experimentalApi: true",
    );
    assertEquals((await prepareTools([], { experimentalApi: false })).specs, []);
    assertEquals((await prepareTools([named("a")], { experimentalApi: true })).specs.length, 1);
  });
});
