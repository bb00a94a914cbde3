import { createChatHandler, type UIMessageChunk } from "@codex-app-server/sdk/ai-sdk";
import { command, message, withAppServer } from "@codex-app-server/sdk/testing";
import { assert, assertEquals } from "@std/assert";
import { describe, test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { Reader } from "../../src/ai_sdk/reader.ts";
import { openChat, ORIGIN, readWith } from "./peers.ts";

const delta = (id: string, text: string): UIMessageChunk => ({ type: "text-delta", id, delta: text });
const output = (text: string): UIMessageChunk => ({
  type: "tool-output-available",
  toolCallId: "call",
  output: text,
  preliminary: true,
  dynamic: true,
  providerExecuted: true,
});

describe("a page that reads slowly", () => {
  test("[I5] gets the same in fewer pieces: texts joined, outputs replaced", async () => {
    const reader = new Reader(100_000);
    reader.push({ type: "text-start", id: "a" });
    for (let at = 0; at < 10_000; at++) {
      reader.push(delta("a", "x"));
      reader.push(output(`${at}`.repeat(1_000)));
    }
    const waiting = await reader.read(0);
    assertEquals(waiting!.map(({ type }) => type), ["text-start", "text-delta", "tool-output-available"]);
    assertEquals(waiting![1], delta("a", "x".repeat(10_000)));
    assertEquals(waiting![2], output("9999".repeat(1_000)));
    assertEquals(await reader.read(0), []);
    reader.push(delta("a", "more"));
    reader.end();
    reader.push(delta("a", "and more"));
    assertEquals(await reader.read(0), [delta("a", "more")]);
    assertEquals(await reader.read(0), null);
  });

  test("[I5] is told to load again when too much waits for it, and nothing is kept for it any more", async () => {
    const reader = new Reader(10_000);
    for (let at = 0; at < 100; at++) reader.push(delta(`text ${at}`, "x".repeat(1_000)));
    const waiting = await reader.read(0);
    assertEquals(waiting!.map(({ type }) => type), ["error"]);
    assertEquals(await reader.read(0), null);
  });

  test("[I5] wakes up when something comes", async () => {
    const reader = new Reader(10_000);
    const waits = reader.read(60_000);
    reader.push(delta("a", "x"));
    assertEquals(await waits, [delta("a", "x")]);
    const ends = reader.read(60_000);
    reader.end();
    assertEquals(await ends, null);
  });
});

describe("a page that never comes back", () => {
  const show = (handler: (request: Request) => Promise<Response>) =>
    handler(new Request(`${ORIGIN}/api/chat/chat-1/stream`));
  const options = { sandboxMode: "danger-full-access", approvalPolicy: "never" } as const;

  test("[I5] (real) of a long turn the end is kept, within the bound, and can be read", () =>
    withAppServer(options, async ({ codex, model }) => {
      const handler = createChatHandler({
        codex,
        authorize: () => ({ id: "me" }),
        maxLogBytes: 20_000,
        maxOutput: 4_000,
      });
      for (let at = 0; at < 12; at++) model.reply(command(`echo ${at}; head -c 9000 /dev/zero | tr '\\0' x`));
      model.reply(message("That was all."));
      const chat = await openChat(7, handler);
      await chat.sendMessage({ text: "go" });
      const kept = await (await show(handler)).text();
      assert(kept.length < 30_000, `${kept.length} bytes`);
      const chunks = kept.split("\n\n").filter((line) => line.startsWith("data: {")).map((line) =>
        JSON.parse(line.slice(6))
      );
      for (const version of [6, 7] as const) {
        const { parts, metadata } = await readWith(version, chunks);
        const dropped = parts.find(({ type }) => type === "data-dropped")!.data as { parts: number };
        const tools = parts.filter(({ type }) => type === "dynamic-tool");
        assertEquals(dropped.parts + tools.length, 12);
        assertEquals([parts.findLast(({ type }) => type === "text")!.text, metadata!.status], [
          "That was all.",
          "completed",
        ]);
      }
    }));

  test("[I5] (real) a finished message is kept for a while, and then no more", () =>
    withAppServer(options, async ({ codex, model }) => {
      const authorize = () => ({ id: "me" });
      for (const [keepMs, status] of [[0, 204], [60_000, 200]] as const) {
        const handler = createChatHandler({ codex, authorize, keepMs });
        model.reply(message("Hello."));
        const chat = await openChat(6, handler);
        await chat.sendMessage({ text: "go" });
        const response = await show(handler);
        assertEquals(response.status, status);
        await response.body?.cancel();
      }
      const handler = createChatHandler({ codex, authorize, keepMs: 200 });
      model.reply(message("Hello."));
      await (await openChat(7, handler)).sendMessage({ text: "go" });
      for (let response = await show(handler); response.status !== 204; response = await show(handler)) {
        await response.text();
        await setImmediate(); // timers, too, have to have their turn
      }
    }));
});
