import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, test } from "node:test";
import {
  applyPatch,
  command,
  failure,
  hangUp,
  httpError,
  message,
  reasoning,
  ScriptedModel,
  usage,
  viewImage,
  webSearch,
} from "@codex-app-server/sdk/testing";
import { type RawSession, withRawSession } from "../testing/raw_session.ts";

/** One transparent pixel. */
const DOT = "R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7";

type Item = { readonly type: string; readonly [key: string]: unknown };

/** The completed items of a turn, in order, without the user's message. */
function itemsOf(session: RawSession, turnId: string): Item[] {
  return session.seen
    .filter(({ method }) => method === "item/completed")
    .map(({ params }) => params as { turnId: string; item: Item })
    .filter((params) => params.turnId === turnId && params.item.type !== "userMessage")
    .map((params) => params.item);
}

function errorOf(turn: Record<string, unknown>): string {
  return (turn["error"] as { message: string }).message;
}

describe("ScriptedModel (real)", () => {
  test("(real) deltas, reasoning and usage arrive as scripted", async () => {
    await withRawSession({}, async (session) => {
      session.model.reply(
        reasoning("thinking"),
        message(["Hel", "lo"], { phase: "final_answer" }),
        usage({ inputTokens: 10, cachedInputTokens: 3, outputTokens: 5, reasoningOutputTokens: 2 }),
      );
      const { turnId } = await session.turn("hi");
      const turn = await session.completed(turnId);
      assertEquals(turn["status"], "completed");
      const deltas = session.seen.filter(({ method }) => method === "item/agentMessage/delta")
        .map(({ params }) => (params as { delta: string }).delta);
      assertEquals(deltas, ["Hel", "lo"]);
      const [thought, said] = itemsOf(session, turnId);
      assertEquals([thought?.type, thought?.["summary"]], ["reasoning", ["thinking"]]);
      assertEquals([said?.["text"], said?.["phase"]], ["Hello", "final_answer"]);
      const { tokenUsage } = await session.notified("thread/tokenUsage/updated");
      const { last } = tokenUsage as { last: Record<string, number> };
      assertEquals(
        [last["inputTokens"], last["cachedInputTokens"], last["outputTokens"], last["reasoningOutputTokens"]],
        [10, 3, 5, 2],
      );
      assertEquals(session.model.requests[0]?.lastUserText, "hi");
    });
  });

  test("(real) a command runs in the workspace, and its output comes back to the model", async () => {
    await withRawSession({ sandboxMode: "danger-full-access" }, async (session) => {
      session.model.reply(command("printf made > made.txt; cat made.txt")).reply((request) => [
        `it printed ${request.commandOutput()}`,
      ]);
      const { turnId } = await session.turn("make a file");
      await session.completed(turnId);
      const [ran, said] = itemsOf(session, turnId);
      assertEquals([ran?.type, ran?.["aggregatedOutput"], ran?.["exitCode"]], ["commandExecution", "made", 0]);
      assertEquals(said?.["text"], "it printed made");
      assertEquals(await readFile(join(session.workspace, "made.txt"), "utf8"), "made");
    });
  });

  test("(real) a patch becomes a file change", async () => {
    await withRawSession({ sandboxMode: "danger-full-access" }, async (session) => {
      session.model.reply(applyPatch("*** Add File: a.txt\n+hello")).reply("done");
      const { turnId } = await session.turn("patch");
      await session.completed(turnId);
      assertEquals(itemsOf(session, turnId).map((item) => item.type), ["fileChange", "agentMessage"]);
      assertEquals(await readFile(join(session.workspace, "a.txt"), "utf8"), "hello\n");
    });
  });

  test("(real) an image is looked at and comes back; a search becomes an item", async () => {
    await withRawSession({ sandboxMode: "danger-full-access" }, async (session) => {
      const path = join(session.workspace, "dot.gif");
      await writeFile(path, Uint8Array.from(atob(DOT), (char) => char.charCodeAt(0)));
      session.model.reply(webSearch("dots"), viewImage(path)).reply("a dot");
      const { turnId } = await session.turn("look");
      await session.completed(turnId);
      const items = itemsOf(session, turnId);
      assertEquals(items.map((item) => item.type), ["webSearch", "imageView", "agentMessage"]);
      assertEquals([items[0]?.["query"], items[1]?.["path"]], ["dots", path]);
      const { images } = session.model.requests[1]!;
      assertEquals([images.length, images[0]?.startsWith("data:image/")], [1, true]);
    });
  });

  test("(real) a turn held at a gate can be steered: the held reply is cut off and the model asked again", async () => {
    await withRawSession({}, async (session) => {
      const gate = session.model.gate();
      session.model.reply(message(["one ", gate, "two"])).reply("steered");
      const { threadId, turnId } = await session.turn("first");
      await gate.reached;
      await session.request("turn/steer", {
        threadId,
        expectedTurnId: turnId,
        input: [{ type: "text", text: "second" }],
      });
      await session.completed(turnId);
      assertEquals(itemsOf(session, turnId).map((item) => item["text"]), ["steered"]);
      assertEquals(session.model.requests[1]?.lastUserText, "second");
    });
  });

  test("(real) a turn held at a gate can be interrupted, which frees the reply", async () => {
    await withRawSession({}, async (session) => {
      let freed = () => {};
      const gone = new Promise<void>((resolve) => freed = resolve);
      const gate = session.model.gate();
      session.model.reply("partial", {
        wait: (signal) => {
          signal.addEventListener("abort", freed, { once: true });
          return gate.wait(signal);
        },
      });
      const { threadId, turnId } = await session.turn("stop me");
      await gate.reached;
      await session.request("turn/interrupt", { threadId, turnId });
      assertEquals((await session.completed(turnId))["status"], "interrupted");
      await gone;
    });
  });

  test("(real) failures: of the model, of HTTP, of the connection, of the script", async () => {
    await withRawSession({}, async (session) => {
      const fail = async (text: string) => {
        const turn = await session.completed((await session.turn(text)).turnId);
        assertEquals(turn["status"], "failed");
        return turn;
      };
      session.model.reply(failure("insufficient_quota", "none left"));
      const { codexErrorInfo } = (await fail("quota"))["error"] as { codexErrorInfo: unknown };
      assertEquals(codexErrorInfo, "usageLimitExceeded");
      session.model.reply(httpError(418, "short and stout"));
      assertStringIncludes(errorOf(await fail("status")), "short and stout");
      session.model.reply("cut", hangUp());
      assertStringIncludes(errorOf(await fail("hang up")), "stream disconnected");
      assertEquals(session.model.unscripted.length, 0);
      assertStringIncludes(errorOf(await fail("surprise")), 'Unscripted model request for "surprise"');
      assertEquals(session.model.unscripted.map((request) => request.lastUserText), ["surprise"]);
    });
  });

  test("(real) eight turns at the same time each get their own replies", async () => {
    await withRawSession({}, async (session) => {
      const names = Array.from({ length: 8 }, (_, index) => `turn ${index}`);
      for (const name of names) session.model.when(name).reply(`answer to ${name}`);
      const texts = await Promise.all(names.map(async (name) => {
        const { turnId } = await session.turn(name);
        await session.completed(turnId);
        return itemsOf(session, turnId).map((item) => item["text"]);
      }));
      assertEquals(texts, names.map((name) => [`answer to ${name}`]));
    });
  });

  test("(real) nothing is left: no folder, no listener, also when the test fails half-way", async () => {
    let workspace = "";
    let url = "";
    const model = new ScriptedModel();
    const left = await withRawSession({}, async (session) => {
      workspace = session.workspace;
      session.model.reply("ok");
      await session.completed((await session.turn("hi")).turnId);
    });
    url = left.url;
    assertEquals([existsSync(workspace), existsSync(left.homePath)], [false, false]);
    await assertRejects(() => fetch(`${url}/models`));
    await assertRejects(
      () =>
        withRawSession({}, async (session) => {
          workspace = session.workspace;
          const gate = session.model.gate();
          session.model.reply(gate);
          await session.turn("held");
          await gate.reached;
          throw new Error("the test failed");
        }),
      Error,
      "the test failed",
    );
    assertEquals(existsSync(workspace), false);
    assert(model.requests.length === 0);
  });
});
