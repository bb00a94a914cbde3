/**
 * The behaviours that the tests of `@openai/codex-sdk` have, told in words of our own: the nineteen of its `run`,
 * `runStreamed` and abort tests. Each carries the name of the test there.
 *
 * @module
 */
import { assert, assertEquals, assertMatch, assertRejects, assertStringIncludes } from "@std/assert";
import { command, hangUp, type ModelRequest, usage } from "@codex-app-server/sdk/testing";
import { describe, test } from "node:test";
import { drain, thrown, withoutWarnings, withWorld } from "./world.ts";

const COST = usage({ inputTokens: 42, cachedInputTokens: 12, outputTokens: 5 });
const USAGE = {
  input_tokens: 42,
  cached_input_tokens: 12,
  cache_write_input_tokens: 0,
  output_tokens: 5,
  reasoning_output_tokens: 0,
};

/** What the model is told that it has said itself. */
const said = (request: ModelRequest | undefined) =>
  JSON.stringify(request?.body.input.filter(({ role }) => role === "assistant"));

describe("run", () => {
  test("[X3] (real) returns thread events", () =>
    withWorld(async ({ model, codex, here }) => {
      model.reply("Hi!", COST);
      const thread = codex().startThread(here);
      assertEquals(thread.id, null);
      const { items, finalResponse, usage } = await thread.run("Hello, world!");
      const [item] = withoutWarnings(items);
      assertEquals(withoutWarnings(items), [{ id: item!.id, type: "agent_message", text: "Hi!" }]);
      assertMatch(item!.id, /^item_\d+$/);
      assertEquals({ finalResponse, usage }, { finalResponse: "Hi!", usage: USAGE });
      assertMatch(thread.id ?? "", /^[0-9a-f-]{36}$/);
    }));

  test("[X3] (real) sends previous items when run is called twice", () =>
    withWorld(async ({ model, codex, here }) => {
      model.reply("First response").reply("Second response");
      const thread = codex().startThread(here);
      await thread.run("first input");
      const id = thread.id;
      assertEquals((await thread.run("second input")).finalResponse, "Second response");
      assertEquals(thread.id, id);
      assertStringIncludes(said(model.requests[1]), "First response");
    }));

  test("[X3] (real) continues the thread when run is called twice with options", () =>
    withWorld(async ({ model, codex, here }) => {
      model.reply("First response").reply("Second response");
      const thread = codex().startThread({ ...here, model: "gpt-test-1", sandboxMode: "read-only" });
      await thread.run("first input");
      await thread.run("second input");
      assertEquals(model.requests[1]!.lastUserText, "second input");
      assertEquals(model.requests.map(({ body }) => body.model), ["gpt-test-1", "gpt-test-1"]);
      assertStringIncludes(said(model.requests[1]), "First response");
    }));

  test("[X3] (real) resumes thread by id", () =>
    withWorld(async ({ model, codex, here }) => {
      model.reply("First response").reply("Second response");
      const client = codex();
      const original = client.startThread(here);
      await original.run("first input");
      const resumed = client.resumeThread(original.id!, here);
      assertEquals(resumed.id, original.id);
      assertEquals((await resumed.run("second input")).finalResponse, "Second response");
      assertEquals(resumed.id, original.id);
      assertStringIncludes(said(model.requests[1]), "First response");
    }));

  test("[X3] (real) combines structured text input segments", () =>
    withWorld(async ({ model, codex, here }) => {
      model.reply("ok");
      await codex().startThread(here).run([
        { type: "text", text: "Describe file changes" },
        { type: "text", text: "Focus on impacted tests" },
      ]);
      assertEquals(model.requests[0]!.lastUserText, "Describe file changes\n\nFocus on impacted tests");
    }));

  test("[X3] (real) throws if working directory is not git and no skipGitRepoCheck is provided", () =>
    withWorld(async ({ model, codex, workspace }) => {
      const thread = codex().startThread({ workingDirectory: workspace });
      await assertRejects(() => thread.run("go"), Error, "Not inside a trusted directory");
      assertEquals(thread.id, null);
      assertEquals(model.requests.length, 0);
    }));

  test("[X3] (real) sets the codex sdk originator header", () =>
    withWorld(async ({ model, codex, here }) => {
      model.reply("Hi!");
      await codex().startThread(here).run("Hello, originator!");
      assertEquals(model.requests[0]!.headers.originator, "codex_sdk_ts");
    }));

  test("[X3] (real) throws ThreadRunError on turn failures", () =>
    withWorld(async ({ model, codex, here }) => {
      model.reply(hangUp());
      const thread = codex().startThread(here);
      await assertRejects(() => thread.run("fail"), Error, "stream disconnected before completion:");
      assert(thread.id !== null);
    }));
});

