import type { ThreadItem } from "@codex-app-server/sdk/protocol";
import { instrument } from "@codex-app-server/sdk/otel";
import { item, type RequestContext, turn } from "@codex-app-server/sdk/testing";
import { context, trace } from "@opentelemetry/api";
import { assertEquals } from "@std/assert";
import { describe, test } from "node:test";
import { scripted } from "../client/scripted.ts";
import { followContexts, Recorder } from "./recorder.ts";
import { type Watched, watched } from "./watched.ts";

followContexts();

const ASKED = {
  "turn/start": { kind: "turn", rest: { input: [{ type: "text", text: "next", text_elements: [] }] } },
  "review/start": { kind: "review", rest: { target: { type: "custom", instructions: "look" } } },
  "thread/compact/start": { kind: "compaction", rest: {} },
  "thread/shellCommand": { kind: "shellCommand", rest: { command: "ls" } },
} as const;
type Asked = keyof typeof ASKED;
const METHODS = Object.keys(ASKED) as Asked[];

type Word = "reply" | "over" | "started" | "command" | "completed";

/** The orders in which the server may speak of the turn that is asked for, and of the end of the one before it. */
const ORDERS: readonly (readonly Word[])[] = [
  ["reply", "over", "started", "command", "completed"],
  ["over", "reply", "started", "command", "completed"],
  ["over", "started", "reply", "command", "completed"],
  ["over", "started", "command", "completed", "reply"],
  ["reply", "started", "command", "completed"], // nothing tells that the other one is over
];

/** Has the server say this of the turn `id`; what is said apart is read apart. */
async function say(
  { method, reply, connection }: RequestContext<Asked>,
  words: readonly Word[],
  threadId: string,
  id: string,
  apart: boolean,
): Promise<void> {
  const running = turn({ id, status: "inProgress" });
  // A review begins under another id, of which the one in the reply is the root.
  const started = method === "review/start" ? { id: `${id} itself`, rootTurnId: id } : { id };
  for (const word of words) {
    if (word === "reply") {
      const result = { "turn/start": { turn: running }, "review/start": { turn: running, reviewThreadId: threadId } };
      reply((method in result ? result[method as "turn/start"] : {}) as never);
    }
    if (word === "over") connection.notify("turn/completed", { threadId, turn: turn({ id: "t1" }) });
    if (word === "started") {
      connection.notify("turn/started", { threadId, turn: turn({ ...started, status: "inProgress" }) });
    }
    if (word === "completed") connection.notify("turn/completed", { threadId, turn: turn({ id }) });
    if (word === "command" && method === "thread/shellCommand") {
      const ls = item("commandExecution", {
        id: `ls of ${id}`,
        source: "userShell",
        status: "inProgress",
      }) as ThreadItem;
      connection.notify("item/started", { threadId, turnId: id, item: ls, startedAtMs: 0 });
    }
    if (apart) await new Promise((resolve) => setTimeout(resolve));
  }
}

/** A turn that runs. */
async function running({ codex, server }: Pick<Watched, "codex" | "server">) {
  server.onRequest("turn/start", (_, ctx) => {
    ctx.reply({ turn: turn({ id: "t1", status: "inProgress" }) });
    ctx.connection.notify("turn/started", { threadId: thread.id, turn: turn({ id: "t1", status: "inProgress" }) });
  });
  const thread = await codex.threadStart();
  await thread.turn("go");
  return thread;
}

/** Asks within a span, and waits until the server has said all. */
async function ask({ codex, server }: Pick<Watched, "codex" | "server">, recorder: Recorder, threadId: string, {
  method,
  words,
  apart,
  id = "t2",
}: { readonly method: Asked; readonly words: readonly Word[]; readonly apart: boolean; readonly id?: string }) {
  let said: Promise<void> | undefined;
  server.onRequest(method, (_, ctx) => (said = say(ctx as never, words, threadId, id, apart)));
  const caller = recorder.tracer.startSpan("caller");
  await context.with(
    trace.setSpan(context.active(), caller),
    () => codex.request(method, { threadId, ...ASKED[method].rest } as never),
  );
  caller.end();
  await said;
  await codex.request("thread/loaded/list", {}); // all that was said before has been read
  return caller.spanContext().spanId;
}

