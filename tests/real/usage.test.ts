import { BudgetExceededError, Codex, finalResponse, UsageLimitError } from "@codex-app-server/sdk";
import { codexHome, command, message, ScriptedModel, usage, withAppServer } from "@codex-app-server/sdk/testing";
import { assertEquals, assertInstanceOf, assertRejects } from "@std/assert";
import { describe, test } from "node:test";
import { serveHttp } from "../../src/runtime/serve.ts";

describe("tokens (real)", () => {
  test("[V9] handle.tokens is what the turn has used: in the first and a later one, resumed, forked", async () => {
    const model = new ScriptedModel();
    await using listener = await model.listen();
    const home = await codexHome({ modelUrl: listener.url, sandboxMode: "danger-full-access" });
    const used = async (codex: Codex, threadId: string | null, fork = false) => {
      const thread = threadId === null
        ? await codex.threadStart()
        : await (fork ? codex.threadFork(threadId) : codex.threadResume(threadId));
      const handle = await thread.turn("Go.");
      const { status } = await handle.run();
      return { threadId: thread.id, status, tokens: handle.tokens, total: handle.usage?.total.totalTokens };
    };
    try {
      const first = await (async () => {
        await using codex = await Codex.start({ env: home.env });
        model.reply(command("true"), usage({ inputTokens: 100, cachedInputTokens: 60, outputTokens: 7 }));
        model.reply("done", usage({ inputTokens: 120, outputTokens: 5, reasoningOutputTokens: 3 }));
        const turn = await used(codex, null);
        const { cacheWriteInputTokens: _, ...tokens } = turn.tokens!;
        assertEquals(tokens, {
          inputTokens: 220,
          cachedInputTokens: 60,
          outputTokens: 12,
          reasoningOutputTokens: 3,
          totalTokens: 232,
        });
        model.reply("more", usage({ inputTokens: 10, outputTokens: 1 }));
        const next = await used(codex, turn.threadId);
        assertEquals([next.tokens?.totalTokens, next.total], [11, 243]);
        return turn;
      })();
      await using codex = await Codex.start({ env: home.env });
      model.reply("again", usage({ inputTokens: 20, outputTokens: 2 }));
      const resumed = await used(codex, first.threadId);
      assertEquals([resumed.tokens?.totalTokens, resumed.total], [22, 265]);
      model.reply("fork", usage({ inputTokens: 30, outputTokens: 3 }));
      const forked = await used(codex, first.threadId, true);
      assertEquals([forked.tokens?.totalTokens, forked.total], [33, 298]);
    } finally {
      await home.remove();
    }
  });

  test("[V9] a turn that is interrupted before its first request has used nothing", async () => {
    await withAppServer(async ({ codex, model }) => {
      const gate = model.gate();
      model.reply("one", usage({ inputTokens: 100, outputTokens: 7 })).reply(message([gate, "two"]));
      const thread = await codex.threadStart();
      await thread.run("Go.");
      const handle = await thread.turn("Go on.");
      await gate.reached;
      await handle.interrupt();
      assertEquals((await handle.run()).status, "interrupted");
      assertEquals(handle.tokens?.totalTokens ?? 0, 0);
      gate.release();
    });
  });

  test("[V8] a budget ends the turn when it is spent, and the thread goes on", async () => {
    await withAppServer({ sandboxMode: "danger-full-access" }, async ({ codex, model }) => {
      model.reply(command("true"), usage({ inputTokens: 300, outputTokens: 20 }));
      model.reply(command("true"), usage({ inputTokens: 400, outputTokens: 20 }));
      const gate = model.gate();
      model.always(({ lastUserText }) =>
        lastUserText === "Work."
          ? [message([gate, "never said"])]
          : ["fine", usage({ inputTokens: 100, outputTokens: 1 })]
      );
      const thread = await codex.threadStart();
      const handle = await thread.turn("Work.", { budget: { tokens: 500 } });
      const error = await assertRejects(() => handle.run(), BudgetExceededError, "740 tokens");
      assertEquals([error.budget, error.tokens.totalTokens], [500, 740]);
      assertEquals(error.items.map(({ type }) => type), ["userMessage", "commandExecution", "commandExecution"]);
      gate.release();
      assertEquals(finalResponse(await thread.run("Go on.", { budget: { tokens: 500 } })), "fine");
      const { data } = await codex.request("thread/turns/list", { threadId: thread.id, sortDirection: "asc" });
      assertEquals(data.map(({ status }) => status), ["interrupted", "completed"]);
    });
  });

  test("[V8] a limit of the account is a UsageLimitError, with the time at which it is over", async () => {
    const resetsAt = 1_893_456_000;
    let headers: Record<string, string> = {};
    const server = await serveHttp(async (request) => {
      await request.text();
      if (!request.url.endsWith("/responses")) return Response.json({ object: "list", data: [], models: [] });
      const error = { type: "usage_limit_reached", message: "limit", plan_type: "plus", resets_at: resetsAt };
      return Response.json({ error }, { status: 429, headers });
    });
    const home = await codexHome({ modelUrl: `${server.url}/v1` });
    try {
      await using codex = await Codex.start({ env: home.env });
      const thread = await codex.threadStart();
      const fail = async () => {
        const error = await thread.run("Go.").then(finalResponse).catch((thrown) => thrown);
        assertInstanceOf(error, UsageLimitError);
        return error;
      };
      const words = await fail();
      assertEquals([words.limit, words.resetsAt], [null, new Date(resetsAt * 1000)]);
      headers = {
        "x-codex-primary-used-percent": "100",
        "x-codex-primary-window-minutes": "300",
        "x-codex-primary-reset-at": String(resetsAt),
      };
      const window = await fail();
      assertEquals(window.limit, { usedPercent: 100, windowDurationMins: 300, resetsAt });
      assertEquals(window.resetsAt, new Date(resetsAt * 1000));
    } finally {
      await home.remove();
      await server.close();
    }
  });
});
