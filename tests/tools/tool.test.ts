import { assertEquals, assertThrows } from "@std/assert";
import { describe, test } from "node:test";
import { type Tool, tool, toolNamespace } from "@codex-app-server/sdk/tools";
import { z } from "zod";

const EMPTY = { type: "object", properties: {} };
const named = (name: string): Tool => tool({ name, description: "d", input: EMPTY, execute: () => "" });

describe("tool", () => {
  test("[A10] names that the server takes", () => {
    for (const name of ["a", "A-b_9", "x".repeat(128)]) assertEquals(named(name).name, name);
  });

  test("[A10] names that the server would refuse are refused at the definition", () => {
    for (const name of ["", "a b", "a.b", "a/b", "\u00e4", "x".repeat(129), "a\n"]) {
      assertThrows(() => named(name), TypeError, "cannot be used");
    }
    assertThrows(() => named("mcp__x"), TypeError, "reserved");
    assertThrows(() => toolNamespace({ name: "c m", description: "", tools: [named("a")] }), TypeError, "namespace");
    assertThrows(() => toolNamespace({ name: "mcp__x", description: "", tools: [named("a")] }), TypeError, "reserved");
  });

  test("[A10] an input that is no schema, and a deadline that is none", () => {
    for (const input of [undefined, null, 3, "string", [], () => {}]) {
      const define = () => tool({ name: "a", description: "", input: input as never, execute: () => "" });
      assertThrows(define, TypeError, "input of tool a");
    }
    for (const timeoutMs of [0, -1, NaN]) {
      const define = () => tool({ name: "a", description: "", input: EMPTY, execute: () => "", timeoutMs });
      assertThrows(define, RangeError, "timeoutMs");
    }
  });

  test("[A10] an empty namespace, and two tools of one name in it", () => {
    assertThrows(() => toolNamespace({ name: "n", description: "", tools: [] }), TypeError, "at least one");
    const twice = () => toolNamespace({ name: "n", description: "", tools: [named("a"), named("a")] });
    assertThrows(twice, TypeError, "called a");
  });

  test("[A10] the arguments have the schema's output type", () => {
    tool({
      name: "typed",
      description: "",
      input: z.object({ city: z.string(), days: z.string().transform(Number) }),
      execute: ({ city, days }) => {
        const text: string = city;
        const count: number = days;
        // @ts-expect-error -- days is a number here
        const wrong: string = days;
        return [text, count, wrong];
      },
    });
    tool({
      name: "untyped",
      description: "",
      input: EMPTY,
      execute: (args) => {
        // @ts-expect-error -- a JSON Schema carries no type, so the arguments are unknown
        return args.city;
      },
    });
  });
});
