/**
 * What the server does although one may not expect it, as the doc comments of the calls say.
 *
 * @module
 */
import { Codex } from "@codex-app-server/sdk";
import type { ThreadForkResponse } from "@codex-app-server/sdk/protocol";
import { codexHome, command, message, ScriptedModel, withAppServer } from "@codex-app-server/sdk/testing";
import { assert, assertEquals } from "@std/assert";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { describe, test } from "node:test";
import { collect } from "../client/scripted.ts";

/** Waits until a program has ended; says whether it has within so many milliseconds. */
async function ends(pid: number, withinMs: number): Promise<boolean> {
  for (const until = Date.now() + withinMs; Date.now() < until;) {
    try {
      process.kill(pid, 0);
    } catch {
      return true;
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return false;
}

describe("what the server does (real)", () => {
  test("[W10] a command outlives its turn, however that was given up, and one call ends it", {
    skip: process.platform === "win32" && "the command is one of a POSIX shell",
  }, async () => {
    await withAppServer({ sandboxMode: "danger-full-access" }, async ({ codex, model, workspace }) => {
      const thread = await codex.threadStart();
      const terminals = async () =>
        (await codex.request("thread/backgroundTerminals/list", { threadId: thread.id })).data.length;
      for (const how of ["interrupt", "signal"]) {
        const file = join(workspace, how);
        model.reply(command(`echo $$ > ${how}.part; mv ${how}.part ${how}; exec sleep 300`));
        const stop = new AbortController();
        const turn = await thread.turn("Build it.", { signal: stop.signal });
        const over = turn.run().then(({ status }) => status, ({ name }) => name);
        // One that has only just begun is ended with the turn: it is not known as a terminal yet.
        while (!existsSync(file) || await terminals() === 0) await new Promise((resolve) => setTimeout(resolve, 20));
        const pid = Number(readFileSync(file, "utf8"));
        if (how === "interrupt") await turn.interrupt();
        if (how === "signal") stop.abort(new DOMException("enough", "AbortError"));
        assertEquals(await over, how === "interrupt" ? "interrupted" : "AbortError");
        assertEquals(await terminals(), 1, how);
        process.kill(pid, 0); // it runs
        await thread.cleanBackgroundTerminals();
        assert(await ends(pid, 20_000), `${how}: process ${pid} still runs`);
      }
    });
  });

  test("[W14] what the agent was saying when it was interrupted is not stored, and was in the stream", async () => {
    await withAppServer(async ({ codex, model }) => {
      model.reply("first");
      const thread = await codex.threadStart();
      await thread.run("Hello.");
      const gate = model.gate();
      model.reply(message(["half of ", gate, "an answer"]));
      const turn = await thread.turn("A long task.");
      const text = turn.text();
      assertEquals((await text.next()).value, "half of ");
      await turn.interrupt();
      await collect(text);
      assertEquals((await turn.run()).items.map(({ type }) => type), ["userMessage"]);
      const { thread: { turns } } = await thread.read({ includeTurns: true });
      assertEquals(turns.at(-1)?.items.map(({ type }) => type), ["userMessage"]);
      gate.release();
      model.reply("second");
      await thread.run("Go on.");
      assert(!JSON.stringify(model.requests.at(-1)?.body).includes("half of"));
    });
  });

  test("[W14] what threads() leaves out, and how to ask for it", async () => {
    const model = new ScriptedModel();
    model.always(() => ["ok"]);
    const listener = await model.listen();
    const toml = `[model_providers.second]\nname = "second"\nbase_url = "${listener.url}/v1"\nwire_api = "responses"\n`;
    const home = await codexHome({ modelUrl: listener.url, toml });
    try {
      await using codex = await Codex.start({ env: home.env });
      for (const [input, params] of [["one", {}], ["two", { modelProvider: "second" }], ["three", {}]] as const) {
        const thread = await codex.threadStart(params);
        await thread.run(input);
        if (input === "three") await thread.archive();
      }
      await codex.threadStart();
      await (await codex.threadStart({ ephemeral: true })).run("four");
      const shown = async (params = {}) => (await collect(codex.threads(params))).map(({ preview }) => preview).sort();
      assertEquals(await shown(), ["one"]);
      assertEquals(await shown({ modelProviders: [] }), ["one", "two"]);
      assertEquals(await shown({ archived: true }), ["three"]);
      assertEquals(await shown({ sourceKinds: ["exec"] }), []);
    } finally {
      await home.remove();
      await listener.close();
    }
  });

  test("[W14] what a fork keeps, and what is that of the configuration", async () => {
    const mine = { type: "function", name: "mine", description: "Mine.", inputSchema: { type: "object" } } as const;
    const of = ({ model, reasoningEffort, sandbox, approvalPolicy }: ThreadForkResponse) =>
      [model, reasoningEffort, sandbox.type, approvalPolicy] as const;
    await withAppServer({ sandboxMode: "danger-full-access" }, async ({ codex, model, workspace }) => {
      model.always(() => ["ok"]);
      const thread = await codex.threadStart({
        model: "big-model",
        config: { model_reasoning_effort: "high" },
        sandbox: "workspace-write",
        approvalPolicy: "never",
        developerInstructions: "ALWAYS-SAY-SO",
        dynamicTools: [mine],
        cwd: workspace,
      });
      await thread.run("Hello.");
      const fork = await codex.threadFork(thread.id);
      assertEquals(of(fork.response as ThreadForkResponse), ["mock-model", null, "dangerFullAccess", "never"]);
      assertEquals((fork.response as ThreadForkResponse).cwd, (thread.response as ThreadForkResponse).cwd);
      await fork.run("And?");
      const asked = JSON.stringify(model.requests.at(-1)?.body);
      for (const kept of ["Hello.", "ALWAYS-SAY-SO", '"mine"']) assert(asked.includes(kept), kept);
      const given = await codex.threadFork(thread.id, { model: "big-model", sandbox: "workspace-write" });
      assertEquals(of(given.response as ThreadForkResponse).slice(0, 3), ["big-model", null, "workspaceWrite"]);
      const readOnly = await codex.threadStart({ sandbox: "read-only" });
      await readOnly.run("Hello.");
      const kept = (await codex.threadFork(readOnly.id)).response as ThreadForkResponse;
      assertEquals(kept.sandbox.type, "readOnly");
    });
  });

  test("[W14] a login by key takes the place of the one that is stored; the option apiKey does not", async () => {
    const part = (value: unknown) => btoa(JSON.stringify(value)).replace(/=+$/, "");
    const auth = { chatgpt_plan_type: "plus", chatgpt_account_id: "acc-1", chatgpt_user_id: "user-1" };
    const claims = { email: "a@example.org", exp: 4_000_000_000, "https://api.openai.com/auth": auth };
    const jwt = `${part({ alg: "none", typ: "JWT" })}.${part(claims)}.x`;
    const tokens = { id_token: jwt, access_token: jwt, refresh_token: "r", account_id: "acc-1" };
    const stored = { auth_mode: "chatgpt", OPENAI_API_KEY: null, tokens, last_refresh: new Date().toISOString() };
    const home = await codexHome({ modelUrl: "http://127.0.0.1:9" });
    const file = join(home.path, "auth.json");
    try {
      writeFileSync(file, JSON.stringify(stored));
      await (await Codex.start({ env: home.env, apiKey: "sk-for-this-program-alone" })).close();
      assertEquals(JSON.parse(readFileSync(file, "utf8")).tokens?.refresh_token, "r");
      await using codex = await Codex.start({ env: home.env });
      await codex.loginApiKey("sk-for-everybody");
      const now = readFileSync(file, "utf8");
      assertEquals([now.includes("sk-for-everybody"), now.includes("refresh_token")], [true, false]);
    } finally {
      await home.remove();
    }
  });
});
