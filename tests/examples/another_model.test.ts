import { assertEquals } from "@std/assert";
import { readdirSync } from "node:fs";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { codexHome, delay, message, ScriptedModel } from "@codex-app-server/sdk/testing";
import { detectRuntime } from "../../src/runtime/select.ts";
import { runExample } from "./run_example.ts";

/** Those that talk to somebody, or need more than a model. */
const OTHERS = /^(11|15|20)_/;

describe("examples with a model of the user's own", () => {
  test("(real) none depends on its script", async (context) => {
    if (detectRuntime() !== "deno") return context.skip("nothing here depends on the runtime; it runs on Deno");
    // It says whatever it says, slowly enough to be steered and interrupted.
    const model = new ScriptedModel().always(({ body }) => {
      const wantsJson = (body["text"] as { format?: unknown } | undefined)?.format !== undefined;
      return wantsJson ? ['{"title":"x","score":3}'] : [message(["Some ", delay(400), "answer."])];
    });
    await using listener = await model.listen();
    await using home = await codexHome({ modelUrl: listener.url });
    const env = { ...home.env, CODEX_DEMO_MODEL: "" };

    const folder = fileURLToPath(new URL("../../examples", import.meta.url));
    const names = readdirSync(folder).map((name) => /^(\d\d_\w+)\.ts$/.exec(name)?.[1] ?? "")
      .filter((name) => name !== "" && !OTHERS.test(name));
    const failed: string[] = [];
    const work = async () => {
      for (let name = names.pop(); name !== undefined; name = names.pop()) {
        const { code, stdout, stderr } = await runExample(name, { env });
        if (code !== 0 || !stdout.includes("Using the real model")) failed.push(`${name}:\n${stdout}\n${stderr}`);
      }
    };
    await Promise.all([work(), work(), work()]);
    assertEquals(failed, []);
  });
});
