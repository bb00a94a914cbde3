import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { describe, test } from "node:test";
import { codexHome, message, ScriptedModel } from "@codex-app-server/sdk/testing";
import { runExample, RunningExample } from "./run_example.ts";

describe("quickstart", () => {
  test("(real) runs a turn that does real work, and leaves nothing behind", async () => {
    const { code, stdout, stderr, left } = await runExample("quickstart");
    assertEquals([code, stderr, left], [0, "", []]);
    assertMatch(stdout, /^Using the built-in scripted model: .*\nStarted \w+\/\d+\.\d+\.\d+ /);
    assertStringIncludes(stdout, "\nThe total is 42, and it now stands in total.txt.\n");
    assertMatch(stdout, /The turn completed, with these items:\n {2}userMessage: Add up .*\n {2}commandExecution: /);
    assertStringIncludes(stdout, "| tee total.txt' -> exit code 0\n");
  });

  test("(real) takes a prompt, and a Codex that is configured answers it", async () => {
    await using listener = await new ScriptedModel().reply(message(["Good ", "evening."])).listen();
    await using home = await codexHome({ modelUrl: listener.url });
    const env = { ...home.env, CODEX_DEMO_MODEL: "" };
    const { code, stdout } = await runExample("quickstart", { args: ["Good evening?"], env });
    assertEquals(code, 0, stdout);
    assertStringIncludes(stdout, "Using the real model: Codex is configured to use a model that needs no login.\n");
    assertStringIncludes(stdout, "\n> Good evening?\n\nGood evening.\n");
  });

  test("(real) OPENAI_API_KEY reaches the model, and is stored nowhere", async () => {
    const model = new ScriptedModel().reply("Hello.");
    await using listener = await model.listen();
    await using home = await codexHome({ modelUrl: listener.url });
    const env = {
      CODEX_DEMO_MODEL: "",
      CODEX_HOME: "/no/such/folder",
      HOME: home.path,
      OPENAI_API_KEY: "sk-for-this-test",
      OPENAI_BASE_URL: listener.url,
      NO_PROXY: "127.0.0.1",
    };
    const { code, stdout, left } = await runExample("quickstart", { args: ["Hello?"], env });
    assertEquals([code, left], [0, []], stdout);
    assertStringIncludes(stdout, "Using the real model: OPENAI_API_KEY is set.\n");
    assertEquals(model.requests[0]?.headers["authorization"], "Bearer sk-for-this-test");
  });

  test("(real) Ctrl-C ends it at once, and nothing is left", async () => {
    const running = new RunningExample("quickstart");
    await running.printed("The total ");
    running.kill("SIGINT");
    const { code, stderr, left } = await running.ended;
    assertEquals([code, left], [130, []]);
    assertStringIncludes(stderr, "Stopped by SIGINT");
  });

  test("(real) a failed turn is an error of the program", async () => {
    await using listener = await new ScriptedModel().listen();
    await using home = await codexHome({ modelUrl: listener.url });
    const env = { ...home.env, CODEX_DEMO_MODEL: "real" };
    const { code, stderr, left } = await runExample("quickstart", { env });
    assertEquals([code, left], [1, []]);
    assertStringIncludes(stderr, "The turn ended as failed. ");
  });
});
