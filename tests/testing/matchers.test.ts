import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { describe, test } from "node:test";
import {
  assertMatches,
  assertNotifications,
  item,
  MatchError,
  notification,
  turn,
} from "@codex-app-server/sdk/testing";

function messageOf(run: () => void): string {
  return assertThrows(run, MatchError).message;
}

describe("assertMatches", () => {
  const done = turn({ items: [item("agentMessage", { text: "Done: 3" }), item("commandExecution", { exitCode: 0 })] });

  test("the parts that matter, patterns and predicates", () => {
    assertMatches(done, { status: "completed" });
    assertMatches(done, { items: [{ type: "agentMessage", text: /^Done/ }, { exitCode: (code) => code === 0 }] });
    assertMatches(done, (value) => value.items.length === 2);
  });

  test("names each path, what was expected and what was found", () => {
    const text = messageOf(() => assertMatches(done, { status: "failed", items: [{ text: /x/ }, { exitCode: 1 }] }));
    assertEquals(
      text,
      `The value does not match:
  status: expected "failed", found "completed"
  items[0].text: expected /x/, found "Done: 3"
  items[1].exitCode: expected 1, found 0`,
    );
  });

  test("a list has as many entries as its pattern; null, absent and objects are told apart", () => {
    assertStringIncludes(messageOf(() => assertMatches(done, { items: [] })), "items: expected a list of 0");
    assertStringIncludes(messageOf(() => assertMatches({ a: null }, { a: { b: 1 } } as never)), 'a: expected {"b":1}');
    assertStringIncludes(messageOf(() => assertMatches({}, { a: null } as never)), "a: expected null, found undefined");
    assertMatches({ a: undefined }, { a: undefined });
  });

  test("test runners know it as an assertion", () => {
    const error = assertThrows(() => assertMatches(1, 2), MatchError);
    assertEquals([error.name, error.actual, error.expected], ["AssertionError", 1, 2]);
  });
});

describe("assertNotifications", () => {
  const delta = (text: string) => notification("item/agentMessage/delta", { delta: text });
  const seen = [notification("turn/started"), delta("a"), delta("b"), notification("turn/completed")];

  test("in order, with others between", () => {
    assertNotifications(seen, []);
    assertNotifications(seen, ["turn/started", { method: "item/agentMessage/delta", params: { delta: "b" } }]);
    assertNotifications(
      seen,
      ["turn/started", "item/agentMessage/delta", "item/agentMessage/delta", "turn/completed"],
      {
        exact: true,
      },
    );
  });

  test("says what was found, what is missing, what came, and how the nearest differs", () => {
    assertEquals(
      messageOf(() =>
        assertNotifications(seen, [
          "turn/started",
          { method: "turn/completed", params: { turn: { status: "failed" } } },
        ])
      ),
      `The notifications do not match:
  found    {"method":"turn/started"}
  missing  {"method":"turn/completed","params":{"turn":{"status":"failed"}}}
  came     item/agentMessage/delta, item/agentMessage/delta, turn/completed
  nearest  turn/completed:
    params.turn.status: expected "failed", found "completed"`,
    );
  });

  test("order counts; nothing left is said so; exact refuses what stands between and behind", () => {
    assertStringIncludes(messageOf(() => assertNotifications(seen, ["turn/completed", "turn/started"])), "nothing");
    assertThrows(() => assertNotifications(seen, ["turn/started", "turn/completed"], { exact: true }), MatchError);
    assertStringIncludes(
      messageOf(() => assertNotifications(seen, ["turn/started"], { exact: true })),
      "besides  item/agentMessage/delta",
    );
  });
});
