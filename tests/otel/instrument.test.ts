import { Codex, type CodexOptions } from "@codex-app-server/sdk";
import { instrument } from "@codex-app-server/sdk/otel";
import { type ThreadItem, ThreadResumeResponseSchema } from "@codex-app-server/sdk/protocol";
import {
  item,
  notification,
  sample,
  type ScriptedAppServer,
  type ScriptedTurn,
  scriptTurns,
  turn,
} from "@codex-app-server/sdk/testing";
import { context, SpanKind, SpanStatusCode, trace, type Tracer } from "@opentelemetry/api";
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { describe, test } from "node:test";
import { type Scripted, scripted } from "../client/scripted.ts";
import { followContexts, type RecordedSpan, Recorder } from "./recorder.ts";

followContexts();

interface Watched extends Scripted {
  readonly recorder: Recorder;
}

/** An instrumented client on a scripted server. */
function watched(
  options: CodexOptions | ((server: ScriptedAppServer) => CodexOptions) = {},
  captureContent = false,
): Watched {
  const peer = scripted(options);
  const recorder = new Recorder();
  instrument(peer.codex, { tracer: recorder.tracer, meter: recorder.meter, captureContent });
  return { ...peer, recorder, [Symbol.asyncDispose]: () => peer[Symbol.asyncDispose]() };
}

const untilAborted = ({ signal }: ScriptedTurn) =>
  new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));

function errorOf({ attributes, status, ended }: RecordedSpan): unknown[] {
  return [attributes["error.type"], status?.code, ended];
}

const FAILED = SpanStatusCode.ERROR;

