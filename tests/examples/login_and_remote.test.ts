import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { describe, test } from "node:test";
import { makeTempDir } from "../../src/runtime/temp_dir.ts";
import { listeningServer } from "../real/listening_server.ts";
import { runExample, RunningExample } from "./run_example.ts";

const LOGIN = "15_login_and_account";
const REMOTE = "20_remote_server";

describe("login and account", () => {
  test("(real) logs in with a key, says who is logged in, and logs out", async () => {
    const home = await makeTempDir("codex-home-");
    const env = { CODEX_HOME: home.path, OPENAI_API_KEY: "sk-for-this-test" };
    const say = async (...args: string[]) => {
      const { code, stdout, stderr } = await runExample(LOGIN, { args, env });
      assertEquals([code, stderr], [0, ""], stdout);
      return stdout;
    };
    try {
      assertEquals(await say(), "Nobody is logged in; the model needs it.\n");
      assertEquals(await say("api-key"), "Logged in by apiKey\n");
      assertEquals(await say("status"), "Logged in by apiKey\n");
      assertEquals(await say("logout"), "Nobody is logged in; the model needs it.\n");
    } finally {
      await home.remove();
    }
  });

  test("(real) a login in the browser can be cancelled by Ctrl-C", async () => {
    const home = await makeTempDir("codex-home-");
    const running = new RunningExample(LOGIN, { args: ["chatgpt"], env: { CODEX_HOME: home.path } });
    await running.printed("Open https://");
    await running.printed("\n");
    running.kill("SIGINT");
    const { code, stdout } = await running.ended;
    await home.remove();
    assertEquals(code, 0);
    assertMatch(stdout, /\nNot logged in: .+\nNobody is logged in/);
  });
});

describe("remote server", () => {
  test("(real) one client runs turns, another one watches", async () => {
    await using server = await listeningServer({ token: "a-token-for-this-test" });
    server.model.reply("Hello, network.").reply("Hello again.");
    const { code, stdout, stderr, left } = await runExample(REMOTE, {
      args: [server.address, "a-token-for-this-test"],
    });
    assertEquals([code, stderr, left], [0, "", []], stdout);
    assertMatch(stdout, /^Connected to \S+\/\d+\.\d+\.\d+ .*\nHello, network\.\n/);
    assertStringIncludes(stdout, "The watcher reads: Hello again.\ncompleted\n");
  });

  test("without an address it says what it wants", async () => {
    const { code, stderr } = await runExample(REMOTE);
    assertEquals(code, 1);
    assertStringIncludes(stderr, "ws://HOST:PORT");
  });
});
