import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { describe, test } from "node:test";
import {
  applyPatch,
  command,
  delay,
  failure,
  functionCall,
  hangUp,
  httpError,
  message,
  type ModelEvent,
  rawEvents,
  reasoning,
  type ReplyStep,
  ScriptedModel,
  usage,
} from "@codex-app-server/sdk/testing";

const USER = (text: string) => ({ type: "message", role: "user", content: [{ type: "input_text", text }] });

function ask(model: ScriptedModel, input: readonly unknown[] = [USER("hi")]): Promise<Response> {
  const body = JSON.stringify({ model: "mock-model", input });
  return model.fetch(new Request("http://model/v1/responses", { method: "POST", body }));
}

async function eventsOf(response: Response): Promise<ModelEvent[]> {
  const lines = (await response.text()).split("\n");
  return lines.filter((line) => line.startsWith("data: ")).map((line) => JSON.parse(line.slice(6)));
}

async function play(...steps: ReplyStep[]): Promise<ModelEvent[]> {
  return await eventsOf(await ask(new ScriptedModel().reply(...steps)));
}

/** The items that a reply completes. */
async function items(...steps: ReplyStep[]): Promise<Record<string, unknown>[]> {
  const done = (await play(...steps)).filter((event) => event.type === "response.output_item.done");
  return done.map((event) => event["item"] as Record<string, unknown>);
}

describe("ScriptedModel: replies", () => {
  test("a string is a message: created, added, delta, done, completed", async () => {
    const types = (await play("hello")).map((event) => event.type);
    assertEquals(types, [
      "response.created",
      "response.output_item.added",
      "response.output_text.delta",
      "response.output_item.done",
      "response.completed",
    ]);
  });

  test("a message of deltas has their text whole, and its phase", async () => {
    const [item] = await items(message(["a", "", "b\u2028c"], { phase: "commentary" }));
    assertEquals(item?.["content"], [{ type: "output_text", text: "ab\u2028c" }]);
    assertEquals(item?.["phase"], "commentary");
  });

  test("usage is reported at the end, its total summed", async () => {
    const last = (await play("x", usage({ inputTokens: 3, outputTokens: 4, reasoningOutputTokens: 1 }))).at(-1);
    assertEquals((last?.["response"] as { usage: unknown }).usage, {
      input_tokens: 3,
      input_tokens_details: { cached_tokens: 0 },
      output_tokens: 4,
      output_tokens_details: { reasoning_tokens: 1 },
      total_tokens: 7,
    });
  });

  test("calls: arguments are JSON, ids are given out in order or chosen", async () => {
    const [first, second, third] = await items(
      functionCall("lookup", { a: 1 }, { namespace: "mcp__docs" }),
      command("ls", { escalate: true, justification: "to see", workdir: "/w", callId: "mine" }),
      functionCall("broken", "{not json"),
    );
    assertEquals([first?.["call_id"], second?.["call_id"], third?.["call_id"]], ["call_1", "mine", "call_2"]);
    assertEquals(first?.["namespace"], "mcp__docs");
    assertEquals(JSON.parse(String(second?.["arguments"])), {
      cmd: "ls",
      workdir: "/w",
      sandbox_permissions: "require_escalated",
      justification: "to see",
    });
    assertEquals(third?.["arguments"], "{not json");
  });

  test("a patch is a command that feeds apply_patch", async () => {
    const [item] = await items(applyPatch("*** Add File: a.txt\n+hello\n"));
    assertEquals(
      JSON.parse(String(item?.["arguments"])).cmd,
      "apply_patch <<'EOF'\n*** Begin Patch\n*** Add File: a.txt\n+hello\n*** End Patch\nEOF",
    );
  });

  test("reasoning has a summary, and its text if given", async () => {
    const [bare, full] = await items(reasoning("why"), reasoning("why", { text: "because" }));
    assertEquals(bare?.["summary"], [{ type: "summary_text", text: "why" }]);
    assertEquals("content" in bare!, false);
    assertEquals(full?.["content"], [{ type: "reasoning_text", text: "because" }]);
  });

  test("a failure ends the reply: nothing follows", async () => {
    const events = await play("partial", failure("server_error", "no"), "never");
    assertEquals(events.at(-1)?.type, "response.failed");
    assertEquals(events.filter((event) => event.type === "response.output_item.done").length, 1);
  });

  test("raw events pass as they are, and their own end counts", async () => {
    const events = await play(rawEvents({ type: "odd", x: 1 }, { type: "response.incomplete" }));
    assertEquals(events.slice(1), [{ type: "odd", x: 1 }, { type: "response.incomplete" }]);
  });

  test("an HTTP error has no stream", async () => {
    const response = await ask(new ScriptedModel().reply(httpError(429, "slow down")));
    assertEquals([response.status, await response.text()], [429, "slow down"]);
  });

  test("hanging up breaks the stream", async () => {
    const response = await ask(new ScriptedModel().reply("x", hangUp()));
    await assertRejects(() => response.text());
  });

  test("an HTTP error among other steps is refused when it is scripted", () => {
    let found: unknown;
    try {
      new ScriptedModel().reply("x", httpError(500));
    } catch (error) {
      found = error;
    }
    assert(found instanceof TypeError);
  });
});

