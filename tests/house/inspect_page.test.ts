import { assert, assertEquals } from "@std/assert";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { runRuntime } from "../../scripts/gen/runtime_schema.ts";
import { areSame, ASSETS, inspectAssets } from "../../scripts/inspect_page.ts";
import { pageNeeds } from "../../scripts/lib/inspect_needs.ts";
import { inspectSchema } from "../../scripts/lib/inspect_schema.ts";
import { ROOT } from "../../scripts/lib/project.ts";
import { choicesOf, exampleOf, fieldsOf, nameOf, resolved } from "../../src/cli/inspect/page/form.ts";
import { offersOf } from "../../src/cli/inspect/page/offers.ts";
import type { PageSchema } from "../../src/cli/inspect/page/schema.ts";

describe("the page of inspect", () => {
  test("[C3] what is checked in is what the task writes (real)", async () => {
    assert(areSame(readFileSync(ASSETS, "utf8"), await inspectAssets()), "it is stale: run deno task inspect:page");
  });

  test("[C3] of the protocol it has all that it shows, and three quarters of the whole at most (real)", () => {
    const whole = inspectSchema(runRuntime(ROOT));
    const part = pageNeeds(whole);
    for (const method of Object.keys(whole.requests)) assertEquals(formOf(part, method), formOf(whole, method), method);
    for (const [method, { type }] of Object.entries(whole.answers)) {
      const answers = (schema: PageSchema) => [
        offersOf(method, {}, schema),
        type === undefined ? null : exampleOf(schema, { ref: schema.answers[method]!.type! }),
      ];
      assertEquals(answers(part), answers(whole), method);
    }
    const [less, more] = [part, whole].map((schema) => JSON.stringify(schema).length);
    assert(less! < more! * 0.75, `${less} of ${more} bytes`);
  });
});

/** Everything that the form of a request shows and does. */
function formOf(schema: PageSchema, method: string): unknown {
  const { type, docs, experimental } = schema.requests[method]!;
  const input = (shape: Parameters<typeof nameOf>[0]) => {
    const found = resolved(schema, shape);
    return [choicesOf(schema, shape), ["string", "number", "boolean"].includes(found as string) ? found : "JSON"];
  };
  return {
    docs: [docs, type === undefined ? undefined : schema.types[type]?.docs],
    experimental,
    example: type === undefined ? undefined : exampleOf(schema, { ref: type }),
    fields: fieldsOf(schema, type).map(({ shape, ...field }) => ({
      ...field,
      name: field.name,
      type: nameOf(shape),
      input: input(shape),
      known: field.required === true ? exampleOf(schema, shape) : undefined,
    })),
  };
}
