import { reduce, type ThreadEvent, type ThreadState } from "@codex-app-server/sdk/state";
import type { ServerRequestMethod, ServerRequestParamsOf } from "@codex-app-server/sdk/protocol";
import { notification, type PartialDeep, serverRequestParams } from "@codex-app-server/sdk/testing";
import { assertEquals, assertStrictEquals } from "@std/assert";
import { describe, test } from "node:test";
import { lifeOf, play } from "./conversation.ts";

const at = { threadId: "thread-1", turnId: "turn-1" };
const started = notification("turn/started", { turn: { status: "inProgress" } });
const command = lifeOf("commandExecution", "item-1", "turn-1", 1);

function ask<M extends ServerRequestMethod>(
  id: number,
  method: M,
  given: PartialDeep<ServerRequestParamsOf<M>> = { ...at, itemId: "item-1" } as never,
): ThreadEvent {
  return { id, method, params: serverRequestParams(method, given) } as ThreadEvent;
}

const approval = (id: number) => ask(id, "item/commandExecution/requestApproval");
const resolved = (requestId: number) => notification("serverRequest/resolved", { threadId: "thread-1", requestId });
const asked = ({ questions }: ThreadState) => questions.map(({ id }) => id);
const onItem = ({ turns }: ThreadState) => turns[0]?.items[0]?.question?.id;

describe("questions", () => {
  test("[M6] appear with their item, whichever comes first, and go when they are answered", () => {
    for (const events of [[command.started, approval(1)], [approval(1), command.started]]) {
      const state = play([started, ...events]);
      assertEquals([asked(state), onItem(state)], [[1], 1]);
      assertStrictEquals(state.turns[0]!.items[0]!.question, state.questions[0]);
      const answered = play([resolved(1)], state);
      assertEquals([asked(answered), onItem(answered)], [[], undefined]);
      assertEquals(answered.turns, play([started, command.started]).turns);
    }
  });

  test("[M6] stay on their item while it grows", () => {
    const state = play([started, command.started, approval(1), ...command.pieces]);
    assertEquals([onItem(state), state.turns[0]!.items[0]!.output], [1, "one\ntwo\n"]);
  });

  test("[M6] go with their item, with their turn, and with the connection", () => {
    const state = play([started, command.started, approval(1)]);
    for (
      const event of [
        command.completed,
        notification("turn/completed", { turn: { status: "interrupted" } }),
        { method: "connection/gap", params: { threadId: "thread-1", turnId: null } } as const,
      ]
    ) {
      const after = play([event], state);
      assertEquals([asked(after), onItem(after)], [[], undefined], event.method);
    }
  });

  test("[M6] several about one item: the oldest shows, then the next", () => {
    const state = play([started, command.started, approval(1), approval(2)]);
    assertEquals([asked(state), onItem(state)], [[1, 2], 1]);
    const later = play([resolved(1)], state);
    assertEquals([asked(later), onItem(later)], [[2], 2]);
  });

  test("[M6] asked twice, as of a client that resumes, are one", () => {
    const state = play([started, command.started, approval(1)]);
    assertStrictEquals(reduce(state, approval(1)), state);
    assertEquals(asked(play([ask(1, "item/fileChange/requestApproval")], state)), [1]);
  });

  test("[M6] every kind that a person answers; programs' requests are none", () => {
    const all: Record<ServerRequestMethod, number> = {
      applyPatchApproval: 1,
      execCommandApproval: 1,
      "item/commandExecution/requestApproval": 1,
      "item/fileChange/requestApproval": 1,
      "item/permissions/requestApproval": 1,
      "item/tool/requestUserInput": 1,
      "mcpServer/elicitation/request": 1,
      "item/tool/call": 0,
      "account/chatgptAuthTokens/refresh": 0,
      "attestation/generate": 0,
      "currentTime/read": 0,
    };
    for (const [method, count] of Object.entries(all) as [ServerRequestMethod, number][]) {
      const legacy = method === "applyPatchApproval" || method === "execCommandApproval";
      const given = legacy ? { conversationId: "thread-1", callId: "item-1" } : { threadId: "thread-1" };
      const state = play([started, command.started, ask(1, method, given as never)]);
      assertEquals(state.questions.length, count, method);
      // The legacy ones name no turn: they are about the item of that id in the last one.
      if (legacy) assertEquals(onItem(state), 1, method);
      assertEquals(asked(play([resolved(1)], state)), [], method);
    }
  });

  test("[M6] of another thread are no business of this one's", () => {
    const params = { threadId: "thread-9", turnId: "turn-1", itemId: "item-1" };
    const state = play([started, command.started]);
    assertStrictEquals(reduce(state, ask(1, "item/commandExecution/requestApproval", params)), state);
  });
});

describe("messages of this client", () => {
  const content = [{ type: "text" as const, text: "hi", text_elements: [] }];
  const sent = { method: "message/sent", params: { threadId: "thread-1", clientId: "mine", content } } as const;
  const echo = (id: string, clientId: string | null) =>
    notification("item/started", { ...at, item: { type: "userMessage", id, clientId, content } as never });

  test("[M6] show at once, and are one with their echo", () => {
    const state = play([sent]);
    assertEquals(state.sent, [{ type: "userMessage", id: "mine", clientId: "mine", content }]);
    const echoed = play([started, echo("u1", "mine")], state);
    assertEquals([echoed.sent, echoed.turns[0]!.items.length], [[], 1]);
    assertStrictEquals(reduce(echoed, sent), echoed);
  });

  test("[M6] an echo under another id is the same message; another's message is another one", () => {
    const state = play([started, echo("u1", "mine"), echo("u2", "mine"), echo("u3", null), echo("u4", "other")]);
    assertEquals(state.turns[0]!.items.map(({ item }) => item.id), ["u2", "u3", "u4"]);
  });

  test("[M6] that could not be sent are gone", () => {
    const unsent = { method: "message/unsent", params: { threadId: "thread-1", clientId: "mine" } } as const;
    assertEquals(play([sent, unsent]).sent, []);
  });
});