describe("runStreamed", () => {
  test("[X3] (real) returns thread events", () =>
    withWorld(async ({ model, codex, here }) => {
      model.reply("Hi!", COST);
      const thread = codex().startThread(here);
      const { events, error } = await drain((await thread.runStreamed("Hello, world!")).events);
      const told = events.filter((event) => !("item" in event) || event.item.type !== "error");
      const item = told.flatMap((event) => "item" in event ? [event.item] : [])[0]!;
      assertEquals(error, undefined);
      assertEquals(told, [
        { type: "thread.started", thread_id: thread.id! },
        { type: "turn.started" },
        { type: "item.completed", item: { id: item.id, type: "agent_message", text: "Hi!" } },
        { type: "turn.completed", usage: USAGE },
      ]);
    }));

  test("[X3] (real) sends previous items when runStreamed is called twice", () =>
    withWorld(async ({ model, codex, here }) => {
      model.reply("First response").reply("Second response");
      const thread = codex().startThread(here);
      for (const input of ["first input", "second input"]) await drain((await thread.runStreamed(input)).events);
      assertStringIncludes(said(model.requests[1]), "First response");
    }));

  test("[X3] (real) resumes thread by id when streaming", () =>
    withWorld(async ({ model, codex, here }) => {
      model.reply("First response").reply("Second response");
      const client = codex();
      const original = client.startThread(here);
      await drain((await original.runStreamed("first input")).events);
      const resumed = client.resumeThread(original.id!, here);
      await drain((await resumed.runStreamed("second input")).events);
      assertEquals(resumed.id, original.id);
      assertStringIncludes(said(model.requests[1]), "First response");
    }));

  test("[X3] (real) applies output schema turn options when streaming", () =>
    withWorld(async ({ model, codex, here }) => {
      const schema = {
        type: "object",
        properties: { answer: { type: "string" } },
        required: ["answer"],
        additionalProperties: false,
      };
      model.reply('{"answer":"yes"}');
      await drain((await codex().startThread(here).runStreamed("structured", { outputSchema: schema })).events);
      assertEquals((model.requests[0]!.body.text as { format: unknown }).format, {
        name: "codex_output_schema",
        type: "json_schema",
        strict: true,
        schema,
      });
    }));
});

describe("abort", () => {
  test("[X3] (real) aborts run() when signal is aborted", () =>
    withWorld(async ({ model, codex, here }) => {
      const thread = codex().startThread(here);
      const error = await thrown(() => thread.run("Hello, world!", { signal: AbortSignal.abort("Test abort") }));
      assertEquals([error.name, error.code, error.cause], ["AbortError", "ABORT_ERR", "Test abort"]);
      assertEquals([thread.id, model.requests.length], [null, 0]);
    }));

  test("[X3] (real) aborts runStreamed() when signal is aborted", () =>
    withWorld(async ({ model, codex, here }) => {
      const options = { signal: AbortSignal.abort("Test abort") };
      const { events, error } = await drain((await codex().startThread(here).runStreamed("Hello", options)).events);
      assertEquals([events.length, (error as Error).name, model.requests.length], [0, "AbortError", 0]);
    }));

  test("[X3] (real) aborts run() when signal is aborted during execution", () =>
    withWorld(async ({ model, codex, here }) => {
      const gate = model.gate();
      model.reply("part", gate);
      const controller = new AbortController();
      const run = codex().startThread(here).run("Hello", { signal: controller.signal });
      await gate.reached;
      controller.abort("Aborted during execution");
      const error = await thrown(() => run);
      assertEquals([error.name, error.cause], ["AbortError", "Aborted during execution"]);
    }));

  test("[X3] (real) aborts runStreamed() when signal is aborted during iteration", () =>
    withWorld(async ({ model, codex, here }) => {
      const gate = model.gate();
      model.reply("part", gate);
      const controller = new AbortController();
      const { events } = await codex().startThread(here).runStreamed("Hello", { signal: controller.signal });
      const { events: seen, error } = await drain(events, () => controller.abort("Aborted during iteration"));
      assertEquals([seen.map(({ type }) => type), (error as Error).name], [["thread.started"], "AbortError"]);
    }));

  test("[X3] (real) completes normally when signal is not aborted", () =>
    withWorld(async ({ model, codex, here }) => {
      model.reply("Hi!");
      const { signal } = new AbortController();
      const { finalResponse, items } = await codex().startThread(here).run("Hello", { signal });
      assertEquals([finalResponse, withoutWarnings(items).length], ["Hi!", 1]);
    }));

  test("[X3] (real) works without a signal (backward compatibility)", () =>
    withWorld(async ({ model, codex, here }) => {
      model.reply("Hi!");
      const { finalResponse, items } = await codex().startThread(here).run("Hello");
      assertEquals([finalResponse, withoutWarnings(items).length], ["Hi!", 1]);
    }));

  test("[X3] (real) actually kills a long-running process when aborted", () =>
    withWorld(async ({ model, codex, here }) => {
      // A model that calls for one command after the other, for ever.
      model.always(() => [command("true")]);
      const controller = new AbortController();
      const thread = codex().startThread(here);
      const { events } = await thread.runStreamed("Start infinite tool loop", { signal: controller.signal });
      let commands = 0;
      const { error } = await drain(events, (event) => {
        if (event.type === "item.completed" && event.item.type === "command_execution" && ++commands === 3) {
          controller.abort("Test timeout");
        }
      });
      assertEquals([(error as Error).name, commands], ["AbortError", 3]);
      // The loop is over: the next turn of the thread has the model to itself.
      model.when(({ lastUserText }) => lastUserText === "again").always(() => ["still here"]);
      assertEquals((await thread.run("again")).finalResponse, "still here");
    }));
});
