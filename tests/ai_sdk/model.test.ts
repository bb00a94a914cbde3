import type { Codex } from "@codex-app-server/sdk";
import { codexModel, type CodexModelSettings, type ModelStreamPart } from "@codex-app-server/sdk/ai-sdk";
import { allowCommands, policyHandlers } from "@codex-app-server/sdk/policies";
import {
  command,
  failure,
  functionCall,
  message,
  reasoning,
  usage,
  withAppServer,
} from "@codex-app-server/sdk/testing";
import { assert, assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { describe, test } from "node:test";
import { peer, VERSIONS } from "./peers.ts";

interface Tool {
  readonly description: string;
  readonly inputSchema: unknown;
  execute(input: unknown): unknown;
}

interface Call {
  readonly model: unknown;
  readonly prompt?: unknown;
  readonly messages?: readonly unknown[];
  readonly system?: string;
  readonly tools?: Readonly<Record<string, unknown>>;
  readonly stopWhen?: unknown;
  readonly schema?: unknown;
  readonly output?: unknown;
  readonly abortSignal?: AbortSignal;
  readonly temperature?: number;
  readonly maxRetries?: number;
  readonly providerOptions?: unknown;
  readonly onError?: (error: unknown) => void;
}

interface Result {
  readonly text: string;
  readonly reasoningText: string | undefined;
  readonly object: unknown;
  readonly output: unknown;
  readonly finishReason: string;
  readonly rawFinishReason?: string;
  readonly usage: { readonly inputTokens: number; readonly outputTokens: number; readonly totalTokens: number };
  readonly totalUsage: { readonly inputTokens: number; readonly outputTokens: number };
  readonly warnings: readonly { readonly feature?: string; readonly message?: string }[] | undefined;
  readonly steps: readonly { readonly finishReason: string; readonly content: readonly { readonly type: string }[] }[];
  readonly response: { readonly messages: readonly unknown[]; readonly id: string };
  readonly providerMetadata: { readonly codex: { readonly threadId: string; readonly turnId: string } };
  readonly toolResults: readonly { readonly toolName: string; readonly output: unknown }[];
}

interface Ai {
  generateText(call: Call): Promise<Result>;
  generateObject(call: Call): Promise<Result>;
  streamText(call: Call): {
    readonly textStream: AsyncIterable<string>;
    readonly fullStream: AsyncIterable<{ readonly type: string; readonly error?: unknown }>;
    readonly text: Promise<string>;
    readonly finishReason: Promise<string>;
    readonly totalUsage: Promise<Result["totalUsage"]>;
  };
  streamObject(call: Call): { readonly partialObjectStream: AsyncIterable<unknown>; readonly object: Promise<unknown> };
  tool(tool: Tool): unknown;
  jsonSchema(schema: unknown): unknown;
  stepCountIs?(steps: number): unknown;
  isStepCount?(steps: number): unknown;
  readonly Output: { object(given: { readonly schema: unknown }): unknown };
}

const ai = async (version: 6 | 7) => await peer(`ai${version}`) as Ai;
const steps = (of: Ai, count: number) => (of.stepCountIs ?? of.isStepCount)!(count);
const CITY = {
  $schema: "http://json-schema.org/draft-07/schema#",
  type: "object",
  properties: { city: { type: "string" } },
  required: ["city"],
  additionalProperties: false,
};

Object.assign(globalThis, { AI_SDK_LOG_WARNINGS: false });

const quiet = { sandboxMode: "read-only", approvalPolicy: "never" } as const;

for (const version of VERSIONS) {
  describe(`a model of ai ${version}`, () => {
    test("[I6] (real) generateText: the answer, what was thought, what was used, and the next round in the same thread", () =>
      withAppServer(quiet, async ({ codex, model }) => {
        const { generateText } = await ai(version);
        const codexLm = codexModel(codex);
        model.reply(
          reasoning("Hm."),
          message("Hello."),
          usage({ inputTokens: 100, cachedInputTokens: 40, outputTokens: 20, reasoningOutputTokens: 5 }),
        );
        const first = await generateText({ model: codexLm, system: "Be short.", prompt: "Hi", temperature: 0.5 });
        assertEquals([first.text, first.reasoningText, first.finishReason], ["Hello.", "Hm.", "stop"]);
        assertEquals([first.usage.inputTokens, first.usage.outputTokens], [100, 20]);
        assertEquals(first.warnings?.map(({ feature }) => feature), ["temperature"]);
        assertStringIncludes(JSON.stringify(model.requests[0]!.body), "Be short.");
        const { threadId, turnId } = first.providerMetadata.codex;
        assertEquals(first.response.id, turnId);

        model.reply(message("Again."));
        const history = [{ role: "user", content: "Hi" }, ...first.response.messages];
        const second = await generateText({
          model: codexLm,
          system: "Be short.",
          messages: [...JSON.parse(JSON.stringify(history)), { role: "user", content: "And now?" }],
        });
        assertEquals([second.text, second.providerMetadata.codex.threadId], ["Again.", threadId]);
        assertEquals(model.requests.at(-1)!.userTexts.slice(-2), ["Hi", "And now?"]);

        // Two at once with one history: each has a thread of its own from here on.
        const messages = [{ role: "user", content: "Hi" }, ...first.response.messages, { role: "user", content: "x" }];
        model.reply(message("One.")).reply(message("Two."));
        const ask = () => generateText({ model: codexLm, messages });
        const [one, two] = await Promise.all([ask(), ask()]);
        assertEquals([one, two].map(({ text }) => text).sort(), ["One.", "Two."]);
        assert(one.providerMetadata.codex.threadId !== two.providerMetadata.codex.threadId);

        // What no thread knows is told: a history written by hand, or one whose end is another.
        model.reply(message("New."));
        const third = await generateText({
          model: codexLm,
          messages: [
            { role: "user", content: "My name is Ada." },
            { role: "assistant", content: "Hello Ada." },
            { role: "user", content: "What is my name?" },
          ],
        });
        assert(third.providerMetadata.codex.threadId !== threadId);
        const told = model.requests.at(-1)!.userTexts.join("\n");
        for (const said of ["user: My name is Ada.", "assistant: Hello Ada.", "What is my name?"]) {
          assertStringIncludes(told, said);
        }
      }));

    test("[I6] (real) tools of the AI SDK are run by it, in steps, while the turn waits", () =>
      withAppServer(quiet, async ({ codex, model }) => {
        const sdk = await ai(version);
        const ran: unknown[] = [];
        const weather = sdk.tool({
          description: "The weather.",
          inputSchema: sdk.jsonSchema(CITY),
          execute: (input) => {
            ran.push(input);
            if ((input as { city: string }).city === "Nowhere") throw new Error("no such city");
            return { sky: "clear" };
          },
        });
        model.reply(
          message("I look."),
          functionCall("weather", { city: "Rome" }),
          usage({ inputTokens: 10, outputTokens: 1 }),
        )
          .reply(functionCall("weather", { city: "Nowhere" }), usage({ inputTokens: 20, outputTokens: 2 }))
          .reply((request) => [message(`Seen: ${request.toolOutput()}`), usage({ inputTokens: 30, outputTokens: 3 })]);
        const result = await sdk.generateText({
          model: codexModel(codex),
          prompt: "How is it in Rome?",
          tools: { weather },
          stopWhen: steps(sdk, 5),
        });
        assertEquals(ran, [{ city: "Rome" }, { city: "Nowhere" }]);
        assertEquals(result.steps.map(({ finishReason }) => finishReason), ["tool-calls", "tool-calls", "stop"]);
        assertStringIncludes(result.text, "no such city");
        assertEquals([result.totalUsage.inputTokens, result.totalUsage.outputTokens], [60, 6]);
        assertStringIncludes(JSON.stringify(model.requests[1]!.body), "clear");
        assertEquals(new Set(model.requests.map(({ body }) => JSON.stringify(body.input[0]))).size, 1);
        assertEquals((await codex.threadList()).data.length, 1);

        // The same, streamed.
        model.reply(functionCall("weather", { city: "Oslo" })).reply(message("Clear."));
        const streamed = sdk.streamText({
          model: codexModel(codex),
          prompt: "And in Oslo?",
          tools: { weather },
          stopWhen: steps(sdk, 5),
        });
        const types: string[] = [];
        for await (const { type } of streamed.fullStream) types.push(type);
        assertEquals(types.filter((type) => /^tool-(call|result)$|^finish/.test(type)), [
          "tool-call",
          "tool-result",
          "finish-step",
          "finish-step",
          "finish",
        ]);
        assertEquals([await streamed.text, ran.length], ["Clear.", 3]);
      }));

    test("[I6] (real) objects of a schema, whole and streamed, and beside tools", () =>
      withAppServer(quiet, async ({ codex, model }) => {
        const sdk = await ai(version);
        const schema = sdk.jsonSchema(CITY);
        model.reply(
          message("I think.", { phase: "commentary" }),
          message('{"city":"Rome"}', { phase: "final_answer" }),
        );
        const { object } = await sdk.generateObject({ model: codexModel(codex), schema, prompt: "A city" });
        assertEquals(object, { city: "Rome" });
        assertStringIncludes(JSON.stringify(model.requests[0]!.body), '"strict":true');

        model.reply(message("no JSON"), command("true")).reply(message('{"city":"Oslo"}'));
        const streamed = sdk.streamObject({ model: codexModel(codex), schema, prompt: "Another" });
        let last: unknown;
        for await (const part of streamed.partialObjectStream) last = part;
        assertEquals([last, await streamed.object], [{ city: "Oslo" }, { city: "Oslo" }]);

        const pick = sdk.tool({ description: "Picks.", inputSchema: sdk.jsonSchema(CITY), execute: () => "Bonn" });
        model.reply(functionCall("pick", { city: "?" })).reply(message('{"city":"Bonn"}'));
        const { output } = await sdk.generateText({
          model: codexModel(codex),
          prompt: "One more",
          tools: { pick },
          output: sdk.Output.object({ schema }),
          stopWhen: steps(sdk, 3),
        });
        assertEquals(output, { city: "Bonn" });
      }));

    test("[I6] (real) what the agent does by itself comes as calls that are executed by the provider", () =>
      withAppServer({ approvalPolicy: "on-request", sandboxMode: "read-only" }, async ({ codex, model }) => {
        const sdk = await ai(version);
        const handlers = policyHandlers(allowCommands([["echo", "yes"]]));
        model.reply(command("echo yes", { escalate: true })).reply(command("touch no", { escalate: true }))
          .reply(message("Done."));
        const other = sdk.tool({ description: "None.", inputSchema: sdk.jsonSchema(CITY), execute: () => "" });
        const result = await sdk.generateText({
          model: codexModel(codex, { handlers }),
          prompt: "go",
          tools: { other },
        });
        assertEquals([result.text, result.finishReason, result.steps.length], ["Done.", "stop", 1]);
        const content = result.steps[0]!.content as readonly { type: string; toolName: string; output: unknown }[];
        assertEquals(content.map(({ type }) => type), ["tool-call", "tool-result", "tool-call", "tool-error", "text"]);
        assertEquals((content[1]!.output as { aggregatedOutput: string }).aggregatedOutput, "yes\n");
      }));

    test("[I6] (real) images reach the model; a failure is an error; an abort interrupts the turn", () =>
      withAppServer(quiet, async ({ codex, model }) => {
        const sdk = await ai(version);
        const png = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
        const bytes = Uint8Array.from(atob(png), (each) => each.charCodeAt(0));
        model.reply(message("A dot."));
        const content = [{ type: "text", text: "What?" }, { type: "file", data: bytes, mediaType: "image/png" }];
        await sdk.generateText({ model: codexModel(codex), messages: [{ role: "user", content }] });
        assertStringIncludes(JSON.stringify(model.requests[0]!.body), `data:image/png;base64,${png.slice(0, 20)}`);

        model.reply(failure("server_error", "boom"));
        const failing = { model: codexModel(codex), prompt: "go", maxRetries: 0 };
        await assertRejects(() => sdk.generateText(failing), Error, "boom");
        model.reply(failure("server_error", "boom"));
        const errors: unknown[] = [];
        const streamed = sdk.streamText({ ...failing, onError: (error) => void errors.push(error) });
        for await (const _ of streamed.fullStream);
        assertStringIncludes(String((errors[0] as { error: unknown }).error), "boom");
        assertEquals(await streamed.finishReason, "error");

        const events = codex.notifications("turn/completed");
        const started = codex.notifications("item/started");
        const giving = new AbortController();
        model.reply(command("sleep 60"));
        const given = sdk.generateText({ ...failing, abortSignal: giving.signal });
        for await (const { params } of started) if (params.item.type === "commandExecution") break;
        giving.abort(new Error("enough"));
        await assertRejects(() => given, Error, "enough");
        const { value } = await events.next();
        assertEquals(value.params.turn.status, "interrupted");
        await events.return?.();
        await codex.request("thread/backgroundTerminals/clean", { threadId: value.params.threadId });
      }));
  });
}

describe("a model by itself", () => {
  test("[I6] (real) a turn whose tools nobody runs is interrupted after the deadline; a thread can be named", () =>
    withAppServer(quiet, async ({ codex, model }) => {
      const lm = codexModel(codex, { toolTimeoutMs: 50 });
      const events = codex.notifications("turn/completed");
      model.reply(functionCall("weather", { city: "Rome" }));
      const tools = [{ type: "function" as const, name: "weather", description: "The weather.", inputSchema: CITY }];
      const prompt = [{ role: "user" as const, content: [{ type: "text" as const, text: "Rome?" }] }];
      const { content, finishReason, providerMetadata } = await lm.doGenerate({ prompt, tools });
      assertEquals([finishReason.unified, content.map(({ type }) => type)], ["tool-calls", ["tool-call"]]);
      const { value } = await events.next();
      assertEquals(value.params.turn.status, "interrupted");
      await events.return?.();

      const { threadId } = providerMetadata["codex"]! as { threadId: string };
      model.reply(message("Still here."));
      const again = await lm.doGenerate({ prompt, providerOptions: { codex: { threadId } } });
      assertEquals(again.providerMetadata["codex"]!["threadId"], threadId);
      assertEquals(again.finishReason, { unified: "stop", raw: "completed" });
      model.reply(message("Elsewhere, too."));
      const other = codexModel(codex, { threadId });
      assertEquals((await other.doGenerate({ prompt })).providerMetadata["codex"]!["threadId"], threadId);
    }));

  test("[I6] (real) a turn that somebody else ends is over for another reason, and no error", () =>
    withAppServer(quiet, async ({ codex, model }) => {
      model.reply(message(["One,", model.gate(), "two."]));
      const prompt = [{ role: "user" as const, content: [{ type: "text" as const, text: "go" }] }];
      const { stream } = await codexModel(codex).doStream({ prompt });
      const started = codex.notifications("item/agentMessage/delta");
      const parts: ModelStreamPart[] = [];
      const reading = (async () => {
        for (const reader = stream.getReader();;) {
          const { done, value } = await reader.read();
          if (done) return;
          parts.push(value);
        }
      })();
      const { value: { params: { threadId, turnId } } } = await started.next();
      await codex.request("turn/interrupt", { threadId, turnId });
      await reading;
      await started.return?.();
      const [last] = parts.slice(-1);
      assertEquals(last?.type === "finish" && last.finishReason, { unified: "other", raw: "interrupted" });
      assertEquals(parts.filter(({ type }) => type === "error"), []);
    }));

  test("[I6] settings that do not exist, and a codex that is none", () => {
    const make = (codex: unknown, settings?: object) => () =>
      codexModel(codex as Codex, settings as CodexModelSettings);
    assertThrows(make(undefined), TypeError, "a Codex");
    assertThrows(make({}), TypeError, "a Codex");
    const codex = { threadStart: () => {}, threadResume: () => {} };
    assertThrows(make(codex, { toolTimeout: 3 }), TypeError, "Did you mean toolTimeoutMs?");
    assertThrows(make(codex, { toolTimeoutMs: -1 }), RangeError, "toolTimeoutMs");
    const { specificationVersion, provider, modelId } = codexModel(codex as unknown as Codex, { model: "gpt-5" });
    assertEquals([specificationVersion, provider, modelId], ["v3", "codex", "gpt-5"]);
  });

  test("[I6] (real) a stream that nobody reads on is the end of its turn", () =>
    withAppServer(quiet, async ({ codex, model }) => {
      const events = codex.notifications("turn/completed");
      model.reply(message("One,"), command("sleep 60"));
      const prompt = [{ role: "user" as const, content: [{ type: "text" as const, text: "go" }] }];
      const { stream } = await codexModel(codex).doStream({ prompt });
      const reader: ReadableStreamDefaultReader<ModelStreamPart> = stream.getReader();
      while ((await reader.read()).value?.type !== "tool-call");
      await reader.cancel();
      const { value } = await events.next();
      assertEquals(value.params.turn.status, "interrupted");
      await events.return?.();
      await codex.request("thread/backgroundTerminals/clean", { threadId: value.params.threadId });
    }));
});
