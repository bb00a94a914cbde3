import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import process from "node:process";
import { describe, test } from "node:test";
import { askInTerminal } from "@codex-app-server/sdk/policies";
import { deferred } from "../../src/util/deferred.ts";
import { elicitationQuestion, permissionsQuestion } from "../../src/policies/questions.ts";
import { asks, decision, judge } from "./ask.ts";
import { REQUESTS } from "./requests.ts";

const saying = (line: string | null) => askInTerminal({ ask: () => Promise.resolve(line) });

describe("askInTerminal", () => {
  test("[A9] yes, session, no, cancel; anything else is a no", async () => {
    for (
      const [line, expected] of [
        ["y", "accept"],
        [" YES ", "accept"],
        ["s", "acceptForSession"],
        ["session", "acceptForSession"],
        ["c", "cancel"],
        ["n", "decline"],
        ["", "decline"],
        ["yy", "decline"],
        ["accept", "decline"],
      ] as const
    ) assertEquals(await decision(saying(line), asks("rm x")), expected, line);
  });

  test("[A9] nobody there: refused", async () => {
    const verdict = await judge(saying(null), asks("rm x"));
    assertEquals(verdict?.decision, "decline");
    assertStringIncludes(verdict?.reason ?? "", "nobody answered");
  });

  test("[A9] the default finds no terminal in a test, and refuses", async () => {
    if (process.stdin.isTTY && process.stderr.isTTY) return; // Somebody watches the tests: they would be asked.
    assertEquals(await decision(askInTerminal(), asks("rm x")), "decline");
  });

  test("[A9] shows the command, the folder and the reason", async () => {
    let shown = "";
    const policy = askInTerminal({
      ask: (text) => {
        shown = text;
        return Promise.resolve("n");
      },
    });
    await judge(policy, asks("rm -rf build", { cwd: "/repo", reason: "clean up" }));
    for (const part of ["rm -rf build", "/repo", "clean up", "[y]es"]) assertStringIncludes(shown, part);
    await judge(policy, permissionsQuestion(REQUESTS["item/permissions/requestApproval"]));
    assertStringIncludes(shown, "network");
    await judge(policy, elicitationQuestion(REQUESTS["mcpServer/elicitation/request"]));
    assertStringIncludes(shown, "files");
  });

  test("[A9] what the agent wrote cannot repaint the question", async () => {
    let shown = "";
    const policy = askInTerminal({
      ask: (text) => {
        shown = text;
        return Promise.resolve("n");
      },
    });
    await judge(
      policy,
      asks("x", { command: "rm -rf /\u001b[2K\rls\u202e\u200b\n[y]es: y", reason: "\u001b]0;t\u0007" }),
    );
    // deno-lint-ignore no-control-regex -- they are what is looked for
    assert(!/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200b\u202e]/.test(shown), JSON.stringify(shown));
    assertStringIncludes(shown, "rm -rf /\\u{1b}[2K\\u{d}ls\\u{202e}\\u{200b}\\n[y]es: y");
  });

  test("[A9] a checkpoint for a person is decided once, never for the session", async () => {
    let shown = "";
    const policy = askInTerminal({
      ask: (text) => {
        shown = text;
        return Promise.resolve("s");
      },
    });
    assertEquals(await decision(policy, asks("deploy", { kind: "humanCommand" })), "decline");
    assert(!shown.includes("[s]ession"));
    assertEquals(await decision(saying("y"), asks("deploy", { kind: "humanCommand" })), "accept");
  });

  test("[A9] one question at a time, in order", async () => {
    const answers = [deferred<string>(), deferred<string>()];
    const shown: string[] = [];
    const policy = askInTerminal({
      ask: (text) => {
        shown.push(text);
        return answers[shown.length - 1]!.promise;
      },
    });
    const first = decision(policy, asks("first"));
    const second = decision(policy, asks("second"));
    await Promise.resolve();
    await Promise.resolve();
    assertEquals(shown.length, 1);
    answers[0]!.resolve("y");
    assertEquals(await first, "accept");
    answers[1]!.resolve("n");
    assertEquals(await second, "decline");
    assertStringIncludes(shown[0]!, "first");
    assertStringIncludes(shown[1]!, "second");
  });

  test("[A3] a question taken back is not asked, and does not hold up the next", async () => {
    const asked: string[] = [];
    const policy = askInTerminal({
      ask: (text, signal) => {
        asked.push(text);
        return asked.length > 1
          ? Promise.resolve("y")
          : new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
      },
    });
    const controllers = [new AbortController(), new AbortController()] as const;
    const first = Promise.resolve(policy(asks("first"), { signal: controllers[0].signal }));
    const second = Promise.resolve(policy(asks("second"), { signal: controllers[1].signal }));
    const third = decision(policy, asks("third"));
    controllers[1].abort(new Error("second taken back"));
    await Promise.resolve();
    controllers[0].abort(new Error("first taken back"));
    await assertRejects(() => first, Error, "first taken back");
    await assertRejects(() => second, Error, "second taken back");
    assertEquals(await third, "accept");
    assertEquals(asked.length, 2);
  });
});
