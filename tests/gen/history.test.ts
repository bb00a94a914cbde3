import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { describe, test } from "node:test";
import { emitSince, type History, historyOf, markLater, reviewedHistory } from "../../scripts/gen/history.ts";
import { HISTORY } from "../../scripts/gen/history_data.ts";
import { emitHistory, parseHistory, printHistory } from "../../scripts/gen/history_text.ts";
import type { JsonSchema } from "../../scripts/gen/json_schema.ts";
import type { Method, Protocol } from "../../scripts/gen/model.ts";
import { normalise } from "../../scripts/gen/normalise.ts";

const text = { type: "string" } as const;
const maybe: JsonSchema = { type: ["string", "null"] };
const object = (properties: Record<string, JsonSchema>, required: string[] = []): JsonSchema => ({
  type: "object",
  properties,
  required,
});
const ref = (name: string): JsonSchema => ({ $ref: `#/definitions/${name}` });

function protocol(definitions: Record<string, JsonSchema>, requests: Record<string, string>): Protocol {
  const methods = Object.entries(requests).map(([method, params]): Method => ({
    ...{ method, params, nullableParams: false, result: null, docs: "", experimental: false },
  }));
  return {
    definitions: normalise(new Map(Object.entries(definitions))),
    requests: methods,
    notifications: [],
    serverRequests: [],
  };
}

const first = protocol({
  P: object({ a: text, gone: text, list: { type: "array", items: ref("Item") } }, ["a"]),
  Item: object({ x: text }),
  Answer: object({ id: text, soon: maybe, opt: text, n: maybe }, ["id", "soon"]),
}, { "a/b": "P", "old/one": "P" });
const second = protocol({
  P: object({ a: text, b: object({ c: text }), list: { type: "array", items: ref("Item") } }, ["a"]),
  Item: object({ x: text, y: text }),
  Answer: object({ id: text, soon: text, opt: text, n: maybe }, ["id", "soon", "n"]),
}, { "a/b": "P", "c/d": "P" });
const third = protocol({
  P: object({ a: text, b: object({ c: text, d: text }), gone: text, list: { type: "array", items: ref("Item") } }, [
    "a",
  ]),
  Item: object({ x: text, y: text, self: ref("Item") }),
  Answer: object({ id: text, soon: text, opt: text, n: maybe, brand: text }, ["id", "soon", "opt", "n", "brand"]),
  Young: object({ id: text }, ["id"]),
}, { "a/b": "P", "c/d": "P" });

const recorded = parseHistory(HISTORY);

describe("the history", () => {
  test("is written as it is read, and a line that is none is an error", () => {
    assertEquals(parseHistory(printHistory(recorded)), recorded);
    assertStringIncludes(emitHistory(recorded), HISTORY);
    for (const wrong of ["  requests: a/b", "0.1.0\n  a/b", "0.1.0\n  always in: x"]) {
      assertThrows(() => parseHistory(wrong), Error, "a line that is none");
    }
  });

  test("[V2] says since when a request and each path of its params are there without a gap", () => {
    const history = historyOf(new Map([["0.10.0", third], ["0.9.0", second], ["0.8.0", first]]));
    assertEquals(history, {
      versions: ["0.8.0", "0.9.0", "0.10.0"],
      requests: { "c/d": "0.9.0" },
      params: {
        // What is as young as that within which it lies goes without saying; what was gone once is as young as its return.
        "a/b": { b: "0.9.0", "b.d": "0.10.0", gone: "0.10.0", "list[].self": "0.10.0", "list[].y": "0.9.0" },
        "c/d": { "b.d": "0.10.0", gone: "0.10.0", "list[].self": "0.10.0" },
      },
      answers: { Answer: { brand: "0.10.0", opt: "0.10.0", soon: "0.9.0" } },
    });
    assertStringIncludes(emitSince(history), `"list[].y": "0.9.0",`);
  });

  test("[V1] fields that came later are marked, and a line without a field is an error", () => {
    const answers = { Answer: { brand: "0.10.0" } };
    markLater(third, { ...recorded, answers });
    const shape = third.definitions.get("Answer")!.shape;
    const later = shape.kind === "object" ? shape.fields.filter((field) => field.later).map(({ name }) => name) : [];
    assertEquals(later, ["brand"]);
    for (const wrong of [{ Answer: { none: "0.10.0" } }, { None: { id: "0.10.0" } }]) {
      assertThrows(() => markLater(third, { ...recorded, answers: wrong }), Error, "no such field any more");
    }
  });

  test("[V2] what was reviewed lies over it, and a line that changes nothing is an error", () => {
    const params = { ...recorded.params, "thread/start": { projectId: "0.149.0" } };
    const stale: History = { ...recorded, params };
    assertThrows(() => reviewedHistory(stale), Error, "thread/start dynamicTools[].type");
  });
});
