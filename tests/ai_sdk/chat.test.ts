import { type ChatHandlerOptions, createChatHandler } from "@codex-app-server/sdk/ai-sdk";
import { command, message, withAppServer } from "@codex-app-server/sdk/testing";
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { describe, test } from "node:test";
import { type Chat, openChat, ORIGIN, type UIPart, until, VERSIONS } from "./peers.ts";

const authorize: ChatHandlerOptions["authorize"] = (request) => {
  const id = request.headers.get("x-session") ?? "me";
  return id === "nobody" ? null : { id };
};
const threadParams = {
  sandbox: "read-only",
  approvalPolicy: "on-request",
} as const;

const toolOf = (chat: Chat): UIPart => chat.messages.at(-1)!.parts.findLast(({ type }) => type === "dynamic-tool")!;
const textOf = (chat: Chat) =>
  chat.messages.at(-1)!.parts.filter(({ type }) => type === "text").map((
    { text },
  ) => text).join("|");

describe("a chat with a page", () => {
  for (const version of VERSIONS) {
    test(`[I3] [I4] (real) useChat of ai ${version}: two turns, a command that is approved, one that is not, a reload`, () =>
      withAppServer(async ({ codex, model }) => {
        const handler = createChatHandler({ codex, authorize, threadParams });
        const chat = await openChat(version, handler);
        model.reply(message("Hello.")).reply(
          command("echo yes", { escalate: true, justification: "to see" }),
        )
          .reply((request) => [message(`It said ${request.commandOutput()}`)])
          .reply(command("echo no", { escalate: true })).reply(
            message("Then not."),
          );

        await chat.sendMessage({ text: "Hi" });
        assertEquals([chat.status, textOf(chat)], ["ready", "Hello."]);
        const { threadId } = chat.messages.at(-1)!.metadata!;

        await chat.sendMessage({ text: "Say yes" });
        assertEquals([chat.status, toolOf(chat).state], [
          "ready",
          "approval-requested",
        ]);
        assertEquals(chat.messages.at(-1)!.metadata!.threadId, threadId);
        const descriptor = {
          kind: "command",
          asks: "run",
          reason: "to see",
          threadId,
        };
        assertEquals(toolOf(chat).approval!.descriptor, descriptor);
        await chat.addToolApprovalResponse({
          id: toolOf(chat).approval!.id,
          approved: true,
        });
        await until(chat, ({ status }) => status === "ready");
        assertEquals(toolOf(chat).state, "output-available");
        assertEquals(
          (toolOf(chat).output as { aggregatedOutput: string })
            .aggregatedOutput,
          "yes\n",
        );
        assertStringIncludes(textOf(chat), "It said yes");

        await chat.sendMessage({ text: "Say no" });
        // The page is loaded again: it has what was said before, and shows the question.
        const again = await openChat(version, handler, {
          messages: chat.messages.slice(0, -1),
        });
        await again.resumeStream();
        assertEquals([again.status, again.messages.length], [
          "ready",
          chat.messages.length,
        ]);
        assertEquals(again.messages.at(-1), chat.messages.at(-1));
        await again.addToolApprovalResponse({
          id: toolOf(again).approval!.id,
          approved: false,
        });
        await until(again, ({ status }) => status === "ready");
        assertEquals([toolOf(again).state, textOf(again)], [
          "output-denied",
          "Then not.",
        ]);
        assertEquals(again.messages.at(-1)!.metadata!.status, "completed");
      }));
  }

  test("[I4] (real) a session sees and answers what is its own, and nothing else", () =>
    withAppServer(async ({ codex, model }) => {
      const handler = createChatHandler({ codex, authorize, threadParams });
      model.reply(command("echo yes", { escalate: true })).reply(
        message("So be it."),
      );
      const mine = await openChat(6, handler);
      await mine.sendMessage({ text: "Say yes" });
      const question = toolOf(mine).approval!.id;
      const { threadId } = mine.messages.at(-1)!.metadata!;

      const send = (method: string, path: string, body?: unknown) => {
        const headers = {
          "x-session": "eve",
          origin: ORIGIN,
          "content-type": "application/json",
        };
        const init = body === undefined ? { method, headers } : { method, headers, body: JSON.stringify(body) };
        return handler(new Request(`${ORIGIN}/api/chat${path}`, init));
      };
      for (const id of ["chat-1", threadId]) {
        const shown = await send("GET", `/${id}/stream`);
        assertEquals([shown.status, await shown.text()], [204, ""]);
        assertEquals((await send("POST", `/${id}/stop`)).status, 404);
        const part = {
          ...toolOf(mine),
          state: "approval-responded",
          approval: { id: question, approved: true },
        };
        const forged = await send("POST", "", {
          id,
          messages: [{ id: "a", role: "assistant", parts: [part] }],
        });
        assertEquals(forged.status, 200);
        assertStringIncludes(
          await forged.text(),
          "This is not asked any more.",
        );
        const named = {
          id: "a",
          role: "assistant",
          metadata: { threadId },
          parts: [part],
        };
        assertEquals(
          (await send("POST", "", { id: "other", messages: [named] })).status,
          404,
        );
      }
      const says = {
        id: "u",
        role: "user",
        metadata: { threadId },
        parts: [{ type: "text", text: "I am in" }],
      };
      assertEquals(
        (await send("POST", "", { id: "other", messages: [says] })).status,
        404,
      );
      assertEquals(codex.pendingServerRequests().length, 1);

      await mine.addToolApprovalResponse({ id: question, approved: true });
      await until(mine, ({ status }) => status === "ready");
      assertEquals(textOf(mine), "So be it.");
    }));

  test("[I5] (real) the turn goes on when its page goes away; a page that comes back misses nothing", () =>
    withAppServer(async ({ codex, model }) => {
      const handler = createChatHandler({ codex, authorize, threadParams });
      model.reply(command("sleep 0.5; echo late")).reply(message("I went on."));
      const chat = await openChat(7, handler);
      const sent = chat.sendMessage({ text: "go" });
      await until(chat, ({ messages }) => messages.at(-1)?.parts.some(({ type }) => type === "dynamic-tool") === true);
      await chat.stop();
      await sent;
      const again = await openChat(7, handler, { messages: chat.messages });
      await again.resumeStream();
      assertEquals([textOf(again), again.messages.length], ["I went on.", 2]);
      assert(
        again.messages.at(-1)!.parts.filter(({ type }) => type === "dynamic-tool").length === 1,
      );
    }));
});
