import { Codex } from "@codex-app-server/sdk";
import { codexHome, ScriptedModel } from "@codex-app-server/sdk/testing";
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { describe, test } from "node:test";

/** A client whose provider wants a login; the model records what it is sent. */
async function withLogin(test: (codex: Codex, model: ScriptedModel) => Promise<void>): Promise<void> {
  const model = new ScriptedModel();
  const listener = await model.listen();
  try {
    await using home = await codexHome({ modelUrl: listener.url });
    await using codex = await Codex.start({
      env: { ...home.env, OPENAI_API_KEY: undefined },
      configOverrides: ["model_providers.mock.requires_openai_auth=true"],
    });
    await test(codex, model);
  } finally {
    await listener.close();
  }
}

describe("login (real)", () => {
  test("by API key: the account is there, the key reaches the model, and logout takes it away", async () => {
    await withLogin(async (codex, model) => {
      assertEquals((await codex.account()).account, null);
      const updated = codex.notifications("account/updated");
      assertEquals(await codex.loginApiKey("sk-test-key"), { type: "apiKey" });
      assertEquals((await updated.next()).value?.params.authMode, "apikey");
      assertEquals((await codex.account()).account?.type, "apiKey");
      model.reply("hello");
      const thread = await codex.threadStart();
      await thread.run("hi");
      assertEquals(model.requests[0]?.headers["authorization"], "Bearer sk-test-key");
      await codex.logout();
      assertEquals((await codex.account()).account, null);
    });
  });

  test("in the browser: the handle tells where to go; cancel ends it, and wait() says how", async () => {
    await withLogin(async (codex) => {
      const login = await codex.loginChatgpt();
      assertStringIncludes(login.response.authUrl, "redirect_uri=http");
      const waiting = login.wait();
      assertEquals((await login.cancel()).status, "canceled");
      const completed = await waiting;
      assertEquals([completed.loginId, completed.success], [login.loginId, false]);
      assert(completed.error);
    });
  });
});
