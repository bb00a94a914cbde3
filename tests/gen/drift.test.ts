import { assert, assertEquals } from "@std/assert";
import { describe, test } from "node:test";
import {
  AskForApprovalSchema,
  check,
  type CheckResult,
  CLIENT_REQUESTS,
  CodexErrorInfoSchema,
  ConfigSchema,
  McpElicitationPrimitiveSchemaSchema,
  RequestIdSchema,
  type Schema,
  SERVER_NOTIFICATIONS,
  ThreadItemSchema,
  type Turn,
  TurnSchema,
  UserInputSchema,
} from "@codex-app-server/sdk/protocol";

const message = { type: "agentMessage", id: "item-1", text: "hello" };
const turn: Turn = {
  id: "turn-1",
  items: [{ type: "agentMessage", id: "item-1", text: "hello" }],
  status: "completed",
};

/** `path: drift` of every issue, or `path: wrong`. */
function found(result: CheckResult): readonly string[] {
  return result.issues.map(({ path, drift }) => `${path}: ${drift ?? "wrong"}`);
}

/** Asserts that tolerant validation accepts the value and reports exactly this. */
function assertDrift<T>(schema: Schema<T>, value: unknown, ...expected: readonly string[]): void {
  const result = check(schema, value);
  assertEquals([result.typed, found(result)], [true, expected]);
}

/** Asserts that no mode accepts the value, and where it is wrong. */
function assertWrong<T>(schema: Schema<T>, value: unknown, ...expected: readonly string[]): void {
  const result = check(schema, value);
  assertEquals([result.typed, found(result)], [false, expected]);
}

