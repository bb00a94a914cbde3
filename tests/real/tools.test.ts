import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { describe, test } from "node:test";
import { InvalidRequestError } from "@codex-app-server/sdk";
import type { Turn } from "@codex-app-server/sdk/protocol";
import { type AppServer, functionCall, type ModelRequest, withAppServer } from "@codex-app-server/sdk/testing";
import { parseOutput, tool, toolNamespace, type ToolSet } from "@codex-app-server/sdk/tools";
import { type } from "arktype";
import * as v from "valibot";
import { z } from "zod";
import { deferred } from "../../src/util/deferred.ts";

const PIXEL = "data:image/png;base64," +
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

const echo = (name: string, says: string) =>
  tool({ name, description: `says ${says}`, input: z.object({}), execute: () => says });

async function run(server: AppServer, tools: ToolSet): Promise<Turn> {
  const thread = await server.codex.threadStart({}, { tools });
  return await thread.run("go");
}

/** What the tools gave back to the model, call by call. */
const outputs = (server: AppServer) => server.model.requests.slice(1).map((request) => request.toolOutput());

/** The names of the tools that a model request offers, beside the server's own. */
function offered(request: ModelRequest | undefined, ...names: readonly string[]): string[] {
  return (request?.body.tools ?? []).map((each) => each.name ?? "").filter((name) => names.includes(name));
}

function statuses(turn: Turn): string[] {
  return turn.items.flatMap((item) => item.type === "dynamicToolCall" ? [item.status] : []);
}

describe("dynamic tools (real)", () => {
  test("[A8] (real) success, failure, throw and mismatch, with each library", async () => {
    await withAppServer(async (server) => {
      const tools = [
        tool({
          name: "weather",
          description: "The weather of a city.",
          input: z.object({ city: z.string() }),
          execute: ({ city }) => `Sunny in ${city}`,
        }),
        tool({
          name: "divide",
          description: "Divides.",
          input: v.object({ a: v.number(), b: v.number() }),
          execute: ({ a, b }) => {
            if (b === 0) throw new RangeError("cannot divide by zero");
            return { result: a / b };
          },
        }),
        tool({
          name: "shout",
          description: "Shouts.",
          input: type({ text: "string" }),
          execute: ({ text }) => `${text}!`,
        }),
        tool({
          name: "raw",
          description: "Anything.",
          input: { type: "object", properties: {} },
          execute: (args) => args,
        }),
      ];
      server.model.reply(functionCall("weather", { city: "Oslo" }))
        .reply(functionCall("weather", { town: "Oslo" }))
        .reply(functionCall("weather", "not JSON"))
        .reply(functionCall("divide", { a: 1, b: 2 }))
        .reply(functionCall("divide", { a: 1, b: 0 }))
        .reply(functionCall("shout", { text: "hey" }))
        .reply(functionCall("raw", { any: ["thing"] }))
        .reply("done");
      const turn = await run(server, tools);
      const [sunny, mismatch, broken, half, zero, shout, raw] = outputs(server);
      assertEquals([sunny, half, shout, raw], ["Sunny in Oslo", '{"result":0.5}', "hey!", '{"any":["thing"]}']);
      assertStringIncludes(mismatch ?? "", "arguments of weather do not fit");
      assertStringIncludes(mismatch ?? "", "city");
      assert((broken ?? "") !== "" && !broken?.includes("Sunny"));
      assertStringIncludes(zero ?? "", "divide failed: cannot divide by zero");
      const completed = statuses(turn);
      assertEquals(completed.filter((status) => status === "completed").length, 4);
      assert(completed.filter((status) => status === "failed").length >= 2);
    });
  });

  test("[A8] (real) text and an image reach the model", async () => {
    await withAppServer(async (server) => {
      const camera = tool({
        name: "camera",
        description: "Takes a picture.",
        input: z.object({}),
        execute: () => [{ type: "inputText", text: "a pixel" }, { type: "inputImage", imageUrl: PIXEL }],
      });
      server.model.reply(functionCall("camera", {})).reply("done");
      await run(server, [camera]);
      const output = server.model.requests[1]?.body.input.findLast((item) => "output" in item)?.output;
      const parts = output as { type: string; text?: string; image_url?: string }[];
      assertEquals(parts.map(({ type, text, image_url }) => [type, text ?? image_url]), [
        ["input_text", "a pixel"],
        ["input_image", PIXEL],
      ]);
    });
  });

  test("[A10] (real) a tool past its deadline: the model is told, the turn goes on", async () => {
    await withAppServer(async (server) => {
      let reason: unknown;
      const slow = tool({
        name: "slow",
        description: "Takes for ever.",
        input: z.object({}),
        timeoutMs: 50,
        execute: (_args, { signal }) =>
          new Promise(() => signal.addEventListener("abort", () => reason = signal.reason)),
      });
      server.model.reply(functionCall("slow", {})).reply("done");
      const turn = await run(server, [slow]);
      assertEquals([turn.status, ...statuses(turn)], ["completed", "failed"]);
      assertStringIncludes(outputs(server)[0] ?? "", "no result within 50 ms");
      assert(reason instanceof DOMException && reason.name === "TimeoutError");
    });
  });

  test("[A3] (real) an interrupt aborts the signal of a running tool", async () => {
    await withAppServer(async (server) => {
      const running = deferred<AbortSignal>();
      const aborted = deferred<unknown>();
      const stuck = tool({
        name: "stuck",
        description: "Waits.",
        input: z.object({}),
        execute: (_args, { signal }) => {
          signal.addEventListener("abort", () => aborted.resolve(signal.reason));
          running.resolve(signal);
          return new Promise(() => {});
        },
      });
      server.model.reply(functionCall("stuck", {}));
      const thread = await server.codex.threadStart({}, { tools: [stuck] });
      const turn = await thread.turn("go");
      await running.promise;
      await turn.interrupt();
      assert(await aborted.promise instanceof Error);
      assertEquals((await turn.run()).status, "interrupted");
    });
  });

  test("[A10] (real) namespaces keep tools of one name apart", async () => {
    await withAppServer(async (server) => {
      const tools = [
        echo("find", "plain"),
        toolNamespace({ name: "crm", description: "customers", tools: [echo("find", "crm")] }),
      ];
      server.model.reply(functionCall("find", {})).reply(functionCall("find", {}, { namespace: "crm" })).reply("done");
      await run(server, tools);
      assertEquals(outputs(server), ["plain", "crm"]);
      assertEquals(offered(server.model.requests[0], "find", "crm"), ["find", "crm"]);
    });
  });

  test("[A10] (real) the server keeps a thread's tools: resumed and forked, they are answered again", async () => {
    await withAppServer(async (server) => {
      server.model.reply("first");
      const started = await server.codex.threadStart({}, { tools: [echo("ping", "started")] });
      await started.run("go");
      const resumed = await server.codex.threadResume(started.id, {}, { tools: [echo("ping", "resumed")] });
      server.model.reply(functionCall("ping", {})).reply("done");
      await resumed.run("again");
      const forked = await server.codex.threadFork(started.id, {}, { tools: [echo("ping", "forked")] });
      server.model.reply(functionCall("ping", {})).reply("done");
      await forked.run("again");
      assertEquals(server.model.requests.map((request) => offered(request, "ping").length), [1, 1, 1, 1, 1]);
      assertEquals([2, 4].map((at) => server.model.requests[at]?.toolOutput()), ["resumed", "forked"]);
    });
  });

  test("[A1] (real) a call that nobody answers is a failed result with a reason", async () => {
    await withAppServer(async (server) => {
      const thread = await server.codex.threadStart({
        dynamicTools: [{ type: "function", name: "orphan", description: "", inputSchema: { type: "object" } }],
      });
      server.model.reply(functionCall("orphan", {})).reply("done");
      const turn = await thread.run("go");
      assertEquals([turn.status, ...statuses(turn)], ["completed", "failed"]);
      assertStringIncludes(outputs(server)[0] ?? "", "orphan gave no result");
    });
  });

  test("[A10] (real) a tool of the name of one of the server's own is never offered", async () => {
    await withAppServer(async (server) => {
      server.model.reply("done");
      await run(server, [echo("exec_command", "mine"), echo("view_image", "mine"), echo("mine", "mine")]);
      const all = server.model.requests[0]?.body.tools ?? [];
      const described = all.filter((each) => each["description"] === "says mine");
      assertEquals(described.map((each) => each.name), ["mine"]);
    });
  });

  test("[A10] (real) without the experimental API the error says what to switch on, before the server is asked", async () => {
    await withAppServer({ codex: { experimentalApi: false } }, async (server) => {
      const start = () => server.codex.threadStart({}, { tools: [echo("ping", "pong")] });
      await assertRejects(start, TypeError, "experimentalApi: true");
      const dynamicTools = [{ type: "function" as const, name: "a", description: "", inputSchema: { type: "object" } }];
      await assertRejects(() => server.codex.threadStart({ dynamicTools }), InvalidRequestError, "experimentalApi");
    });
  });
});

