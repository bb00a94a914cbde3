import { Codex, stdioTransport, TimeoutError } from "@codex-app-server/sdk";
import { codexHome, functionCall, ScriptedModel, withAppServer } from "@codex-app-server/sdk/testing";
import { tool } from "@codex-app-server/sdk/tools";
import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { describe, test } from "node:test";
import { MAX_DEPTH } from "../../src/message/outgoing.ts";

const HALF = "All went well \u{1F600}".slice(0, -1);

function deep(levels: number): unknown {
  return JSON.parse("[".repeat(levels) + "]".repeat(levels));
}

describe("what the server could not read (real)", () => {
  test("[W1] (real) half an emoji in a prompt, instructions, a name and what a tool says", async () => {
    const mended: string[] = [];
    const onDiagnostic = (d: { type: string; path?: string }) =>
      void (d.type === "text-mended" && mended.push(d.path!));
    await withAppServer({ codex: { onDiagnostic } }, async ({ codex, model }) => {
      model.reply(functionCall("summary", {})).reply("Thanks.");
      const summary = tool({ name: "summary", description: HALF, input: { type: "object" }, execute: () => HALF });
      const thread = await codex.threadStart({ developerInstructions: HALF }, { tools: [summary] });
      const turn = await thread.run(HALF);
      assertEquals(turn.status, "completed");
      assertEquals(model.requests[1]?.toolOutput(), "All went well \ufffd");
      assertEquals(model.requests[0]?.lastUserText, "All went well \ufffd");
      await thread.setName(HALF);
      assertEquals((await thread.read()).thread.name, "All went well \ufffd");
      await codex.threadStart({ config: { [`x${HALF}`]: 1 } }).catch(() => {}); // answered, one way or the other
    });
    assertEquals(mended, [
      "params.developerInstructions",
      "params.input[0].text",
      "result.contentItems[0].text",
      "params.name",
      "params.config",
    ]);
  });

  test("[W1] (real) the server reads what is as deep as may be sent, and no level more", async () => {
    const unreadable: string[] = [];
    const onDiagnostic = (d: { type: string }) => void (d.type === "message-unreadable" && unreadable.push(d.type));
    await withAppServer({ codex: { onDiagnostic } }, async ({ codex }) => {
      // Two levels are the message and its params.
      const limit = MAX_DEPTH - 2;
      await codex.requestRaw("model/list", { x: deep(limit) });
      await assertRejects(() => codex.requestRaw("model/list", { x: deep(limit + 1) }), TypeError, "127 levels");
      await codex.models();
    });
    assertEquals(unreadable, []);
  });

  test("[W2] (real) a message that it could not read after all is told, and stands in the error of whoever waits", async () => {
    const model = new ScriptedModel();
    await using listener = await model.listen();
    await using home = await codexHome({ modelUrl: listener.url });
    const open = stdioTransport({ env: home.env });
    const told: string[] = [];
    await using codex = new Codex({
      // A transport that spoils what it is given.
      transport: async (context) => {
        const inner = await open(context);
        const writer = inner.writable.getWriter();
        const writable = new WritableStream<string>({
          write: (line) => writer.write(line.replace("SPOIL", "\\ud83d")),
          close: () => writer.close(),
        });
        return { ...inner, writable };
      },
      onDiagnostic: (diagnostic) => {
        if (diagnostic.type === "message-unreadable") told.push(diagnostic.line);
      },
    });
    await codex.models();
    const error = await assertRejects(
      () => codex.requestRaw("model/list", { x: "SPOIL" }, { timeoutMs: 2000 }),
      TimeoutError,
    );
    assertStringIncludes(error.message, "Failed to deserialize JSONRPCMessage");
    assertEquals(told.length, 1);
    await codex.models();
  });
});