describe("drift", () => {
  test("[Q7] what fits is returned without an issue", () => {
    assertDrift(TurnSchema, turn);
  });

  test("[Q7] an unknown field is kept, costs nothing, and is reported only if asked for", () => {
    const value = { ...turn, mood: "sunny", items: [{ ...message, mood: "grey" }] };
    assertDrift(TurnSchema, value);
    assertEquals(found(check(TurnSchema, value, { unknownKeys: true })), [
      "items[0].mood: unknown_key",
      "mood: unknown_key",
    ]);
    assertEquals(value, { ...turn, mood: "sunny", items: [{ ...message, mood: "grey" }] });
  });

  test("[Q7] an unknown field that is undefined is no field", () => {
    assertEquals(found(check(TurnSchema, { ...turn, mood: undefined }, { unknownKeys: true })), []);
  });

  test("[Q7] types that declare further keys have no unknown ones", () => {
    assertEquals(found(check(ConfigSchema, { mine: { own: 1 } }, { unknownKeys: true })), []);
  });

  test("[Q7] an unknown enum value passes and is reported", () => {
    assertDrift(TurnSchema, { ...turn, status: "paused" }, "status: unknown_value");
  });

  test("[Q7] an unknown variant passes and is reported, whatever else it holds", () => {
    const items = [message, { type: "hologram", frames: 3 }];
    assertDrift(TurnSchema, { ...turn, items }, "items[1].type: unknown_variant");
  });

  test("[Q7] a missing required field is wrong, and the path says where", () => {
    assertWrong(
      TurnSchema,
      { ...turn, items: [message, { type: "agentMessage", id: "item-2" }] },
      "items[1].text: wrong",
    );
    assertWrong(TurnSchema, {}, "id: wrong", "items: wrong", "status: wrong");
  });

  test("[V1] a missing field that may be null, or that came later, is drift; in strict mode it is an error", () => {
    const opened = {
      ...{ model: "m", modelProvider: "mock", serviceTier: null, cwd: "/tmp", approvalPolicy: "never" },
      ...{ approvalsReviewer: "user", sandbox: { type: "readOnly" }, reasoningEffort: null },
      thread: {
        ...{ id: "t1", preview: "", ephemeral: false, modelProvider: "mock", createdAt: 1, updatedAt: 1, turns: [] },
        ...{ status: { type: "idle" }, path: null, cwd: "/tmp", cliVersion: "0.120.0", source: "vscode" },
        ...{ gitInfo: null, name: null },
      },
    };
    const { result } = CLIENT_REQUESTS["thread/start"];
    assertDrift(result, opened, "thread.projectId: missing_key", "thread.sessionId: missing_key");
    const unsure = { ...opened, thread: { ...opened.thread, projectId: null, sessionId: null } };
    assertDrift(result, unsure, "thread.sessionId: missing_key");
    assertDrift(result, { ...unsure, thread: { ...unsure.thread, sessionId: "s1" } });
    assertWrong(result, { ...unsure, thread: { ...unsure.thread, sessionId: 1 } }, "thread.sessionId: wrong");
    assertWrong(result, { ...opened, thread: { ...opened.thread, id: undefined } }, ...[
      "thread.id: wrong",
      "thread.projectId: missing_key",
      "thread.sessionId: missing_key",
    ]);
    // Another field of the same object is no reason to pass over this one, whatever was learned of such objects.
    for (let i = 0; i < 20; i++) check(result, { ...unsure, thread: { ...unsure.thread, sessionId: "s1" } });
    assertDrift(result, opened, "thread.projectId: missing_key", "thread.sessionId: missing_key");
    assertEquals("issues" in result["~standard"].validate(opened), true);
  });

  test("[Q7] a wrong type is wrong, in an enum, a tag, a record and an optional field as well", () => {
    assertWrong(TurnSchema, { ...turn, status: 3 }, "status: wrong");
    assertWrong(ThreadItemSchema, { ...message, type: 3 }, "type: wrong");
    assertWrong(ThreadItemSchema, { id: "item-1" }, "type: wrong");
    assertWrong(TurnSchema, { ...turn, startedAt: "noon" }, "startedAt: wrong");
    assertWrong(TurnSchema, { ...turn, items: {} }, "items: wrong");
    const started = { type: "collabAgentToolCall", id: "1", receiverThreadIds: [], senderThreadId: "2" };
    const call = { ...started, status: "completed", tool: "wait", agentsStates: { "a b": 1 } };
    assertWrong(ThreadItemSchema, call, `agentsStates["a b"]: wrong`);
    assertWrong(TurnSchema, [turn], ": wrong");
    assertWrong(TurnSchema, null, ": wrong");
  });

  test("[Q7] what is wrong stands before what is merely new", () => {
    const value = { id: "turn-1", items: [{ type: "hologram" }], status: "paused", startedAt: false };
    assertWrong(TurnSchema, value, "startedAt: wrong", "items[0].type: unknown_variant", "status: unknown_value");
  });

  test("[Q7] null is not the same as absent", () => {
    assertDrift(TurnSchema, { ...turn, startedAt: null });
    assertDrift(TurnSchema, { ...turn, startedAt: undefined });
    assertWrong(TurnSchema, { ...turn, id: null }, "id: wrong");
    // `itemsView` may be absent, but not null.
    assertWrong(TurnSchema, { ...turn, itemsView: null }, "itemsView: wrong");
  });

  test("[Q7] strings or single-key objects: unknown ones of both pass and are reported", () => {
    assertDrift(CodexErrorInfoSchema, "serverOverloaded");
    assertDrift(CodexErrorInfoSchema, { httpConnectionFailed: { httpStatusCode: 502 } });
    assertDrift(CodexErrorInfoSchema, "cosmicRay", ": unknown_value");
    assertDrift(CodexErrorInfoSchema, { cosmicRay: {} }, "cosmicRay: unknown_variant");
    assertWrong(
      CodexErrorInfoSchema,
      { httpConnectionFailed: { httpStatusCode: "502" } },
      "httpConnectionFailed.httpStatusCode: wrong",
    );
    assertWrong(CodexErrorInfoSchema, {}, ": wrong");
    assertWrong(CodexErrorInfoSchema, { a: 1, b: 2 }, ": wrong");
    assertWrong(AskForApprovalSchema, 1, ": wrong");
  });

  test("[Q7] alternatives without a tag are told apart by what fits", () => {
    assertDrift(RequestIdSchema, "a");
    assertDrift(RequestIdSchema, 1);
    assertWrong(RequestIdSchema, true, ": wrong");
    assertDrift(McpElicitationPrimitiveSchemaSchema, { type: "boolean" });
    assertDrift(McpElicitationPrimitiveSchemaSchema, { type: "string", enum: ["a"], enumNames: ["A"] });
    assertDrift(UserInputSchema, { type: "image", url: "https://example.com/a.png" });
    assertDrift(UserInputSchema, { type: "image", fileId: "file-1", detail: "cosmic" }, "detail: unknown_value");
    assertWrong(UserInputSchema, { type: "image" }, "url: wrong");
  });

  test("[Q7] strict is the same schema: every issue counts", () => {
    const outcome = (value: unknown) => "issues" in TurnSchema["~standard"].validate(value);
    assertEquals([outcome(turn), outcome({ ...turn, status: "paused" })], [false, true]);
  });

  test("[Q7] a million differences are not a million messages", () => {
    const items = Array.from({ length: 20_000 }, () => ({ type: "hologram" }));
    const { typed, issues } = check(TurnSchema, { ...turn, items });
    assert(typed && issues.length === 50, `${issues.length} issues`);
  });

  test("the value is validated in place", () => {
    const value = { ...turn, extra: { deep: [1] } };
    const { items } = value;
    const output = TurnSchema["~run"]({ value }, {});
    assert(output.typed && output.value === value && value.items === items);
  });

  test("params and results of the tables follow the same rules", () => {
    const { params, result } = CLIENT_REQUESTS["thread/read"];
    assertDrift(params!, { threadId: "thread-1" });
    assertWrong(params!, { threadId: 7 }, "threadId: wrong");
    assertWrong(result, {}, "thread: wrong");
    assertDrift(CLIENT_REQUESTS["account/rateLimits/read"].params!, null);
    assertWrong(SERVER_NOTIFICATIONS["turn/completed"].params, { threadId: "thread-1" }, "turn: wrong");
  });
});