describe("ScriptedModel: order", () => {
  test("a gate holds a reply where it stands until it is released", async () => {
    const model = new ScriptedModel();
    const gate = model.gate();
    model.reply(message(["a", gate, "b"]));
    const reader = (await ask(model)).body!.pipeThrough(new TextDecoderStream()).getReader();
    let text = "";
    while (!text.includes('"delta":"a"')) text += (await reader.read()).value;
    const next = reader.read();
    await gate.reached;
    assertEquals(text.includes('"delta":"b"'), false);
    gate.release();
    gate.release();
    assertStringIncludes((await next).value!, '"delta":"b"');
    await reader.cancel();
  });

  test("a released gate holds nobody; a reader that leaves frees the reply", async () => {
    const model = new ScriptedModel();
    const [open, shut] = [model.gate(), model.gate()];
    open.release();
    model.reply(open, delay(1), "through").reply(shut, "never");
    assertStringIncludes(await (await ask(model)).text(), "through");
    const { body } = await ask(model);
    const reader = body!.getReader();
    await reader.read();
    const waiting = reader.read();
    await shut.reached;
    await reader.cancel();
    assertEquals((await waiting).done, true);
  });

  test("a script for one text leaves the others to the model's own queue", async () => {
    const model = new ScriptedModel().reply("own");
    model.when("a").reply("for a").always(() => ["again"]);
    model.when(/^b/).reply((request) => [`b got ${request.lastUserText}`]);
    const say = async (text: string) => {
      const response = await ask(model, [USER(text)]);
      const done = (await eventsOf(response)).find((event) => event.type === "response.output_item.done");
      return (done?.["item"] as { content: { text: string }[] }).content[0]?.text;
    };
    assertEquals(
      [await say("bee"), await say("a"), await say("other"), await say("a")],
      ["b got bee", "for a", "own", "again"],
    );
    assertEquals(model.unused, 0);
  });

  test("scripts that match the same follow one another; what they leave open is not taken from the others", async () => {
    const model = new ScriptedModel().reply("own");
    model.when("a").reply("first");
    model.when("a").reply("second");
    const statuses: number[] = [];
    for (const text of ["a", "a", "a", "b"]) statuses.push((await ask(model, [USER(text)])).status);
    assertEquals(statuses, [200, 200, 501, 200]);
  });
});

