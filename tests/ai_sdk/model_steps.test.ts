import type { Codex } from "@codex-app-server/sdk";
import { codexModel } from "@codex-app-server/sdk/ai-sdk";
import { command, functionCall, Gate, message, withAppServer } from "@codex-app-server/sdk/testing";
import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { peer, VERSIONS } from "./peers.ts";

interface Step {
  readonly finishReason: string;
  readonly text: string;
  readonly content: readonly {
    readonly type: string;
    readonly toolCallId?: string;
    readonly toolName?: string;
    readonly output?: unknown;
  }[];
}

interface Call {
  readonly model: unknown;
  readonly prompt: string;
  readonly tools: Readonly<Record<string, unknown>>;
  readonly stopWhen: unknown;
  readonly maxRetries: number;
  readonly abortSignal?: AbortSignal;
  readonly onError?: (error: unknown) => void;
}

interface Ai {
  generateText(call: Call): Promise<{ readonly steps: readonly Step[] }>;
  streamText(call: Call): { readonly steps: Promise<readonly Step[]> };
  tool(
    tool: {
      description: string;
      inputSchema: unknown;
      execute(input: { city: string }): unknown;
    },
  ): unknown;
  jsonSchema(schema: unknown): unknown;
  stepCountIs?(steps: number): unknown;
  isStepCount?(steps: number): unknown;
}

const CITY = {
  type: "object",
  properties: { city: { type: "string" } },
  required: ["city"],
  additionalProperties: false,
};
const quiet = { sandboxMode: "read-only", approvalPolicy: "never" } as const;

Object.assign(globalThis, { AI_SDK_LOG_WARNINGS: false });

async function prepare(
  version: 6 | 7,
  codex: Codex,
  execute: (city: string) => unknown,
) {
  const ai = await peer(`ai${version}`) as Ai;
  const weather = ai.tool({
    description: "The weather.",
    inputSchema: ai.jsonSchema(CITY),
    execute: ({ city }) => execute(city),
  });
  const stopWhen = (ai.stepCountIs ?? ai.isStepCount)!(5);
  return {
    ai,
    call: {
      model: codexModel(codex),
      prompt: "go",
      tools: { weather },
      stopWhen,
      maxRetries: 0,
    },
  };
}

/** A stream of steps keeps what was shown of a result before it was whole. */
const ofCommand = ({ content }: Step) => {
  const parts = content.filter(({ toolName }) => toolName === "commandExecution");
  return [...parts.filter(({ type }) => type === "tool-call"), parts.findLast(({ type }) => type === "tool-result")];
};