describe("structured output (real)", () => {
  const strict = {
    type: "object",
    properties: { title: { type: "string" }, tags: { type: "array", items: { type: "string" } } },
    required: ["title", "tags"],
    additionalProperties: false,
  };

  test("[T19] (real) an output schema reaches the model as a strict JSON schema", async () => {
    const schemas = {
      zod: z.object({ title: z.string(), tags: z.array(z.string()) }),
      arktype: type({ title: "string", tags: "string[]" }),
      valibot: v.object({ title: v.string(), tags: v.array(v.string()) }),
    };
    await withAppServer(async (server) => {
      const thread = await server.codex.threadStart();
      for (const [library, outputSchema] of Object.entries({ ...schemas, "JSON Schema": strict })) {
        server.model.reply('{"title":"T","tags":["a"]}');
        const turn = await thread.run(library, { outputSchema });
        const { text } = server.model.requests.at(-1)?.body as unknown as {
          text: { format: { type: string; strict: boolean; schema: typeof strict } };
        };
        assertEquals([text.format.type, text.format.strict], ["json_schema", true], library);
        const { required, ...rest } = text.format.schema;
        assertEquals(required.toSorted(), ["tags", "title"], library);
        assertEquals<unknown>(rest, { type: "object", properties: strict.properties, additionalProperties: false });
        assertEquals<unknown>(await parseOutput(turn, outputSchema), { title: "T", tags: ["a"] });
      }
    });
  });

  test("[T19] (real) what is not strict fails before anything is sent, and the thread stays usable", async () => {
    await withAppServer(async (server) => {
      const thread = await server.codex.threadStart();
      const outputSchema = { type: "object", properties: { a: { type: "string" } } };
      await assertRejects(() => thread.run("go", { outputSchema }), TypeError, "additionalProperties must be false");
      assertEquals(server.model.requests.length, 0);
      server.model.reply("fine");
      assertEquals((await thread.run("go")).status, "completed");
    });
  });
});
