import { assertEquals } from "@std/assert";
import { describe, test } from "node:test";
import {
  type AskForApproval,
  CODEX_VERSION,
  type Notification,
  type NotificationOf,
  type ParamsOf,
  type RequestMethod,
  type ResultOf,
  type ServerRequestMethod,
  type ServerRequestParamsOf,
  type ServerRequestResultOf,
  type ThreadItem,
  type Turn,
  type UserInput,
} from "@codex-app-server/sdk/protocol";

/** `true` if the two types are the same. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends (<T>() => T extends B ? 1 : 2) ? true : false;

/** Compiles for `true` alone: what this file promises is proved by the compiler, and repeated by the run. */
function holds<T extends true>(value: T): void {
  assertEquals<boolean>(value, true);
}

/** What a switch over a notification knows of its params. */
function textOf(event: Notification): string | undefined {
  switch (event.method) {
    case "item/agentMessage/delta":
      return event.params.delta;
    case "turn/completed":
      return event.params.turn.status;
    default:
      return undefined;
  }
}

/** Every kind of item can be told apart, and a new one fails to compile in a switch that must know all. */
function describeItem(item: ThreadItem): string {
  if (item.type === "agentMessage") return item.text;
  if (item.type === "commandExecution") return `${item.command}: ${item.exitCode ?? item.status}`;
  return item.type;
}

describe("the protocol's types", () => {
  test("methods lead to params and results", () => {
    holds<Same<ParamsOf<"turn/interrupt">, { threadId: string; turnId: string }>>(true);
    holds<Same<ResultOf<"turn/start">["turn"], Turn>>(true);
    holds<Same<ParamsOf<"account/logout">, undefined>>(true);
    holds<Same<null extends ParamsOf<"account/rateLimits/read"> ? true : false, true>>(true);
    // @ts-expect-error -- no such method
    type Unknown = ParamsOf<"turn/begin">;
    void (0 as unknown as Unknown);
  });

  test("notifications are told apart by their method", () => {
    const delta: NotificationOf<"item/agentMessage/delta"> = {
      method: "item/agentMessage/delta",
      params: { threadId: "thread-1", turnId: "turn-1", itemId: "item-1", delta: "hello" },
      emittedAtMs: 1,
    };
    assertEquals(textOf(delta), "hello");
    // @ts-expect-error -- the params of another notification
    const wrong: Notification = { method: "turn/completed", params: delta.params };
    assertEquals(wrong.params as unknown, delta.params);
  });

  test("server requests lead to params and results", () => {
    holds<Same<ServerRequestParamsOf<"currentTime/read">, { threadId: string }>>(true);
    const answer: ServerRequestResultOf<"item/commandExecution/requestApproval"> = { decision: "decline" };
    const methods: readonly (ServerRequestMethod | RequestMethod)[] = ["item/tool/call", "thread/start"];
    assertEquals([answer.decision, methods.length], ["decline", 2]);
  });

  test("a typing error in an enum, a tag or a key does not compile", () => {
    // @ts-expect-error -- "on-failure" is none of the values
    const policy: AskForApproval = "on-failure";
    // @ts-expect-error -- "txt" is no variant
    const input: UserInput = { type: "txt", text: "hello" };
    // @ts-expect-error -- the key is called threadId
    const params: ParamsOf<"thread/read"> = { thread: "thread-1" };
    assertEquals([policy, input, params].length, 3);
  });

  test("optional is not nullable, and null is not absent", () => {
    const turn: Turn = { id: "turn-1", items: [], status: "completed", startedAt: null };
    // @ts-expect-error -- may be absent, but not null
    const view: Turn = { ...turn, itemsView: null };
    // @ts-expect-error -- a property that is there is not undefined
    const started: Turn = { ...turn, startedAt: undefined };
    assertEquals([view.itemsView, started.startedAt], [null, undefined] as unknown);
  });

  test("an image needs a URL or a file, and each can be asked for", () => {
    const images: UserInput[] = [{ type: "image", url: "https://example.com/a.png" }, {
      type: "image",
      fileId: "file-1",
    }];
    // @ts-expect-error -- neither
    images.push({ type: "image" });
    assertEquals(images.map((image) => image.type === "image" ? image.url ?? image.fileId : null), [
      "https://example.com/a.png",
      "file-1",
      undefined,
    ]);
  });

  test("protocol objects go wherever JSON objects do", () => {
    const turn: Turn = { id: "turn-1", items: [{ type: "plan", id: "item-1", text: "rest" }], status: "completed" };
    const json: Readonly<Record<string, unknown>> = turn;
    assertEquals(Object.keys(json), ["id", "items", "status"]);
    assertEquals(turn.items.map(describeItem), ["plan"]);
  });

  test("the pinned version is known to code", () => {
    assertEquals(/^\d+\.\d+\.\d+$/.test(CODEX_VERSION), true);
  });
});
