import { assert, assertEquals, assertThrows } from "@std/assert";
import { describe, test } from "node:test";
import {
  check,
  CLIENT_REQUESTS,
  type NotificationMethod,
  type RequestMethod,
  type Schema,
  SERVER_NOTIFICATIONS,
  SERVER_REQUESTS,
  type ServerRequestMethod,
  type ThreadItem,
  ThreadItemSchema,
  TurnSchema,
} from "@codex-app-server/sdk/protocol";
import { item, type ItemType, notification, sample, serverRequestParams, turn } from "@codex-app-server/sdk/testing";

function strict(schema: Parameters<typeof check>[0], value: unknown, what: string): void {
  assertEquals(check(schema, value, { unknownKeys: true }).issues, [], what);
}

describe("builders", () => {
  test("every kind of item has valid defaults", () => {
    const { variants } = ThreadItemSchema as unknown as { readonly variants: ReadonlyMap<ItemType, unknown> };
    assert(variants.size >= 19);
    for (const type of variants.keys()) {
      const built: ThreadItem = item(type);
      assertEquals(built.type, type);
      strict(ThreadItemSchema, built, type);
    }
  });

  test("every notification has valid defaults", () => {
    const methods = Object.keys(SERVER_NOTIFICATIONS) as NotificationMethod[];
    assert(methods.length >= 80);
    for (const method of methods) strict(SERVER_NOTIFICATIONS[method].params, notification(method).params, method);
  });

  test("every server request has valid default params, and every request a valid default result", () => {
    const asked = Object.keys(SERVER_REQUESTS) as ServerRequestMethod[];
    assert(asked.length >= 10);
    for (const method of asked) strict(SERVER_REQUESTS[method].params!, serverRequestParams(method), method);
    const requests = Object.keys(CLIENT_REQUESTS) as RequestMethod[];
    assert(requests.length >= 180);
    for (const method of requests) {
      const { params, result } = CLIENT_REQUESTS[method];
      strict(result, sample(result as unknown as Schema<unknown>), method);
      if (params !== null) strict(params, sample(params as unknown as Schema<unknown>), method);
    }
  });

  test("what is given is kept, at every depth, and completed", () => {
    const built = notification("item/completed", {
      threadId: "t",
      item: { type: "commandExecution", command: "ls", commandActions: [{ type: "read", name: "a.txt" }] },
    });
    strict(SERVER_NOTIFICATIONS["item/completed"].params, built.params, "item/completed");
    assertEquals(built.params.threadId, "t");
    const ran = built.params.item;
    assert(ran.type === "commandExecution");
    assertEquals([ran.command, ran.id, ran.cwd], ["ls", "item-1", "/workspace"]);
    assertEquals(ran.commandActions.map((action) => action.type), ["read"]);
  });

  test("ids are named after what they identify, and a started turn is in progress", () => {
    const { params } = notification("turn/started");
    assertEquals([params.threadId, params.turn.id, params.turn.status], ["thread-1", "turn-1", "inProgress"]);
    assertEquals([turn().id, turn().status, item("plan").id], ["turn-1", "completed", "item-1"]);
  });

  test("what the protocol does not know is kept; what contradicts it is refused with its path", () => {
    assertEquals((turn({ future: 1 } as never) as unknown as { future: number }).future, 1);
    assertEquals(turn({ items: [{ type: "brandNew", x: 1 } as never] }).items, [{ type: "brandNew", x: 1 } as never]);
    const error = assertThrows(() => sample(TurnSchema, { items: [{ type: "agentMessage", text: 3 as never }] }));
    assert(error instanceof TypeError && error.message.includes("items[0].text"));
  });
});
