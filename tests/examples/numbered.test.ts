import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { readdirSync } from "node:fs";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { runExample } from "./run_example.ts";

/** What every example prints after its first line, with the scripted model: texts in this order. */
const PRINTS: Readonly<Record<string, readonly string[]>> = {
  "01_quickstart": ["A closure is a function with the variables it captured."],
  "02_run": ["completed", "reasoning", "agentMessage", "Lisbon.", "Portugal", "912 tokens in all"],
  "03_stream": [
    "one, two, three\n",
    "> userMessage\n> commandExecution\nhello from the shell\n> agentMessage\nThe shell says hello.\ncompleted\n",
    "3 items",
  ],
  "04_models_and_metadata": ["server: codex_app_server_sdk/0.", "on: ", "model: ", "account: none, not needed"],
  "05_existing_thread": ["Your number is 7.\nDoubled, it is 14.\ntwo threads\n"],
  "06_lifecycle_and_controls": [
    "read: Greetings, Say hello.\nlisted: true\ncompacted\nlisted after archiving: false\nback: true\ndeleted\n",
  ],
  "07_image": ["It is red."],
  "08_local_image": ["It is red."],
  "09_three_runtimes": ["This is ", "one server for both calls: true\nThe same on all three.\n"],
  "10_errors_and_retry": [
    "CodexNotFoundError: The codex binary that codexBin names cannot be used:\n",
    "InvalidParamsError: thread/list: limit: ",
    "InvalidRequestError: thread/resume: no rollout found",
    "MethodNotFoundError: thread/doesNotExist: ",
    "some models\n",
    'failed: "usageLimitExceeded"\n',
    "UsageLimitError: Turn ",
    "TimeoutError: A turn of thread ",
  ],
  "12_turn_parameters": ["completed", "Codex", "9"],
  "13_model_and_effort": [" can think with effort ", "with effort low.\n", "with effort medium.\n"],
  "14_steer_and_interrupt": ["A crab went home. The end.\nthe count was interrupted\n"],
  "16_external_messages": ["I will watch the build.", "functionCallOutput", "I hear: Build 128 has passed.\n"],
  "17_approvals_and_policies": [
    "accept by readOnlyCommands: ",
    "accept by allowCommands: ",
    "decline by denyAll: ",
    "completed: exit 0\ncompleted: exit 0\ndeclined: exit null\n",
    "I was allowed to look, and not to go out.\n",
  ],
  "18_tools": [
    'stock({"fruit":"banana"}): failed\nstock({"fruit":"apple"}): ok\n',
    'The stock says {"fruit":"apple","pieces":3}\n',
  ],
  "19_many_agents": ["sea: The sea is wide.\n", "river: The river is wide.\n"],
};

/** Those that want somebody to talk to; they have tests of their own. */
const ELSEWHERE = ["11_terminal_chat", "15_login_and_account", "20_remote_server"];

describe("examples", () => {
  test("[S1] every example is run by a test", () => {
    const folder = fileURLToPath(new URL("../../examples", import.meta.url));
    const found = readdirSync(folder).map((name) => /^(\d\d_\w+)\.[jt]s$/.exec(name)?.[1]).filter((name) => name);
    assertEquals(found.sort(), [...Object.keys(PRINTS), ...ELSEWHERE].sort());
  });

  for (const [name, expected] of Object.entries(PRINTS)) {
    test(`${name} (real)`, async () => {
      const { code, stdout, stderr, left } = await runExample(name);
      assertEquals([code, stderr, left], [0, "", []], `${stdout}\n${stderr}`);
      assertStringIncludes(stdout, "Using the built-in scripted model");
      let from = 0;
      for (const text of expected) {
        const at = stdout.indexOf(text, from);
        assert(at >= 0, `${JSON.stringify(text)} is not printed, or not in this order:\n${stdout}`);
        from = at + text.length;
      }
    });
  }
});
