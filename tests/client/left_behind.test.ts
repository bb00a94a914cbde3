import { Codex } from "@codex-app-server/sdk";
import { ScriptedAppServer } from "@codex-app-server/sdk/testing";
import { assertEquals, assertRejects } from "@std/assert";
import { describe, test } from "node:test";
import { deferred } from "../../src/util/deferred.ts";
import { scripted } from "./scripted.ts";

const MODELS = () => ({ data: [], nextCursor: null });

describe("what a call leaves behind", () => {
  test("[Q3] is made, and leaves nothing behind, although the connection cannot be held: it may just have ended", async () => {
    await using server = new ScriptedAppServer();
    const gone = () => {
      throw new Error("Bad resource ID");
    };
    await using codex = await Codex.start({
      transport: () => Object.assign(server.connect(), { ref: gone, unref: gone }),
    });
    server.onRequest("model/list", MODELS);
    const stop = new AbortController();
    assertEquals((await codex.models({}, { signal: stop.signal })).data, []);
    // What nobody waits for any more would reject now, and end the program.
    stop.abort(new Error("too late"));
    await new Promise((resolve) => setTimeout(resolve, 0));
    assertEquals((await codex.models()).data, []);
  });

  test("[P16] a resume that was given up while it waited lets nobody past the one that it waited for", async () => {
    await using peer = scripted();
    const { codex, server } = peer;
    server.onRequest("model/list", MODELS);
    const gate = deferred<void>();
    server.onRequest("thread/resume", async (_params, ctx) => {
      await gate.promise;
      ctx.fail(-32600, "no rollout found for thread id t");
    });
    const asked = () => server.messages.filter((message) => message.method === "thread/resume").length;
    const stop = new AbortController();
    const first = assertRejects(() => codex.threadResume("t"), Error, "no rollout");
    await server.received("thread/resume");
    const second = assertRejects(() => codex.threadResume("t", {}, { signal: stop.signal }), Error, "enough");
    await codex.models(); // it waits by now
    stop.abort(new Error("enough"));
    await second;
    const third = assertRejects(() => codex.threadResume("t"), Error, "no rollout");
    await codex.models();
    assertEquals(asked(), 1);
    gate.resolve();
    await Promise.all([first, third]);
    assertEquals(asked(), 2);
  });
});