describe("instrument", () => {
  test("[O1] a turn is a span by the conventions, below the span in which it was started", async () => {
    await using peer = watched();
    const { codex, recorder } = peer;
    scriptTurns(peer.server, (playing) => playing.message("done"));
    const thread = await codex.threadStart({ model: "gpt-5" });
    const caller = recorder.tracer.startSpan("caller");
    await context.with(trace.setSpan(context.active(), caller), () => thread.run("go", { model: "gpt-6" }));
    caller.end();
    const [span] = recorder.of("invoke_agent");
    assertEquals([span?.name, span?.kind], ["invoke_agent codex", SpanKind.CLIENT]);
    assertEquals(span?.parent?.spanId, caller.spanContext().spanId);
    const { "codex.turn.id": turnId, "gen_ai.provider.name": provider, ...attributes } = span!.attributes;
    assertEquals([typeof turnId, typeof provider], ["string", "string"]);
    assertEquals(attributes, {
      "gen_ai.operation.name": "invoke_agent",
      "gen_ai.agent.name": "codex",
      "gen_ai.conversation.id": thread.id,
      "gen_ai.request.model": "gpt-6",
      "codex.turn.kind": "turn",
      "codex.turn.status": "completed",
    });
    assertEquals([span?.status, recorder.wrong], [undefined, []]);
  });

  test("[O1] every kind of call is a span below its turn, and how it failed its error.type", async () => {
    await using peer = watched();
    const items: [ThreadItem, ThreadItem][] = ([
      ["commandExecution", { command: "ls" }, { exitCode: 0 }],
      ["commandExecution", { command: "false" }, { exitCode: 1, status: "failed" }],
      ["fileChange", {}, { status: "declined" }],
      ["mcpToolCall", { server: "db", tool: "query" }, { status: "failed" }],
      ["dynamicToolCall", { namespace: "maps", tool: "route" }, {}],
      ["webSearch", { query: "q" }, {}],
    ] as const).map(([type, given, end], index) => [
      item(type, { ...given, id: `i${index}`, ...(type === "webSearch" ? {} : { status: "inProgress" }) } as never),
      item(
        type,
        { ...given, id: `i${index}`, ...(type === "webSearch" ? {} : { status: "completed" }), ...end } as never,
      ),
    ]);
    scriptTurns(peer.server, (playing) => {
      for (const [started, completed] of items) {
        playing.notify("item/started", { item: started });
        playing.notify("item/completed", { item: completed });
      }
      // What is no call of a tool is no span.
      playing.item("reasoning");
      playing.item("plan");
    });
    await (await peer.codex.threadStart()).run("go");
    const { recorder } = peer;
    const [turnSpan] = recorder.of("invoke_agent");
    const tools = recorder.of("execute_tool");
    assertEquals(tools.map(({ parent }) => parent?.spanId), tools.map(() => turnSpan?.context.spanId));
    assertEquals(tools.map(({ kind }) => kind), tools.map(() => SpanKind.INTERNAL));
    assertEquals(
      tools.map(({ name, attributes: a }) => [name, a["gen_ai.tool.name"], a["gen_ai.tool.type"], a["error.type"]]),
      [
        ["execute_tool exec_command", "exec_command", "extension", undefined],
        ["execute_tool exec_command", "exec_command", "extension", "failed"],
        ["execute_tool apply_patch", "apply_patch", "extension", "declined"],
        ["execute_tool query", "query", "extension", "failed"],
        ["execute_tool route", "route", "function", undefined],
        ["execute_tool web_search", "web_search", "extension", undefined],
      ],
    );
    assertEquals(tools.map(({ attributes }) => attributes["gen_ai.tool.call.id"]), items.map(([{ id }]) => id));
    assertEquals(tools.map(({ attributes }) => attributes["codex.tool.namespace"]).filter(Boolean), ["db", "maps"]);
    assertEquals(tools.map(({ attributes }) => attributes["process.exit.code"]).slice(0, 3), [0, 1, undefined]);
    assertEquals(recorder.wrong, []);
    assertEquals(turnSpan?.status, undefined); // a turn that copes with a failed command has not failed
  });

  test("[O1] two calls of one id are two spans; one that was only seen to end is one; an open one ends with its turn", async () => {
    await using peer = watched();
    const command = (status: "inProgress" | "completed", id = "same") => item("commandExecution", { id, status });
    scriptTurns(peer.server, (playing) => {
      for (const id of ["same", "same"]) playing.notify("item/started", { item: command("inProgress", id) });
      for (const id of ["same", "same", "late"]) playing.notify("item/completed", { item: command("completed", id) });
      playing.notify("item/started", { item: command("inProgress", "in the background") });
    });
    await (await peer.codex.threadStart()).run("go");
    const tools = peer.recorder.of("execute_tool");
    assertEquals(tools.map(({ attributes }) => attributes["gen_ai.tool.call.id"]), [
      "same",
      "same",
      "late",
      "in the background",
    ]);
    assertEquals([tools.at(-1)?.attributes["codex.item.status"], tools.at(-1)?.status], ["inProgress", undefined]);
    assertEquals(peer.recorder.wrong, []);
  });

  test("[O1] how a turn failed is its error.type: the server's word, an interrupt, a refused start", async () => {
    await using peer = watched();
    const { codex, recorder, server } = peer;
    const ends: unknown[] = [
      { status: "failed", error: { message: "m", codexErrorInfo: "usageLimitExceeded" } },
      { status: "failed", error: { message: "m", codexErrorInfo: { httpConnectionFailed: { httpStatusCode: 503 } } } },
      { status: "failed", error: { message: "m", codexErrorInfo: null } },
      { status: "interrupted" },
    ];
    scriptTurns(server, () => ends.shift() as never);
    const thread = await codex.threadStart();
    while (ends.length > 0) await thread.run("go");
    server.onRequest("turn/start", (_params, ctx) => ctx.fail(-32600, "thread not found"));
    await assertRejects(() => thread.run("go"));
    assertEquals(
      recorder.of("invoke_agent").map(errorOf),
      ["usageLimitExceeded", "httpConnectionFailed", "failed", "interrupted", "INVALID_REQUEST"]
        .map((type) => [type, FAILED, 1]),
    );
    assert(!recorder.text.includes('"m"'));
  });

  test("[O1] turns that are interrupted end as the server says; those that others start have spans too", async () => {
    await using peer = watched();
    scriptTurns(peer.server, untilAborted);
    const thread = await peer.codex.threadStart();
    const own = await thread.turn("go");
    await own.interrupt();
    await own.run();
    const events = peer.codex.notifications("turn/completed");
    peer.server.notify("turn/started", { threadId: thread.id, turn: turn({ id: "foreign", status: "inProgress" }) });
    peer.server.notify("turn/completed", { threadId: thread.id, turn: turn({ id: "foreign" }) });
    await events.next();
    const spans = peer.recorder.of("invoke_agent");
    assertEquals(spans.map(errorOf), [["interrupted", FAILED, 1], [undefined, undefined, 1]]);
    assertEquals(spans.map(({ attributes }) => attributes["codex.turn.kind"]), ["turn", undefined]);
  });

  test("[O1] a turn that joins the running one has no span of its own; what follows it has", async () => {
    await using peer = watched();
    const { codex, recorder, server } = peer;
    let count = 0;
    server.onRequest("turn/start", ({ threadId }, ctx) => {
      const running = turn({ id: "t", status: "inProgress" });
      ctx.reply({ turn: running });
      if (++count === 1) return ctx.connection.notify("turn/started", { threadId, turn: running });
      ctx.connection.notify("turn/completed", { threadId, turn: turn({ id: "t" }) });
    });
    const thread = await codex.threadStart();
    const turns = await Promise.all([thread.turn("go"), thread.turn("and this")]);
    await Promise.all(turns.map((each) => each.run()));
    assertEquals(recorder.of("invoke_agent").length, 1);
    // One that was to join, and came too late: it begins by itself, below the span in which it was asked for.
    server.onRequest("turn/start", ({ threadId }, ctx) => {
      const id = `t${++count}`;
      ctx.connection.notify("turn/completed", { threadId, turn: turn({ id: `t${count - 1}` }) });
      ctx.connection.notify("turn/started", { threadId, turn: turn({ id, status: "inProgress" }) });
      ctx.reply({ turn: turn({ id, status: "inProgress" }) });
    });
    const first = await thread.turn("go");
    const caller = recorder.tracer.startSpan("caller");
    await context.with(trace.setSpan(context.active(), caller), () => thread.turn("too late"));
    caller.end();
    await first.run();
    const late = recorder.of("invoke_agent").at(-1);
    assertEquals([late?.attributes["codex.turn.id"], late?.parent?.spanId], [
      `t${count}`,
      caller.spanContext().spanId,
    ]);
    await codex.close();
    assertEquals(recorder.wrong, []);
  });

  test("[O1] a sub-agent's turn stands below that of its parent, also once that is over", async () => {
    await using peer = watched();
    const { server, recorder } = peer;
    const begin = (threadId: string, id: string, rootTurnId: string) =>
      server.notify("turn/started", { threadId, turn: turn({ id, rootTurnId, status: "inProgress" }) });
    const spawned = (threadId: string, child: string) =>
      server.notify(
        "item/completed",
        notification("item/completed", {
          threadId,
          turnId: "x",
          item: item("collabAgentToolCall", { tool: "spawnAgent", receiverThreadIds: [child], status: "completed" }),
        }).params,
      );
    let root = "";
    scriptTurns(server, (playing) => {
      root = playing.id;
      spawned(playing.threadId, "child");
      begin("child", "c", root);
      spawned("child", "grandchild");
      begin("grandchild", "g", root);
    });
    const thread = await peer.codex.threadStart({ model: "m" });
    await thread.run("go");
    const events = peer.codex.notifications("turn/completed");
    server.notify("turn/completed", { threadId: "child", turn: turn({ id: "c" }) });
    begin("child", "c2", root); // v2 agents work on by themselves
    server.notify("turn/completed", { threadId: "child", turn: turn({ id: "c2" }) });
    server.notify("turn/completed", { threadId: "grandchild", turn: turn({ id: "g", status: "failed" }) });
    for (let ended = 0; ended < 3; ended++) await events.next();
    const spans = new Map(recorder.of("invoke_agent").map((span) => [span.attributes["codex.turn.id"], span]));
    const parents = ["c", "g", "c2"].map((id) => spans.get(id)?.parent?.spanId);
    assertEquals(parents, [root, "c", root].map((id) => spans.get(id)?.context.spanId));
    assertEquals(spans.get("g")?.attributes["codex.thread.parent_id"], "child");
    assertEquals(spans.get("g")?.attributes["gen_ai.request.model"], "m"); // its parent's, where nothing is told
    assertEquals(errorOf(spans.get("g")!), ["failed", FAILED, 1]);
    assertEquals(recorder.wrong, []);
  });

  test("[O1] spans end when the client is closed or the connection lost, with the error; also those never answered", async () => {
    for (const how of ["close", "lost"] as const) {
      await using peer = watched();
      const { codex, recorder, server } = peer;
      scriptTurns(server, async (playing) => {
        playing.notify("item/started", { item: item("commandExecution", { id: "c", status: "inProgress" }) });
        await untilAborted(playing);
      });
      const thread = await codex.threadStart();
      const stream = (await thread.turn("go")).stream();
      while ((await stream.next()).value?.method !== "item/started") { /* until it works */ }
      server.onRequest("turn/start", (_params, ctx) => ctx.never());
      const silent = (await codex.threadStart()).turn("go");
      await server.received("turn/start");
      server.notify("turn/started", { threadId: "foreign", turn: turn({ id: "f", status: "inProgress" }) });
      const rejected = assertRejects(() => silent);
      if (how === "close") await codex.close();
      else await server.connection.die();
      await rejected;
      await codex.closed;
      const ended = recorder.spans.map(errorOf);
      assert(ended.length >= 3);
      assertEquals(ended, ended.map(() => ["TRANSPORT_CLOSED", FAILED, 1]));
    }
  });

  test("[O1] over a reconnection a span goes on, with a mark; one that is lost in it ends", async () => {
    await using peer = watched((server) => ({
      reconnect: { initialDelayMs: 1, maxDelayMs: 5 },
      transport: () => Object.assign(server.connect(), { shared: true }),
    }));
    const { codex, recorder, server } = peer;
    server.onRequest("turn/start", ({ threadId }, ctx) => {
      const running = turn({ id: `of ${threadId}`, status: "inProgress" });
      ctx.reply({ turn: running });
      ctx.connection.notify("turn/started", { threadId, turn: running });
    });
    server.onRequest("thread/turns/list", () => ({ data: [] }));
    server.onRequest("thread/resume", ({ threadId }, ctx) => {
      if (threadId === "thread-1") return ctx.fail(-32600, "thread not found");
      const id = `of ${threadId}`;
      const turns = [turn({ id, status: "inProgress" })];
      ctx.reply(sample(ThreadResumeResponseSchema, { thread: { id: threadId, turns } }));
      ctx.connection.notify("turn/completed", { threadId, turn: turn({ id }) });
    });
    const threads = [await codex.threadStart(), await codex.threadStart()];
    const [lost, kept] = await Promise.all(threads.map((thread) => thread.turn("go")));
    const failing = assertRejects(() => lost!.run());
    await server.connection.die();
    await failing;
    await kept!.run();
    const spans = recorder.of("invoke_agent");
    assertEquals(spans.map(errorOf), [["TRANSPORT_CLOSED", FAILED, 1], [undefined, undefined, 1]]);
    assertEquals(spans[1]!.events.map(({ name }) => name), ["codex.connection.gap"]);
  });

  test("[O1] called again it changes the options and doubles nothing; for a closed client it does nothing", async () => {
    await using peer = watched();
    const { codex, recorder } = peer;
    scriptTurns(peer.server, (playing) => playing.message("words"));
    const thread = await codex.threadStart();
    await thread.run("go");
    const other = new Recorder();
    instrument(codex, { tracer: other.tracer, meter: other.meter, captureContent: true });
    await thread.run("go");
    assertEquals([recorder.spans.length, other.spans.length], [1, 1]);
    assertEquals([recorder.text.includes("words"), other.text.includes("words")], [false, true]);
    await codex.close();
    instrument(codex);
    const closed = new Codex();
    await closed.close();
    instrument(closed, { tracer: other.tracer });
    assertEquals(other.wrong, []);
  });

  test("[O1] refuses options that are none, and what is no client", async () => {
    await using peer = watched();
    const { codex } = peer;
    for (
      const [options, message] of [
        [{ capture: true }, "captureContent"],
        [{ captureContent: "yes" }, "captureContent must be"],
        [{ tracer: {} }, "tracer must be"],
        [{ meter: {} }, "meter must be"],
      ] as const
    ) assertThrows(() => instrument(codex, options as never), TypeError, message);
    assertThrows(() => instrument({} as never), TypeError, "a Codex");
    assertThrows(() => instrument(undefined as never), TypeError, "a Codex");
  });

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