describe("ScriptedModel: records", () => {
  test("requests are kept with headers, and read with a glance", async () => {
    const model = new ScriptedModel().always(() => ["ok"]);
    await ask(model, [
      USER("<context>"),
      USER("do it"),
      { type: "function_call_output", call_id: "call_1", output: "one" },
      { type: "function_call_output", call_id: "call_2", output: [{ type: "input_text", text: "two" }] },
    ]);
    const [request] = model.requests;
    assertEquals(request?.lastUserText, "do it");
    assertEquals(request?.userTexts, ["<context>", "do it"]);
    assertEquals([request?.toolOutput(), request?.toolOutput("call_1"), request?.toolOutput("none")], [
      "two",
      "one",
      null,
    ]);
  });

  test("a command's output is found below the server's own lines; images in order", async () => {
    const model = new ScriptedModel().always(() => ["ok"]);
    const image = (url: string) => ({ type: "input_image", image_url: url });
    await ask(model, [
      { type: "message", role: "user", content: [{ type: "input_text", text: "look" }, image("data:1")] },
      { type: "function_call_output", call_id: "c1", output: "Chunk ID: 1\nExit code 0\nOutput:\na\nOutput:\nb" },
      { type: "function_call_output", call_id: "c2", output: [image("data:2")] },
      { type: "function_call_output", call_id: "c3", output: "rejected" },
    ]);
    const [request] = model.requests;
    assertEquals(["c1", "c3", "none"].map((id) => request?.commandOutput(id)), ["a\nOutput:\nb", "rejected", null]);
    assertEquals(request?.images, ["data:1", "data:2"]);
  });

  test("waitForRequests waits for all, or says how many came", async () => {
    const model = new ScriptedModel().always(() => ["ok"]);
    const both = model.waitForRequests(2);
    await ask(model);
    await ask(model);
    assertEquals((await both).length, 2);
    const error = await assertRejects(() => model.waitForRequests(3, { timeoutMs: 5 }), Error);
    assertStringIncludes(error.message, "got 2");
  });

  test("an unscripted request fails with what it asked, and is kept apart", async () => {
    const model = new ScriptedModel();
    const response = await ask(model, [USER("surprise"), { type: "function_call_output", call_id: "c", output: "42" }]);
    assertEquals(response.status, 501);
    const text = await response.text();
    assertStringIncludes(text, "surprise");
    assertStringIncludes(text, "42");
    assertEquals(model.unscripted.length, 1);
    assertEquals(model.unscripted[0], model.requests[0]);
  });

  test("other paths: a list of models, 404 without a record, 400 for a body that is not JSON", async () => {
    const model = new ScriptedModel();
    assertEquals((await model.fetch(new Request("http://model/v1/models?client_version=1"))).status, 200);
    const post = (path: string) => model.fetch(new Request(`http://model${path}`, { method: "POST", body: "no json" }));
    assertEquals((await post("/v1/analytics")).status, 404);
    assertEquals((await post("/v1/responses")).status, 400);
    assertEquals(model.requests.length, 0);
  });
});

describe("ScriptedModel: listening", () => {
  test("serves over HTTP; closing cuts the replies that are held, and frees the port", async () => {
    const model = new ScriptedModel();
    const gate = model.gate();
    model.reply("hello").reply(message(["a", gate]));
    const listener = await model.listen();
    const post = () => fetch(`${listener.url}/responses`, { method: "POST", body: '{"model":"m","input":[]}' });
    assertEquals((await eventsOf(await post())).at(-1)?.type, "response.completed");
    const held = (await post()).text();
    held.catch(() => {});
    await gate.reached;
    await listener.close();
    await listener.close();
    await assertRejects(() => held);
    await assertRejects(post);
  });

  test("a client that leaves frees the reply that is held for it", async () => {
    const model = new ScriptedModel();
    let freed = () => {};
    const gone = new Promise<void>((resolve) => freed = resolve);
    const held = model.gate();
    model.reply({
      wait: async (signal) => {
        signal.addEventListener("abort", freed, { once: true });
        await held.wait(signal);
      },
    });
    await using listener = await model.listen();
    const leave = new AbortController();
    const body = '{"model":"m","input":[]}';
    const reply = fetch(`${listener.url}/responses`, { method: "POST", body, signal: leave.signal })
      .then((response) => response.text());
    reply.catch(() => {});
    await held.reached;
    leave.abort();
    await gone;
    await assertRejects(() => reply);
  });
});
