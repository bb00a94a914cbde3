import { instrument } from "@codex-app-server/sdk/otel";
import type { ThreadItem } from "@codex-app-server/sdk/protocol";
import { item, scriptTurns } from "@codex-app-server/sdk/testing";
import type { Tracer } from "@opentelemetry/api";
import { assert, assertEquals } from "@std/assert";
import { describe, test } from "node:test";
import { scripted } from "../client/scripted.ts";
import { followContexts, type RecordedSpan } from "./recorder.ts";
import { errorOf, FAILED, watched } from "./watched.ts";

followContexts();

describe("metrics, contents and contexts", () => {
  test("[O2] durations, tokens by type and the time to the first text, of each turn by itself", async () => {
    await using peer = watched();
    const { recorder } = peer;
    const count = (inputTokens: number, outputTokens: number) => ({
      inputTokens,
      outputTokens,
      totalTokens: inputTokens + outputTokens,
      cachedInputTokens: inputTokens / 2,
      reasoningOutputTokens: 1,
    });
    let [input, output] = [0, 0];
    scriptTurns(peer.server, (playing) => {
      for (const [more, answered] of [[100, 10], [50, 20]] as const) {
        const last = count(more, answered);
        const total = count(input += more, output += answered);
        playing.usage({ last, total });
        playing.usage({ last, total }); // told again
      }
      playing.message(["one ", "two"]);
      playing.item("commandExecution", { status: "completed" });
    });
    const thread = await peer.codex.threadStart({ model: "m" });
    await thread.run("go");
    await thread.run("go");
    const tokens = recorder.pointsOf("gen_ai.client.token.usage");
    assertEquals(
      tokens.map(({ value, attributes }) => [attributes["gen_ai.token.type"], value]),
      [["input", 150], ["output", 30], ["input", 150], ["output", 30]],
    );
    for (const { attributes } of recorder.of("invoke_agent")) {
      assertEquals(attributes["gen_ai.usage.input_tokens"], 150);
      assertEquals(attributes["gen_ai.usage.output_tokens"], 30);
      assertEquals(attributes["gen_ai.usage.cache_read.input_tokens"], 75);
    }
    const of = (name: string) => recorder.pointsOf(name);
    const [durations, firsts, tools] = [
      of("gen_ai.client.operation.duration"),
      of("gen_ai.client.operation.time_to_first_chunk"),
      of("gen_ai.execute_tool.duration"),
    ];
    assertEquals([durations.length, firsts.length, tools.length], [2, 2, 2]);
    for (const [index, { value }] of durations.entries()) assert(value >= firsts[index]!.value);
    for (const { unit, value } of [...durations, ...firsts, ...tools]) assert(unit === "s" && value >= 0 && value < 60);
    for (const { attributes } of [...durations, ...firsts, ...tokens]) {
      assertEquals(attributes["gen_ai.operation.name"], "invoke_agent");
      assertEquals(attributes["gen_ai.request.model"], "m");
    }
  });

  test("[O2] a failed turn is measured with its error.type, and one that says nothing has no first text", async () => {
    await using peer = watched();
    scriptTurns(peer.server, () => ({ status: "failed" }));
    await (await peer.codex.threadStart()).run("go");
    const [duration] = peer.recorder.pointsOf("gen_ai.client.operation.duration");
    assertEquals(duration?.attributes["error.type"], "failed");
    assertEquals(peer.recorder.points.length, 1);
  });

  test("[O3] approvals and what was decided are events on their call, whoever decided", async () => {
    const COMMAND = "item/commandExecution/requestApproval";
    const answers: unknown[] = [
      { decision: "accept" },
      { decision: { acceptWithExecpolicyAmendment: { execpolicy_amendment: ["secret", "words"] } } },
      undefined, // no usable answer
    ];
    await using peer = watched({ handlers: { [COMMAND]: () => answers.shift() as never } });
    const { codex, recorder } = peer;
    scriptTurns(peer.server, async (playing) => {
      const started = item("commandExecution", { id: "c", status: "inProgress" });
      playing.notify("item/started", { item: started });
      while (answers.length > 0) await playing.ask(COMMAND, { itemId: "c" });
      await playing.ask("item/fileChange/requestApproval", { itemId: "of no call" });
      playing.notify("item/completed", { item: { ...started, status: "completed" } as ThreadItem });
    });
    await (await codex.threadStart()).run("go");
    const [tool] = recorder.of("execute_tool");
    const [turnSpan] = recorder.of("invoke_agent");
    const decisions = (span: RecordedSpan) =>
      span.events.map(({ name, attributes: a }) =>
        name === "codex.approval.requested"
          ? "?"
          : [a["codex.approval.decision"], a["codex.approval.by"], a["codex.approval.reason"]]
      );
    assertEquals(decisions(tool!), [
      "?",
      ["accept", "client", undefined],
      "?",
      ["acceptWithExecpolicyAmendment", "client", undefined],
      "?",
      ["refused", "default", "invalid-answer"],
    ]);
    assertEquals(decisions(turnSpan!), ["?", ["refused", "default", "no-handler"]]);
    assertEquals(tool!.events[0]?.attributes["codex.approval.method"], COMMAND);
    assert(!recorder.text.includes("secret"));
  });

  test("[O3] nothing of what is said and done is recorded, unless it is asked for; then without secrets, and bounded", async () => {
    const KEY = "sk-proj-abcdefghijklmnopqrstuvwxyz0123456789";
    const long = "x".repeat(1_000_000);
    const words = ["say", "said", "typed", "printed", "diffed", "asked", "found", "argued", "returned", "thought"];
    for (const captureContent of [false, true]) {
      await using peer = watched({}, captureContent);
      scriptTurns(peer.server, (playing) => {
        playing.item("userMessage", { content: [{ type: "text", text: "say" }, { type: "image", url: "data:," }] });
        playing.message(`said with ${KEY}`);
        playing.item("commandExecution", {
          command: `typed --api-key ${KEY}`,
          aggregatedOutput: `printed ${long}`,
          status: "completed",
        });
        playing.item("fileChange", { changes: [{ path: "p", kind: { type: "add" }, diff: "diffed" }] });
        playing.item("webSearch", { query: "asked", results: ["found"] });
        playing.item("mcpToolCall", {
          tool: "t",
          arguments: { say: "argued", password: "hunter2" },
          result: { content: ["returned"] },
          status: "completed",
        });
        return { status: "failed", error: { message: `thought ${KEY}` } };
      });
      await (await peer.codex.threadStart()).run("go");
      const { text } = peer.recorder;
      assertEquals(words.filter((word) => text.includes(word)), captureContent ? words : []);
      assert(!text.includes(KEY) && !text.includes("hunter2"), text.slice(0, 2000));
      assert(text.length < 200_000, `${text.length}`);
      if (!captureContent) continue;
      const [span] = peer.recorder.of("invoke_agent");
      assertEquals(JSON.parse(String(span?.attributes["gen_ai.input.messages"])), [
        { role: "user", parts: [{ type: "text", content: "say" }, { type: "image" }] },
      ]);
      const [answer] = JSON.parse(String(span?.attributes["gen_ai.output.messages"]));
      assertEquals([answer.role, answer.finish_reason, answer.parts.length], ["assistant", "stop", 1]);
    }
  });

  test("[O4] each request carries the context it is made in; a turn's start that of its span", async () => {
    const sent: { method: string; trace: string | undefined }[] = [];
    await using peer = watched();
    const { codex, recorder, server } = peer;
    codex.observe({
      request: ({ method, trace: given }) => void sent.push({ method, trace: given?.traceparent ?? undefined }),
    });
    scriptTurns(server, (playing) => playing.message("done"));
    server.onRequest("thread/name/set", () => ({}));
    const thread = await codex.threadStart();
    assertEquals(new Set(sent.map((each) => each.trace)), new Set([undefined])); // nothing is active
    sent.length = 0;
    await recorder.tracer.startActiveSpan("caller", async (span) => {
      await thread.setName("n");
      await thread.run("go");
      span.end();
    });
    const [caller, turnSpan] = recorder.spans;
    const header = ({ context: { traceId, spanId } }: RecordedSpan) => `00-${traceId}-${spanId}-01`;
    assertEquals(sent.map((each) => [each.method, each.trace]), [
      ["thread/name/set", header(caller!)],
      ["turn/start", header(turnSpan!)],
    ]);
    // What a call names is where its turn stands, with what vendors add.
    sent.length = 0;
    const traceparent = `00-${"c".repeat(32)}-${"d".repeat(16)}-01`;
    await thread.run("go", { trace: { traceparent, tracestate: "vendor=1" } });
    const named = recorder.of("invoke_agent").at(-1)!;
    assertEquals([named.parent?.spanId, named.context.traceId], ["d".repeat(16), "c".repeat(32)]);
    assertEquals(named.parent?.traceState?.serialize(), "vendor=1");
    assertEquals(sent[0]?.trace, header(named));
    // And what is no traceparent is left as it is.
    sent.length = 0;
    await thread.setName("n", { trace: { traceparent: "00-nonsense" } });
    assertEquals(sent[0]?.trace, "00-nonsense");
  });

  test("[O4] a tool runs in the context of its call, also where no item tells of that, and a handler in that of its item", async () => {
    await using peer = watched({
      handlers: {
        "item/tool/call": async () => {
          await Promise.resolve();
          mine.push(peer.recorder.tracer.startSpan("of the tool"));
          return { success: false, contentItems: [] };
        },
        "item/fileChange/requestApproval": () => {
          mine.push(peer.recorder.tracer.startSpan("of the handler"));
          return { decision: "accept" };
        },
      },
    });
    const mine: ReturnType<Tracer["startSpan"]>[] = [];
    const { codex, recorder, server } = peer;
    scriptTurns(server, async (playing) => {
      await playing.ask("item/tool/call", { callId: "a", tool: "weather", arguments: {} });
      playing.notify("item/started", { item: item("fileChange", { id: "p", status: "inProgress" }) });
      await playing.ask("item/fileChange/requestApproval", { itemId: "p" });
    });
    await (await codex.threadStart()).run("go");
    for (const span of mine) span.end();
    const nameOf = (id: string | undefined) => recorder.spans.find(({ context: c }) => c.spanId === id)?.name;
    const parents = recorder.spans.map(({ name, parent }) => [name, nameOf(parent?.spanId)]);
    assertEquals(parents, [
      ["invoke_agent codex", undefined],
      ["execute_tool weather", "invoke_agent codex"],
      ["of the tool", "execute_tool weather"],
      ["execute_tool apply_patch", "invoke_agent codex"],
      ["of the handler", "execute_tool apply_patch"],
    ]);
    assertEquals(errorOf(recorder.of("execute_tool")[0]!), ["failed", FAILED, 1]);
    assertEquals(recorder.wrong, []);
  });

  test("[O5] without an SDK nothing is recorded, nothing is sent, and all works", async () => {
    await using peer = scripted();
    instrument(peer.codex);
    const sent: unknown[] = [];
    peer.codex.observe({ request: ({ trace: given }) => void sent.push(given) });
    scriptTurns(peer.server, (playing) => {
      playing.item("commandExecution", { status: "completed" });
      playing.message("done");
    });
    assertEquals((await (await peer.codex.threadStart()).run("go")).status, "completed");
    assert(sent.length >= 2);
    assertEquals(sent.filter((given) => given !== undefined), []);
  });
});
