import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { describe, test } from "node:test";
import { TurnFailedError } from "@codex-app-server/sdk";
import type { Turn } from "@codex-app-server/sdk/protocol";
import { OutputParseError, parseOutput } from "@codex-app-server/sdk/tools";
import { z } from "zod";
import { LIBRARIES } from "../tools/schemas.ts";

function turnSaying(text: string | null, changes: Partial<Turn> = {}): Turn {
  return {
    id: "turn-1",
    status: "completed",
    error: null,
    itemsView: "full",
    items: text === null ? [] : [{ type: "agentMessage", id: "m", text, phase: "final_answer" }],
    ...changes,
  } as Turn;
}

const GOOD = '{"city":"Oslo","days":2}';

describe("parseOutput", () => {
  for (const [library, schema] of Object.entries(LIBRARIES)) {
    test(`[T19] ${library}: the typed value`, async () => {
      const value = await parseOutput(turnSaying(GOOD), schema);
      const days: number = value.days;
      assertEquals([value.city, days], ["Oslo", 2]);
    });

    test(`[T19] ${library}: what does not fit, with text and issues`, async () => {
      const text = '{"city":"Oslo","days":"two"}';
      const error = await assertRejects(() => parseOutput(turnSaying(text), schema), OutputParseError);
      assertEquals([error.code, error.name, error.text], ["OUTPUT_PARSE", "OutputParseError", text]);
      assertEquals(error.issues.map(({ path }) => path), ["days"]);
      assertStringIncludes(error.message, "days");
      assertStringIncludes(error.message, "two");
    });
  }

  test("[T19] the schema's own output type, transformed", async () => {
    const schema = z.object({ at: z.string().transform((at) => at.length) });
    const { at } = await parseOutput(turnSaying('{"at":"four"}'), schema);
    const length: number = at;
    assertEquals(length, 4);
  });

  test("[T19] a JSON Schema carries no type: the value is unknown", async () => {
    const value = await parseOutput(turnSaying('{"a":[1]}'), { type: "object" });
    // @ts-expect-error -- unknown has no properties
    assertEquals(value.a, [1]);
    assertEquals(value, { a: [1] });
  });

  test("[T19] text that is not JSON, and no text at all", async () => {
    for (const text of ["", "Here you are: {}", "```json\n{}\n```", '{"city":']) {
      const error = await assertRejects(() => parseOutput(turnSaying(text), { type: "object" }), OutputParseError);
      assertEquals(error.text, text);
      assert(error.cause instanceof SyntaxError);
    }
    const error = await assertRejects(() => parseOutput(turnSaying(null), { type: "object" }), OutputParseError);
    assertEquals(error.text, null);
    assertStringIncludes(error.message, "no final message");
  });

  test("[T19] a very long text is shown in part, and kept whole", async () => {
    const text = "x".repeat(100_000);
    const error = await assertRejects(() => parseOutput(turnSaying(text), { type: "object" }), OutputParseError);
    assert(error.message.length < 1_000);
    assertEquals(error.text?.length, 100_000);
  });

  test("[T3] a failed turn is a TurnFailedError", async () => {
    const failed = turnSaying(null, { status: "failed", error: { message: "boom" } as NonNullable<Turn["error"]> });
    await assertRejects(() => parseOutput(failed, { type: "object" }), TurnFailedError, "boom");
  });
});