describe("turns that are asked for while another one runs", () => {
  for (const method of METHODS) {
    test(`[O1] ${method}: it stands below the span in which it was asked for, in whatever order it is told`, async () => {
      for (const words of ORDERS) {
        for (const apart of [true, false]) {
          await using peer = watched();
          peer.server.onRequest("thread/loaded/list", () => ({ data: [], nextCursor: null }));
          const { id } = await running(peer);
          const callers: string[] = [];
          callers.push(await ask(peer, peer.recorder, id, { method, words, apart }));
          // What follows has nothing of it.
          const next = { method: "turn/start", words: ["reply", "started", "completed"], apart, id: "t3" } as const;
          callers.push(await ask(peer, peer.recorder, id, next));
          const spans = peer.recorder.of("invoke_agent").slice(1);
          assertEquals(
            spans.map(({ parent, attributes }) => [parent?.spanId, attributes["codex.turn.kind"]]),
            [[callers[0], ASKED[method].kind], [callers[1], "turn"]],
            `${words} ${apart}`,
          );
          assertEquals(peer.recorder.wrong, []);
        }
      }
    });
  }

  test("[O1] what joined the running one is not taken for the next one, which another client starts", async () => {
    for (const method of ["turn/start", "thread/shellCommand"] as const) {
      for (
        const words of [["reply", "command", "over"], ["command", "reply", "over"], [
          "command",
          "over",
          "reply",
        ]] as const
      ) {
        for (const apart of [true, false]) {
          await using peer = watched();
          peer.server.onRequest("thread/loaded/list", () => ({ data: [], nextCursor: null }));
          const { id: threadId } = await running(peer);
          await ask(peer, peer.recorder, threadId, { method, words, apart, id: "t1" });
          const ended = peer.codex.notifications("turn/completed");
          peer.server.notify("turn/started", { threadId, turn: turn({ id: "t2", status: "inProgress" }) });
          peer.server.notify("turn/completed", { threadId, turn: turn({ id: "t2" }) });
          await ended.next();
          const spans = peer.recorder.of("invoke_agent");
          assertEquals([spans.length, spans[1]?.parent, spans[1]?.attributes["codex.turn.kind"]], [
            2,
            undefined,
            undefined,
          ]);
          assertEquals(peer.recorder.wrong, []);
        }
      }
    }
  });
});

describe("instrumented while a turn runs", () => {
  for (const method of METHODS) {
    const joins = method === "turn/start" || method === "thread/shellCommand";
    test(`[O1] ${method}: one span from the call on, that ends with ${joins ? "the turn that it joins" : "its turn"}`, async () => {
      const orders: readonly (readonly Word[])[] = joins
        ? [["reply", "command", "over"], ["command", "reply", "over"], ["command", "over", "reply"]]
        : ORDERS.slice(0, 3);
      for (const words of orders) {
        for (const apart of [true, false]) {
          await using peer = scripted();
          peer.server.onRequest("thread/loaded/list", () => ({ data: [], nextCursor: null }));
          const { id } = await running(peer);
          const recorder = new Recorder();
          instrument(peer.codex, { tracer: recorder.tracer, meter: recorder.meter });
          const callers: string[] = [];
          callers.push(await ask(peer, recorder, id, { method, words, apart, id: joins ? "t1" : "t2" }));
          const next = { method: "turn/start", words: ["reply", "started", "completed"], apart, id: "t3" } as const;
          callers.push(await ask(peer, recorder, id, next));
          assertEquals(
            recorder.of("invoke_agent").map((
              span,
            ) => [span.parent?.spanId, span.attributes["codex.turn.kind"], span.ended, span.attributes["error.type"]]),
            [[callers[0], ASKED[method].kind, 1, undefined], [callers[1], "turn", 1, undefined]],
            `${words} ${apart}`,
          );
        }
      }
    });
  }
});
