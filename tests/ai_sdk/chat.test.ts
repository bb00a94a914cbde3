import { type ChatHandlerOptions, createChatHandler } from "@codex-app-server/sdk/ai-sdk";
import { command, failure, Gate, message, withAppServer } from "@codex-app-server/sdk/testing";
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

function deferred() {
  let resolve = () => {};
  const promise = new Promise<void>((done) => resolve = done);
  return { promise, resolve };
}

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

  test("[I4] (real) a turn that fails: the page gets a sentence, onError the server's words", () =>
    withAppServer(async ({ codex, model }) => {
      const told: unknown[] = [];
      const onError = (error: unknown) => void told.push(error);
      const handler = createChatHandler({ codex, authorize, threadParams, onError });
      model.reply(failure("server_error", "secret of /srv")).reply(message("Again."));
      const chat = await openChat(7, handler);
      await chat.sendMessage({ text: "go" });
      assertEquals([chat.status, chat.error?.message], ["error", "The turn failed."]);
      assertEquals(chat.messages.at(-1)!.metadata!.status, "failed");
      assertStringIncludes((told[0] as Error).message, "secret of /srv");
      await chat.regenerate();
      assertEquals([chat.status, textOf(chat)], ["ready", "Again."]);
    }));

  test("[I4] (real) threads of the program's own database; a chat of a new name; one thread begun beforehand", () =>
    withAppServer(async ({ codex, model }) => {
      const asked: string[] = [];
      const begun: string[] = [];
      const owns = (threadId: string) => asked.push(threadId) > 0;
      const handler = createChatHandler({
        codex,
        authorize: () => ({ id: "me", owns }),
        threadParams,
        onThread: (threadId, { id }) => void begun.push(`${id} ${threadId}`),
      });
      model.reply(message("One.")).reply(message("Two.")).reply(message("Three."));
      const chat = await openChat(6, handler, { id: "any-name" });
      await chat.sendMessage({ text: "Hi" });
      const { threadId } = chat.messages.at(-1)!.metadata!;
      assertEquals([textOf(chat), begun], ["One.", [`me ${threadId}`]]);

      // The program was started anew: the thread is known by its id, as the chat's own name or in its messages.
      const fresh = createChatHandler({ codex, authorize: () => ({ id: "me", owns }), threadParams });
      const later = await openChat(7, fresh, { messages: chat.messages });
      await later.sendMessage({ text: "And now?" });
      assertEquals([textOf(later), later.messages.at(-1)!.metadata!.threadId], ["Two.", threadId]);
      assertEquals(model.requests.at(-1)!.userTexts.slice(-2), ["Hi", "And now?"]);

      const early = await handler.startThread({ id: "me" }, new Request(ORIGIN));
      const other = await openChat(7, handler, { id: early });
      await other.sendMessage({ text: "Hi" });
      assertEquals([textOf(other), other.messages.at(-1)!.metadata!.threadId], ["Three.", early]);
      assertEquals(begun.length, 2);
    }));

  test("[I4] (real) a second message while a turn runs is refused; what is asked too early is stopped all the same", () =>
    withAppServer(async ({ codex, model }) => {
      let reach = () => {};
      let go = () => {};
      const reached = new Promise<void>((resolve) => reach = resolve);
      const gone = new Promise<void>((resolve) => go = resolve);
      const handler = createChatHandler({
        codex,
        authorize,
        threadParams: async () => {
          reach();
          await gone;
          return threadParams;
        },
      });
      const post = (path: string, body: unknown) =>
        handler(
          new Request(`${ORIGIN}/api/chat${path}`, {
            method: "POST",
            headers: { "content-type": "application/json" },
            body: JSON.stringify(body),
          }),
        );
      const says = { id: "c", messages: [{ id: "u", role: "user", parts: [{ type: "text", text: "go" }] }] };
      model.reply(command("sleep 60"));
      const starting = post("", says);
      await reached;
      const [second, stopped] = await Promise.all([post("", says), post("/c/stop", {})]);
      go();
      const first = await starting;
      assertEquals([first.status, second.status, stopped.status], [200, 409, 204]);
      assertEquals((await second.json()).code, "busy");
      assertStringIncludes(await first.text(), '"status":"interrupted"');
    }));

  test("[I4] (real) while a chat's first turn begins it is busy, can be stopped, and a page that is loaded waits for it", () =>
    withAppServer(async ({ codex, model }) => {
      const reached = deferred();
      const gone = deferred();
      const turnOptions = async () => {
        reached.resolve();
        await gone.promise;
        return {};
      };
      const handler = createChatHandler({ codex, authorize, threadParams, turnOptions });
      const ask = (method: string, path: string, body?: unknown) =>
        handler(
          new Request(`${ORIGIN}/api/chat${path}`, {
            method,
            headers: { "content-type": "application/json" },
            ...(body === undefined ? {} : { body: JSON.stringify(body) }),
          }),
        );
      const says = { id: "c", messages: [{ id: "u", role: "user", parts: [{ type: "text", text: "go" }] }] };
      model.reply(command("sleep 60"));
      const first = ask("POST", "", says);
      await reached.promise; // the thread is there, and has the name of the chat
      const shown = ask("GET", "/c/stream");
      const second = ask("POST", "", says);
      const stopped = await ask("POST", "/c/stop");
      gone.resolve();
      assertEquals([(await second).status, stopped.status], [409, 204]);
      for (const response of [await first, await shown]) {
        assertEquals(response.status, 200);
        assertStringIncludes(await response.text(), '"status":"interrupted"');
      }
    }));

  for (const version of VERSIONS) {
    test(`[I3] (real) a text that grows while something is asked goes on behind the answer, in ai ${version}`, () =>
      withAppServer(async ({ codex, model }) => {
        const gate = new Gate();
        const seen = deferred();
        const policy = async () => {
          await seen.promise;
          return undefined;
        };
        const handler = createChatHandler({ codex, authorize, threadParams, policy });
        const chat = await openChat(version, handler);
        model.reply(command("echo yes", { escalate: true }), message(["One, ", gate, "two."])).reply(message("End."));
        const sent = chat.sendMessage({ text: "go" });
        await until(chat, () => chat.messages.at(-1)?.parts.some(({ text }) => text === "One, ") === true);
        seen.resolve();
        await sent;
        assertEquals([toolOf(chat).state, textOf(chat)], ["approval-requested", "One, "]);
        const answered = chat.addToolApprovalResponse({ id: toolOf(chat).approval!.id, approved: true });
        gate.release();
        await answered;
        await until(chat, ({ status }) => status === "ready" || status === "error");
        assertEquals([chat.error, textOf(chat)], [undefined, "One, |two.|End."]);
        assertEquals(chat.messages.at(-1)!.parts.filter(({ state }) => state === "streaming"), []);
        const late = await openChat(version, handler, { messages: chat.messages.slice(0, 1) });
        await late.resumeStream();
        assertEquals([late.error, textOf(late)], [undefined, textOf(chat)]);
      }));
  }

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
