import { instrument } from "@codex-app-server/sdk/otel";
import { item, notification, scriptTurns, turn } from "@codex-app-server/sdk/testing";
import { type Context, context, type Histogram, type Meter, type Span, trace, type Tracer } from "@opentelemetry/api";
import { assertEquals } from "@std/assert";
import { describe, test } from "node:test";
import { type Scripted, scripted } from "../client/scripted.ts";
import { followContexts, Recorder } from "./recorder.ts";
import { watched } from "./watched.ts";

followContexts();

/** What of a tracer and a meter may throw, but for what starts and ends a span. */
const METHODS = ["setAttribute", "setAttributes", "addEvent", "setStatus", "record"] as const;

/** Those of a recorder, which throw each time that something is called. */
function faulty({ tracer, meter }: Recorder, what: (typeof METHODS)[number]): { tracer: Tracer; meter: Meter } {
  const throwing = <T extends object>(target: T): T =>
    new Proxy(target, {
      get(_, name) {
        const value: unknown = Reflect.get(target, name);
        if (name === what) {
          return () => {
            throw new Error(`${what} threw`);
          };
        }
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
  return {
    tracer: {
      startSpan: (...args: Parameters<Tracer["startSpan"]>): Span => throwing(tracer.startSpan(...args)),
    } as Tracer,
    meter: {
      createHistogram: (...args: Parameters<Meter["createHistogram"]>): Histogram =>
        throwing(meter.createHistogram(...args)),
    } as Meter,
  };
}

/** A review, which has two ids; turns that leave calls open, that fail, that are replaced, that the end finds open. */
async function live({ codex, server }: Scripted): Promise<void> {
  const started = (id: string) =>
    notification("item/started", { item: item("commandExecution", { id, status: "inProgress" }) }).params;
  let count = 0;
  scriptTurns(server, (playing) => {
    playing.notify("item/started", started("a"));
    playing.notify("item/started", started("b"));
    playing.notify("item/completed", { item: item("commandExecution", { id: "a", status: "failed" }) });
    playing.message(["said"]);
    return { status: count++ === 0 ? "completed" : "failed" };
  });
  const thread = await codex.threadStart();
  await thread.run("go");
  await thread.run("go");
  const events = codex.notifications("item/started");
  const begin = (id: string, rootTurnId = id) =>
    server.notify("turn/started", { threadId: thread.id, turn: turn({ id, rootTurnId, status: "inProgress" }) });
  begin("lost");
  begin("review", "root of it");
  server.notify("turn/completed", { threadId: thread.id, turn: turn({ id: "root of it" }) });
  begin("last");
  server.notify("item/started", { ...started("c"), threadId: thread.id, turnId: "last" });
  await events.next();
}

describe("telemetry and what goes wrong with it", () => {
  for (const what of METHODS) {
    test(`[O1] every span is ended, once, although ${what} throws; and it is told`, async () => {
      const told: string[] = [];
      const peer = scripted({
        onDiagnostic: (diagnostic) => diagnostic.type === "callback-threw" && told.push(String(diagnostic.error)),
      });
      const recorder = new Recorder();
      instrument(peer.codex, faulty(recorder, what));
      await live(peer);
      const open = recorder.spans.filter(({ ended }) => ended === 0).length;
      await peer[Symbol.asyncDispose]();
      await peer.codex.closed;
      assertEquals(recorder.wrong, []);
      assertEquals([recorder.of("invoke_agent").length, recorder.of("execute_tool").length], [5, 5]);
      assertEquals(open, 2); // those of the turn that the end has found open
      assertEquals([...new Set(told)], what === "addEvent" ? [] : [`Error: ${what} threw`]);
    });
  }

  test("[O1] of a turn that is over its ids are kept, and not its span with all that is in it", async () => {
    const parents: (Span | undefined)[] = [];
    const recorder = new Recorder();
    const tracer = {
      startSpan: (name: string, options: object, from: Context) => {
        parents.push(trace.getSpan(from));
        return recorder.tracer.startSpan(name, options, from);
      },
    } as Tracer;
    await using peer = scripted();
    instrument(peer.codex, { tracer, meter: recorder.meter });
    scriptTurns(peer.server, (playing) => playing.message("done"));
    const thread = await peer.codex.threadStart();
    const { id } = await thread.run("go");
    const events = peer.codex.notifications("turn/completed");
    const child = { id: "c", rootTurnId: id };
    peer.server.notify("turn/started", { threadId: "child", turn: turn({ ...child, status: "inProgress" }) });
    peer.server.notify("turn/completed", { threadId: "child", turn: turn(child) });
    await events.next();
    const [root] = recorder.of("invoke_agent");
    assertEquals(parents.map((span) => span?.spanContext().spanId), [undefined, root!.context.spanId]);
    assertEquals("recordException" in parents[1]! && parents[1].constructor.name, "NonRecordingSpan");
  });

  test("[O1] [O4] a command by hand is a turn below the span in which it was asked for", async () => {
    await using peer = watched();
    const { codex, recorder, server } = peer;
    server.onRequest("thread/shellCommand", ({ threadId }, ctx) => {
      ctx.reply({});
      ctx.connection.notify("turn/started", { threadId, turn: turn({ id: "t", status: "inProgress" }) });
      ctx.connection.notify("turn/completed", { threadId, turn: turn({ id: "t" }) });
    });
    const thread = await codex.threadStart();
    const events = codex.notifications("turn/completed");
    const caller = recorder.tracer.startSpan("caller");
    await context.with(
      trace.setSpan(context.active(), caller),
      () => codex.request("thread/shellCommand", { threadId: thread.id, command: "ls" }),
    );
    caller.end();
    await events.next();
    const [span, ...others] = recorder.of("invoke_agent");
    assertEquals([span?.parent?.spanId, others.length], [caller.spanContext().spanId, 0]);
    assertEquals(span?.attributes["codex.turn.kind"], "shellCommand");
    assertEquals(recorder.wrong, []);
  });
});
