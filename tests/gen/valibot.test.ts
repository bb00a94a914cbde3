import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { describe, test } from "node:test";
import * as v from "valibot";
import { ThreadItemSchema, type Turn, TurnSchema, TurnStatusSchema } from "@codex-app-server/sdk/protocol";

const turn: Turn = { id: "turn-1", items: [], status: "completed" };

describe("generated schemas are valibot schemas", () => {
  test("the types are valibot's", () => {
    const generic: v.GenericSchema<unknown, Turn> = TurnSchema;
    const inferred: v.InferOutput<typeof TurnSchema> = turn;
    assertStrictEquals(v.parse(generic, inferred), turn);
  });

  test("parse is strict, and returns the same object", () => {
    const extended = { ...turn, later: 1 };
    assertStrictEquals(v.parse(TurnSchema, extended) as unknown, extended);
    assertThrows(() => v.parse(TurnSchema, { ...turn, status: "paused" }), v.ValiError, "Unknown value");
  });

  test("safeParse tells drift from what is wrong", () => {
    const drifted = v.safeParse(TurnSchema, { ...turn, status: "paused" });
    assertEquals([drifted.success, drifted.typed, drifted.issues?.[0].type], [false, true, "unknown_value"]);
    const wrong = v.safeParse(TurnSchema, { ...turn, items: [{ type: "plan", id: "item-1" }] });
    assertEquals([wrong.typed, v.getDotPath(wrong.issues![0])], [false, "items.0.text"]);
  });

  test("they compose with valibot's own", () => {
    const schema = v.object({
      turns: v.array(TurnSchema),
      first: v.optional(v.pipe(TurnSchema, v.check((value) => value.id !== "", "a turn has an id"))),
    });
    assertEquals(v.parse(schema, { turns: [turn] }), { turns: [turn] });
    assertEquals(
      v.safeParse(schema, { turns: [], first: { ...turn, id: "" } }).issues?.[0].message,
      "a turn has an id",
    );
    const nested = v.safeParse(schema, { turns: [turn, { ...turn, status: 1 }] });
    assertEquals(v.getDotPath(nested.issues![0]), "turns.1.status");
  });

  test("valibot's object tools work on them", () => {
    const entries = TurnSchema as unknown as v.LooseObjectSchema<v.ObjectEntries, undefined>;
    assert(v.is(v.partial(entries), {}));
    assert(v.is(v.pick(entries, ["id"]), { id: "turn-1" }));
    assert(!v.is(v.pick(entries, ["id"]), {}));
    assert(!v.is(v.partial(entries), { id: 1 }));
    // The tools have made copies: the original is as strict as before.
    assert(!v.is(TurnSchema, {}));
  });

  test("abortEarly stops at the first issue", () => {
    assertEquals(v.safeParse(TurnSchema, {}, { abortEarly: true }).issues?.length, 1);
    assertEquals(v.safeParse(TurnSchema, {}).issues?.length, 3);
  });

  test("they are Standard Schemas", () => {
    const { validate, vendor, version } = ThreadItemSchema["~standard"];
    assertEquals([vendor, version], ["valibot", 1]);
    const item = { type: "plan", id: "item-1", text: "rest" };
    const output = validate(item);
    assert(output.typed && output.issues === undefined);
    assertStrictEquals(output.value as unknown, item);
    assertEquals(validate({ type: "plan", id: "item-1" }).issues?.[0].path?.map(({ key }) => key), ["text"]);
  });

  test("messages say what was expected and what was found, cut to a readable length", () => {
    const message = (schema: v.GenericSchema, value: unknown) => v.safeParse(schema, value).issues?.[0].message;
    assertEquals(message(TurnSchema, []), "Invalid type: Expected Object but received Array");
    assertEquals(message(TurnSchema, { ...turn, id: 3 }), "Invalid type: Expected string but received 3");
    assertEquals(message(TurnSchema, { id: "turn-1", items: [] })?.startsWith("Missing: Expected ("), true);
    const long = message(TurnStatusSchema, "x".repeat(100_000)) ?? "";
    assert(long.length < 300, `${long.length} characters`);
  });
});