for (const version of VERSIONS) {
  describe(`steps of a model of ai ${version}`, () => {
    test("[I6] (real) an abort while the caller runs a tool interrupts the turn that waits for it", () =>
      withAppServer(quiet, async ({ codex, model }) => {
        const giving = new AbortController();
        const { ai, call } = await prepare(version, codex, () => {
          giving.abort(new Error("enough"));
          return new Promise(() => {});
        });
        const ended = codex.notifications("turn/completed");
        model.reply(functionCall("weather", { city: "Rome" }));
        void ai.generateText({ ...call, abortSignal: giving.signal }).catch(
          () => {},
        );
        const { value } = await ended.next();
        assertEquals(value.params.turn.status, "interrupted");
        await ended.return?.();
      }));

    test("[I6] (real) a text that grows while a tool is called goes on in the next step", () =>
      withAppServer(quiet, async ({ codex, model }) => {
        for (const way of ["generateText", "streamText"] as const) {
          const gate = new Gate();
          const { ai, call } = await prepare(version, codex, () => {
            gate.release();
            return "sun";
          });
          model.reply(
            functionCall("weather", { city: "Rome" }),
            message(["One, ", gate, "two."]),
          )
            .reply(message("End."));
          const errors: unknown[] = [];
          const { steps } = await ai[way]({
            ...call,
            onError: (error) => void errors.push(error),
          });
          const texts = (await steps).map(({ text }) => text);
          assertEquals([errors, texts.join("")], [[], "One, two.End."]);
        }
      }));

    test("[I6] (real) a command that runs while a tool is called has a result in every step", () =>
      withAppServer(quiet, async ({ codex, model, workspace }) => {
        for (const way of ["generateText", "streamText"] as const) {
          const gate = new Gate();
          const { ai, call } = await prepare(version, codex, () => {
            writeFileSync(join(workspace, way), "");
            return "sun";
          });
          model.reply(
            command(`while [ ! -e ${way} ]; do sleep 0.05; done; echo hi`),
            gate,
            functionCall("weather", { city: "Rome" }),
          ).reply(message("End."));
          const started = codex.notifications("item/started");
          const given = Promise.resolve(ai[way](call)).then(({ steps }) => steps);
          for await (const { params } of started) {
            if (params.item.type === "commandExecution") break;
          }
          gate.release();
          const steps = await given;
          const ran = steps.map(ofCommand);
          assertEquals(ran.map((parts) => parts.map((part) => part?.type)), [
            ["tool-call", "tool-result"],
            ["tool-call", "tool-result"],
          ]);
          const outputs = ran.map((parts) => parts[1]!.output as { status: string; aggregatedOutput?: string });
          assertEquals(outputs.map(({ status }) => status), [
            "inProgress",
            "completed",
          ]);
          assertEquals(outputs[1]!.aggregatedOutput, "hi\n");
          assertEquals(
            new Set(ran.flat().map((part) => part?.toolCallId)).size,
            2,
          );
        }
      }));

    test("[I6] (real) a tool that is called while another one runs is run, too", () =>
      withAppServer(quiet, async ({ codex, model }) => {
        const gate = new Gate();
        const started = codex.notifications("item/started");
        const { ai, call } = await prepare(version, codex, async (city) => {
          if (city === "Oslo") return "snow";
          gate.release();
          for await (const { params: { item } } of started) {
            if (
              item.type === "dynamicToolCall" &&
              JSON.stringify(item.arguments).includes("Oslo")
            ) return "sun";
          }
        });
        model.reply(
          functionCall("weather", { city: "Rome" }),
          gate,
          functionCall("weather", { city: "Oslo" }),
        )
          .reply((request) => [message(JSON.stringify(request.body.input))]);
        const { steps } = await ai.generateText(call);
        const { text } = steps.at(-1)!;
        assertEquals([
          text.includes("sun"),
          text.includes("snow"),
          text.includes("no result"),
        ], [true, true, false]);
      }));
  });
}

test("[I6] (real) a call of the model that has failed leaves nothing on the signal of its caller", () =>
  withAppServer({ ...quiet, allowUnscripted: true }, async ({ codex }) => {
    const { signal } = new AbortController();
    const listeners = new Set<unknown>();
    const { addEventListener, removeEventListener } = signal;
    Object.assign(signal, {
      addEventListener(...args: Parameters<typeof addEventListener>) {
        listeners.add(args[1]);
        addEventListener.apply(signal, args);
      },
      removeEventListener(...args: Parameters<typeof removeEventListener>) {
        listeners.delete(args[1]);
        removeEventListener.apply(signal, args);
      },
    });
    const prompt = [{
      role: "user" as const,
      content: [{ type: "text" as const, text: "go" }],
    }];
    await assertRejects(() => codexModel(codex).doGenerate({ prompt, abortSignal: signal }));
    assertEquals(listeners.size, 0);
  }));

test("[I6] (real) a call that names a thread whose turn waits for a tool is answered; and its tools are warned of", () =>
  withAppServer(quiet, async ({ codex, model }) => {
    const prompt = (text: string) => [{ role: "user" as const, content: [{ type: "text" as const, text }] }];
    const tools = [{ type: "function" as const, name: "weather", inputSchema: CITY }];
    const lm = codexModel(codex);
    model.reply(functionCall("weather", { city: "Rome" }))
      .reply((request) => [message(`Without: ${request.toolOutput()}`)]).reply(message("Elsewhere."));
    const waiting = await lm.doGenerate({ prompt: prompt("go"), tools });
    const providerOptions = waiting.providerMetadata as { codex: { threadId: string } };
    const going = await lm.doGenerate({ prompt: prompt("Never mind."), tools, providerOptions });
    assertEquals([waiting, going].map(({ finishReason }) => finishReason.unified), ["tool-calls", "stop"]);
    assertStringIncludes(JSON.stringify(going.content), "nobody has run the tool");
    const other = await codexModel(codex).doGenerate({ prompt: prompt("And there?"), tools, providerOptions });
    assertEquals([going, other].map(({ warnings }) => warnings.length), [0, 1]);
  }));
