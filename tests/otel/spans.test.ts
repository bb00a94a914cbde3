import { Codex } from "@codex-app-server/sdk";
import { instrument } from "@codex-app-server/sdk/otel";
import { type ThreadItem, ThreadResumeResponseSchema } from "@codex-app-server/sdk/protocol";
import { item, notification, sample, scriptTurns, turn } from "@codex-app-server/sdk/testing";
import { context, SpanKind, trace } from "@opentelemetry/api";
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { describe, test } from "node:test";
import { followContexts, Recorder } from "./recorder.ts";
import { errorOf, FAILED, untilAborted, watched } from "./watched.ts";

followContexts();

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
});
