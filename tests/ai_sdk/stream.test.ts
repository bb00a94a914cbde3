import { type CodexDataParts, toUIMessageStream, type UIMessageChunk } from "@codex-app-server/sdk/ai-sdk";
import {
  applyPatch,
  command,
  functionCall,
  message,
  reasoning,
  viewImage,
  webSearch,
  withAppServer,
} from "@codex-app-server/sdk/testing";
import { tool } from "@codex-app-server/sdk/tools";
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { aiSdk, readWith, type UIMessage, VERSIONS } from "./peers.ts";

async function collect(
  stream: ReadableStream<UIMessageChunk>,
): Promise<UIMessageChunk[]> {
  const chunks: UIMessageChunk[] = [];
  const reader = stream.getReader();
  while (true) {
    const { done, value } = await reader.read();
    if (done) return chunks;
    chunks.push(value);
  }
}

const toolParts = ({ parts }: UIMessage, name: string) =>
  parts.filter(({ type, toolName }) => type === "dynamic-tool" && toolName === name);
const dataOf = <K extends keyof CodexDataParts>(
  { parts }: UIMessage,
  kind: K,
) => parts.filter(({ type }) => type === `data-${kind}`).map(({ data }) => data as CodexDataParts[K]);
const texts = ({ parts }: UIMessage) => parts.filter(({ type }) => type === "text").map(({ text }) => text);

describe("a turn as a UI message stream", () => {
  test("[I1] [I2] (real) every item that a model can make, read by both versions of the AI SDK", async () => {
    const options = {
      sandboxMode: "danger-full-access",
      approvalPolicy: "never",
      files: { "a.txt": "one\n" },
      toml: "[tools.update_plan]\nenabled = true\n",
    } as const;
    await withAppServer(options, async ({ codex, model, workspace }) => {
      const add = tool({
        name: "add",
        description: "Adds.",
        input: {
          type: "object",
          properties: { a: { type: "number" } },
          required: ["a"],
          additionalProperties: false,
        },
        execute: (input) => String((input as { a: number }).a + 1),
      });
      model
        .reply(
          reasoning("First I look."),
          message("On it."),
          command("printf one; cat a.txt"),
        )
        .reply(applyPatch("*** Update File: a.txt\n@@\n-one\n+two"))
        .reply(
          functionCall("update_plan", {
            plan: [{ step: "look", status: "in_progress" }],
          }),
        )
        .reply(
          functionCall("update_plan", {
            plan: [{ step: "look", status: "completed" }],
          }),
        )
        .reply(functionCall("add", { a: 41 }), viewImage(`${workspace}/a.png`))
        .reply(webSearch("cats"), message("All done."));
      const thread = await codex.threadStart({}, { tools: [add] });
      const turn = await thread.turn("go");
      const chunks = await collect(toUIMessageStream(turn));
      assertEquals(chunks[0]!.type, "start");
      assertEquals(chunks.at(-1)!.type, "finish");
      for (const version of VERSIONS) {
        const read = await readWith(version, chunks);
        assertEquals(read.id, turn.id);
        assertEquals(read.metadata, {
          threadId: thread.id,
          turnId: turn.id,
          status: "completed",
        });
        assertEquals(texts(read), ["On it.", "All done."]);
        assertEquals(
          read.parts.filter(({ type }) => type === "reasoning").map((
            { text },
          ) => text),
          ["First I look."],
        );
        assertEquals(
          read.parts.filter(({ state }) => state === "streaming" || state === "input-available"),
          [],
        );
        const [ran] = toolParts(read, "commandExecution");
        assertStringIncludes(
          (ran!.input as { command: string }).command,
          "printf one",
        );
        const output = ran!.output as {
          aggregatedOutput: string;
          exitCode: number;
          status: string;
        };
        assertEquals(
          [output.aggregatedOutput, output.exitCode, output.status],
          ["oneone\n", 0, "completed"],
        );
        assertEquals(ran!.preliminary, undefined);
        const [patched] = toolParts(read, "fileChange");
        const { changes } = patched!.input as {
          changes: { path: string; diff: string }[];
        };
        assertStringIncludes(changes[0]!.path, "a.txt");
        assertStringIncludes(changes[0]!.diff, "-one\n+two");
        const [added] = toolParts(read, "dynamicToolCall");
        assertEquals([added!.title, added!.input], ["add", {
          namespace: null,
          tool: "add",
          arguments: { a: 41 },
        }]);
        assertEquals(
          (added!.output as { contentItems: unknown }).contentItems,
          [{ type: "inputText", text: "42" }],
        );
        assertEquals(toolParts(read, "webSearch").length, 1);
        // They come again and again, and are one part each.
        assertEquals(dataOf(read, "plan"), [{
          explanation: null,
          plan: [{ step: "look", status: "completed" }],
        }]);
        assertEquals(dataOf(read, "usage").length, 1);
        assertEquals(dataOf(read, "diff").length, 1);
        assertStringIncludes(dataOf(read, "diff")[0]!.diff, "+two");
        const valid = await (await aiSdk(version)).safeValidateUIMessages({
          messages: [JSON.parse(JSON.stringify(read))],
        });
        assertEquals(valid.error, undefined);
      }
    });
  });

  test("[I2] (real) what a command prints grows: each chunk holds all that came before it", () =>
    withAppServer(
      { sandboxMode: "danger-full-access", approvalPolicy: "never" },
      async ({ codex, model, workspace }) => {
        model.reply(command("until [ -e go ]; do echo tick; sleep 0.1; done; echo end")).reply("done");
        const turn = await (await codex.threadStart()).turn("go");
        const outputs: string[] = [];
        let preliminary = 0;
        for await (const chunk of toUIMessageStream(turn, { frameMs: 0 })) {
          if (chunk.type !== "tool-output-available") continue;
          outputs.push((chunk.output as { aggregatedOutput: string }).aggregatedOutput);
          if (chunk.preliminary !== true) continue;
          // It goes on when what it has printed was seen twice.
          if (++preliminary === 2) writeFileSync(join(workspace, "go"), "");
        }
        const last = outputs.pop()!;
        assertEquals(preliminary, outputs.length);
        outputs.forEach((output, at) => assert(output.startsWith(outputs[at - 1] ?? ""), JSON.stringify(outputs)));
        // What it printed before the server listened, the server tells with its end alone.
        assert(last.endsWith("end\n") && last.includes(outputs[1]!), JSON.stringify([...outputs, last]));
      },
    ));
});
