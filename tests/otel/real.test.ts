import { instrument, serverTelemetry } from "@codex-app-server/sdk/otel";
import {
  applyPatch,
  type AppServer,
  command,
  failure,
  functionCall,
  Gate,
  message,
  startAppServer,
  usage,
} from "@codex-app-server/sdk/testing";
import { tool } from "@codex-app-server/sdk/tools";
import { context, trace } from "@opentelemetry/api";
import { assert, assertEquals, assertGreater } from "@std/assert";
import { after, before, describe, test } from "node:test";
import { z } from "zod";
import { agentOf, spawns } from "../real/agents.ts";
import { mcpToml } from "../real/mcp_toml.ts";
import { type OtlpReceiver, otlpReceiver } from "./otlp_receiver.ts";
import { followContexts } from "./recorder.ts";
import { type FinishedSpan, loadSdk, type Sdk } from "./sdk.ts";

followContexts();

describe("telemetry of a real server, with the SDK's exporters", () => {
  let sdk: Sdk;
  let collector: OtlpReceiver;
  let server: AppServer;
  /** The span in which all of it is asked for. */
  let caller: { readonly traceId: string; readonly spanId: string };
  const decided: string[] = [];

  before(async () => {
    [sdk, collector] = await Promise.all([loadSdk(), otlpReceiver()]);
    server = await startAppServer({
      approvalPolicy: "on-request",
      toml: mcpToml(),
      codex: {
        ...serverTelemetry({ endpoint: collector.url, headers: { authorization: "Bearer s3cret, and=more" } }),
        handlers: {
          "item/commandExecution/requestApproval": () => {
            decided.push(trace.getActiveSpan()?.spanContext().spanId ?? "");
            return { decision: "accept" };
          },
          "item/fileChange/requestApproval": () => ({ decision: "decline" }),
          "mcpServer/elicitation/request": () => ({ action: "accept", content: { name: "Ada" } }),
        },
      },
    });
    instrument(server.codex, { tracer: sdk.tracer, meter: sdk.meter });
  });

  after(async () => {
    await server?.close();
    await collector?.[Symbol.asyncDispose]();
    sdk?.[Symbol.dispose]();
  });

  const nameOf = (span: FinishedSpan) =>
    span.attributes["gen_ai.tool.name"] ?? span.attributes["gen_ai.operation.name"] ?? span.name;
  const below = (parent: { readonly spanId: string } | undefined) =>
    sdk.spans().filter(({ parentSpanContext }) => parentSpanContext?.spanId === parent?.spanId);

  test("[O1] [O3] [O4] (real) a turn with a command, a patch, both kinds of tools and a sub-agent", async () => {
    const { codex, model } = server;
    model.reply(
      command("echo SECRET-OUTPUT", { escalate: true, justification: "because" }),
      usage({ inputTokens: 100 }),
    )
      .reply(functionCall("weather", { city: "SECRET-CITY" }))
      .reply(functionCall("ask", {}, { namespace: "mcp__asker" }))
      .reply(applyPatch("*** Add File: new.txt\n+SECRET-LINE"));
    agentOf(model, "child work").reply(command("echo child; exit 3")).reply("child done");
    spawns(model, "child work");
    model.reply(message(["SECRET", "-ANSWER"]), usage({ inputTokens: 50, cachedInputTokens: 20, outputTokens: 7 }));
    const weather = tool({
      name: "weather",
      description: "The weather.",
      input: z.object({ city: z.string() }),
      execute: async () => {
        await Promise.resolve();
        sdk.tracer.startSpan("look it up").end();
        return "sunny";
      },
    });
    const updates = codex.notifications("mcpServer/startupStatus/updated");
    const thread = await codex.threadStart({ sandbox: "read-only" }, { tools: [weather] });
    for await (const { params } of updates) if (params.threadId === thread.id && params.status === "ready") break;
    await sdk.tracer.startActiveSpan("caller", async (span) => {
      caller = span.spanContext();
      assertEquals((await thread.run("SECRET-QUESTION")).status, "completed");
      span.end();
    });
    const [turn, ...others] = below(caller);
    assertEquals([turn?.name, others.length], ["invoke_agent codex", 0]);
    const children = below(turn!.spanContext());
    assertEquals(children.map(nameOf), ["exec_command", "weather", "ask", "apply_patch", "invoke_agent"]);
    const [executed, called, asked, patched, child] = children;
    assertEquals(below(called!.spanContext()).map(nameOf), ["look it up"]);
    assertEquals(decided, [executed!.spanContext().spanId]);
    const decisions = children.map(({ events }) =>
      events.map(({ attributes }) => attributes?.["codex.approval.decision"] ?? "?")
    );
    assertEquals(decisions, [["?", "accept"], [], ["?", "accept", "?", "accept"], ["?", "decline"], []]);
    assertEquals([executed, asked, patched].map((span) => span!.attributes["error.type"]), [
      undefined,
      undefined,
      "declined",
    ]);
    const [grand] = below(child!.spanContext());
    assertEquals(
      [nameOf(grand!), grand!.attributes["error.type"], grand!.attributes["process.exit.code"]],
      ["exec_command", "failed", 3],
    );
    const { attributes } = turn!;
    assertEquals(attributes["gen_ai.request.model"], "mock-model");
    assertEquals(attributes["gen_ai.usage.input_tokens"], 150);
    assertEquals(attributes["gen_ai.usage.cache_read.input_tokens"], 20);
    assert(!JSON.stringify(sdk.spans().map(({ attributes, events }) => [attributes, events])).includes("SECRET"));
  });

  test("[O2] (real) durations, tokens and the time to the first text", async () => {
    const points = await sdk.points();
    const of = (name: string, operation?: string) =>
      points.filter((point) =>
        point.name === name && (operation === undefined || point.attributes["gen_ai.token.type"] === operation)
      );
    const total = (name: string, type?: string) => of(name, type).reduce((sum, point) => sum + point.sum, 0);
    const count = (name: string) => of(name).reduce((sum, point) => sum + point.count, 0);
    assertEquals(count("gen_ai.client.operation.duration"), 2); // the turn, and its sub-agent's
    assertEquals(count("gen_ai.client.operation.time_to_first_chunk"), 2);
    assertEquals(count("gen_ai.execute_tool.duration"), 5);
    assertEquals(total("gen_ai.client.token.usage", "input"), 150);
    assertEquals(total("gen_ai.client.token.usage", "output"), 7);
    assertGreater(total("gen_ai.client.operation.duration"), total("gen_ai.client.operation.time_to_first_chunk"));
  });

  test("[O1] (real) turns that fail and that are interrupted; a review; a compaction; a command by hand", async () => {
    const { codex, model } = server;
    const thread = await codex.threadStart();
    const seen = sdk.spans().length;
    model.reply(failure("insufficient_quota", "SECRET-REASON"));
    assertEquals((await thread.run("go")).status, "failed");
    const gate = new Gate();
    model.reply(message(["a", gate]));
    const turn = await thread.turn("go");
    for await (const _ of turn.text()) break;
    await turn.interrupt();
    await turn.run();
    gate.release();
    const ended = thread.events();
    const next = async () => {
      for (;;) if ((await ended.next()).value?.method === "turn/completed") return;
    };
    model.reply("looks fine");
    await codex.request("review/start", { threadId: thread.id, target: { type: "custom", instructions: "look" } });
    await next();
    model.reply("summary");
    await thread.compact();
    await next();
    const byHand = sdk.tracer.startSpan("by hand");
    await context.with(
      trace.setSpan(context.active(), byHand),
      () => codex.request("thread/shellCommand", { threadId: thread.id, command: "echo SECRET" }),
    );
    await next();
    // A review that is asked for while a turn runs ends that, and begins after its reply.
    const late = new Gate();
    model.reply(message(["a", late])).reply("looks fine");
    for await (const _ of (await thread.turn("go")).text()) break;
    await context.with(
      trace.setSpan(context.active(), byHand),
      () => codex.request("review/start", { threadId: thread.id, target: { type: "custom", instructions: "look" } }),
    );
    await next();
    await next();
    late.release();
    const spans = sdk.spans().slice(seen).filter(({ name }) => name.startsWith("invoke_agent"));
    assertEquals(
      spans.map(({ attributes }) => [attributes["codex.turn.kind"], attributes["codex.turn.status"]]),
      [
        ["turn", "failed"],
        ["turn", "interrupted"],
        ["review", "completed"],
        ["compaction", "completed"],
        ["shellCommand", "completed"],
        ["turn", "interrupted"],
        ["review", "completed"],
      ],
    );
    for (const index of [-1, -3]) {
      assertEquals(spans.at(index)?.parentSpanContext?.spanId, byHand.spanContext().spanId);
    }
    const [failed, interrupted, ...good] = spans.slice(0, -2).map(({ attributes }) => attributes["error.type"]);
    assertEquals([typeof failed, interrupted, ...good], ["string", "interrupted", undefined, undefined, undefined]);
    assert(!JSON.stringify(spans.map(({ attributes, status }) => [attributes, status])).includes("SECRET"));
  });

  test("[O4] (real) the server's own spans stand below the turn, and go to the collector with their headers", async () => {
    await server.close(); // which has it send what is left
    const turn = below(caller)[0]!.spanContext();
    const own = collector.spans.filter(({ traceId }) => traceId === turn.traceId);
    assertGreater(own.length, 100, `${own.length} of ${collector.spans.length} spans`);
    const known = new Set([turn.spanId, ...own.map(({ spanId }) => spanId)]);
    const above = own.filter(({ parentSpanId }) => parentSpanId === turn.spanId).map(({ name }) => name);
    assert(above.includes("turn/start"), `below the turn: ${above}`);
    assertEquals(own.filter(({ parentSpanId }) => !known.has(parentSpanId)).map(({ name }) => name), []);
    for (const { path, headers } of collector.posts) {
      assertEquals([path, headers.authorization], ["/v1/traces", "Bearer s3cret, and=more"]);
    }
    // The model's requests carry the trace on.
    const headers = server.model.requests.map(({ headers }) => headers["traceparent"] ?? "");
    assert(headers[0]?.startsWith(`00-${turn.traceId}-`), headers[0]);
  });
});
