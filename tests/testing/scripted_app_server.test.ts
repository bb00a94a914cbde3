import { assert, assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { describe, test } from "node:test";
import {
  ClientRefusal,
  Gate,
  notification,
  sample,
  ScriptedAppServer,
  ScriptError,
  scriptTurns,
} from "@codex-app-server/sdk/testing";
import { CLIENT_REQUESTS } from "@codex-app-server/sdk/protocol";
import { type Json, RawClient } from "./raw_client.ts";

const INITIALIZE = { clientInfo: { name: "test", title: null, version: "0" } };
const INPUT = [{ type: "text", text: "hi" }];

describe("ScriptedAppServer: requests", () => {
  test("initialize and thread/start have answers; a thread is announced before its reply", async () => {
    await using server = new ScriptedAppServer();
    const client = new RawClient(server.connect());
    assertStringIncludes(String((await client.request("initialize", INITIALIZE))["userAgent"]), "scripted/");
    await client.notify("initialized");
    await server.received("initialized");
    const first = await client.request("thread/start", { cwd: "/somewhere" });
    assertEquals((first["thread"] as { id: string; cwd: string }).cwd, "/somewhere");
    assertEquals((await client.request("thread/start", {}))["thread"], {
      ...first["thread"] as object,
      id: "thread-2",
      cwd: "/workspace",
    });
    assertEquals(client.seen.map(({ method }) => method), ["thread/started", "thread/started"]);
    assertEquals(server.messages.map(({ method }) => method), [
      "initialize",
      "initialized",
      "thread/start",
      "thread/start",
    ]);
    await client.close();
  });

  test("a script answers by returning, by replying, with an error, or never", async () => {
    await using server = new ScriptedAppServer();
    const result = sample(CLIENT_REQUESTS["model/list"].result);
    const client = new RawClient(server.connect());
    server.onRequest("model/list", () => Promise.resolve(result));
    assertEquals(await client.request("model/list", {}), result as unknown as Record<string, unknown>);
    server.onRequest("model/list", (_params, ctx) => {
      ctx.reply(result);
      ctx.reply(result);
    });
    await client.request("model/list", {});
    server.onRequest("model/list", (_params, ctx) => ctx.fail(-32001, "busy"));
    await assertRejects(() => client.request("model/list", {}), Error, "busy");
    server.onRequest("model/list", (_params, ctx) => ctx.never());
    const never = client.request("model/list", {});
    await server.received("model/list");
    server.notify("warning", { message: "after it" });
    await client.notified("warning");
    assertEquals(client.replies.length, 4);
    await client.close();
    void never;
  });

  test("what the protocol does not know is refused as the real server does", async () => {
    await using server = new ScriptedAppServer();
    const client = new RawClient(server.connect());
    await assertRejects(() => client.request("no/such", {}), Error, "unknown variant `no/such`");
    await assertRejects(() => client.request("thread/read", {}), Error, "threadId");
    await client.close();
  });
});

describe("ScriptedAppServer: mistakes of the script are loud", () => {
  test("a request without a script, an answer that does not fit, no answer, a script that throws", async () => {
    const server = new ScriptedAppServer();
    const client = new RawClient(server.connect());
    await assertRejects(() => client.request("model/list", {}), Error, "model/list has no script");
    server.onRequest("model/list", () => ({ dataa: [] }) as never);
    await assertRejects(() => client.request("model/list", {}), Error, "data");
    server.onRequest("model/list", () => {});
    await assertRejects(() => client.request("model/list", {}), Error, "gave no answer");
    server.onRequest("model/list", () => {
      throw new Error("oops");
    });
    await assertRejects(() => client.request("model/list", {}), Error, "oops");
    assertEquals(server.mistakes.length, 4);
    assertThrows(() => server.verify(), ScriptError, "model/list has no script");
    await assertRejects(() => server[Symbol.asyncDispose](), ScriptError);
    await client.ended;
  });

  test("notifications and requests to the client must be the protocol's, unless validation is off", async () => {
    const strict = new ScriptedAppServer();
    const client = new RawClient(strict.connect());
    assertThrows(() => strict.notify("turn/completed", { threadId: 1 } as never), ScriptError, "threadId");
    assertThrows(() => strict.notify("no/such" as never, {} as never), ScriptError, "not in the protocol");
    const { params } = notification("turn/completed", { turn: { status: "future" as never } });
    assertThrows(() => strict.notify("turn/completed", params), ScriptError, "turn.status");
    await assertRejects(() => strict.ask("currentTime/read", { thread: 1 } as never), ScriptError);
    await client.close();
    const loose = new ScriptedAppServer({ validate: false });
    const open = new RawClient(loose.connect());
    loose.notify("no/such" as never, { anything: true } as never);
    loose.onRequest("model/list", () => 7 as never);
    await open.request("model/list", {});
    assertEquals(open.seen.map(({ method }) => method), ["no/such"]);
    await open.close();
  });

  test("a server that nobody has connected to says so", () => {
    const server = new ScriptedAppServer();
    assertThrows(() => server.notify("warning", { message: "x" }), ScriptError, "connect()");
  });

  test("waiting for what never comes ends with what came", async () => {
    await using server = new ScriptedAppServer();
    const error = await assertRejects(() => server.received("initialize", { timeoutMs: 5 }), Error);
    assertStringIncludes(error.message, "nothing");
  });
});

describe("ScriptedAppServer: asking the client", () => {
  test("an answer comes back; a refusal and a wrong answer are errors; ids count from 0", async () => {
    await using server = new ScriptedAppServer();
    const client = new RawClient(server.connect());
    client.onAsk = () => ({ result: { currentTimeAt: 5 } });
    const params = { threadId: "thread-1" };
    assertEquals(await server.ask("currentTime/read", params), { currentTimeAt: 5 });
    client.onAsk = () => ({ error: { code: -32000, message: "not now" } });
    const refusal = await assertRejects(() => server.ask("currentTime/read", params), ClientRefusal, "not now");
    assertEquals(refusal.error?.code, -32000);
    client.onAsk = () => ({ result: { currentTimeAt: "late" } });
    await assertRejects(() => server.ask("currentTime/read", params), ScriptError, "currentTimeAt");
    await client.close();
    await assertRejects(() => server.ask("currentTime/read", params), ScriptError, "over");
  });

  test("an ask that is never answered ends with the connection", async () => {
    await using server = new ScriptedAppServer();
    const client = new RawClient(server.connect());
    const gate = new Gate();
    client.onAsk = () => {
      void gate.wait(new AbortController().signal);
      return null;
    };
    const ask = server.ask("currentTime/read", { threadId: "t" });
    await gate.reached;
    await Promise.all([assertRejects(() => ask, ScriptError, "not answered"), client.close()]);
  });
});

describe("ScriptedAppServer: connections", () => {
  test("dying ends the client's stream behind what was sent, with how the process ended", async () => {
    const server = new ScriptedAppServer();
    const client = new RawClient(server.connect());
    server.notify("warning", { message: "last words" });
    await server.connection.die({ exit: { code: 101, signal: null }, stderrTail: "panicked" });
    const end = await client.ended;
    assertEquals([end.exit, end.stderrTail], [{ code: 101, signal: null }, "panicked"]);
    assertEquals(client.seen.map(({ method }) => method), ["warning"]);
    await assertRejects(() => client.request("model/list", {}));
  });

  test("each connect is a connection of its own; the latest is spoken to", async () => {
    await using server = new ScriptedAppServer();
    const first = new RawClient(server.connect());
    await server.connection.die();
    await first.ended;
    const second = new RawClient(server.connect());
    server.notify("warning", { message: "again" });
    await second.notified("warning");
    assertEquals([first.seen.length, server.connections.length], [0, 2]);
    assertEquals(server.connections.map((connection) => connection.over), [true, false]);
    await second.close();
  });

  test("closing the server is an orderly end; so is closing the client", async () => {
    const server = new ScriptedAppServer();
    const client = new RawClient(server.connect());
    await server.close();
    assertEquals(await client.ended, {});
    const other = new RawClient(server.connect());
    const { connection } = server;
    await other.close();
    await connection.closed;
    assertEquals(await other.ended, {});
  });
});

describe("scriptTurns", () => {
  test("plays a turn: announced, streamed, asked about, completed", async () => {
    await using server = new ScriptedAppServer();
    const decisions: unknown[] = [];
    const turns = scriptTurns(server, async (turn) => {
      decisions.push(await turn.ask("item/commandExecution/requestApproval", { command: "rm -r /" }));
      turn.item("commandExecution", { command: "ls", status: "completed" });
      turn.usage({ last: { totalTokens: 3 } });
      turn.message(["Hel", "lo"], { phase: "final_answer" });
    });
    const client = new RawClient(server.connect());
    client.onAsk = () => ({ result: { decision: "decline" } });
    const reply = await client.request("turn/start", { threadId: "thread-1", input: INPUT });
    assertEquals((reply["turn"] as { status: string }).status, "inProgress");
    const { turn } = await client.notified("turn/completed");
    const { status, items } = turn as { status: string; items: { text: string }[] };
    assertEquals([status, items.map((each) => each.text)], ["completed", ["Hello"]]);
    assertEquals(decisions, [{ decision: "decline" }]);
    assertEquals(client.seen.map(({ method }) => method), [
      "turn/started",
      "item/started",
      "item/completed",
      "thread/tokenUsage/updated",
      "item/started",
      "item/agentMessage/delta",
      "item/agentMessage/delta",
      "item/completed",
      "turn/completed",
    ]);
    assertEquals(turns.map((each) => each.id), ["turn-1"]);
    await client.close();
  });

  test("what a turn says and asks carries its ids, wherever the message has them", async () => {
    await using server = new ScriptedAppServer();
    scriptTurns(server, async (turn) => {
      turn.notify("item/reasoning/textDelta", { delta: "hm" });
      turn.notify("thread/started", { thread: { preview: "p" } });
      turn.notify("turn/diff/updated", { turnId: "another" });
      turn.notify("warning", { message: "no turn in it" });
      await turn.ask("currentTime/read");
      await turn.ask("item/tool/call", { tool: "lookup" });
    });
    const client = new RawClient(server.connect());
    const asked: unknown[] = [];
    client.onAsk = (_method, params) => {
      asked.push([params["threadId"], params["turnId"]]);
      return { result: asked.length === 1 ? { currentTimeAt: 1 } : { success: true, contentItems: [] } };
    };
    await client.request("turn/start", { threadId: "t7", input: INPUT });
    await client.notified("turn/completed");
    const told = client.seen.slice(1, -1).map(({ params }) => params as Record<string, unknown>);
    assertEquals(
      told.map((each) => [each["threadId"], each["turnId"]]).with(1, [(told[1]?.["thread"] as Json)["id"]]),
      [
        ["t7", "turn-1"],
        ["t7"],
        ["t7", "another"],
        ["t7", undefined],
      ],
    );
    assertEquals(asked, [["t7", undefined], ["t7", "turn-1"]]);
    await client.close();
  });

  test("steer, a second start and interrupt reach the running turn; wrong ids are refused", async () => {
    await using server = new ScriptedAppServer();
    const gate = new Gate();
    const turns = scriptTurns(server, (turn) => gate.wait(turn.signal));
    const client = new RawClient(server.connect());
    const ids = { threadId: "thread-1", turnId: "turn-1" };
    await client.request("turn/start", { threadId: "thread-1", input: INPUT });
    await gate.reached;
    await client.request("turn/steer", { threadId: "thread-1", expectedTurnId: "turn-1", input: INPUT });
    const joined = await client.request("turn/start", { threadId: "thread-1", input: INPUT });
    assertEquals((joined["turn"] as { id: string }).id, "turn-1");
    assertEquals(turns[0]?.steers.length, 2);
    await assertRejects(
      () => client.request("turn/steer", { threadId: "thread-1", expectedTurnId: "x", input: INPUT }),
      Error,
      "expected active turn id `x` but found `turn-1`",
    );
    await client.request("turn/interrupt", ids);
    const { turn } = await client.notified("turn/completed");
    assertEquals((turn as { status: string }).status, "interrupted");
    await assertRejects(() => client.request("turn/interrupt", ids), Error, "no active turn");
    await client.close();
  });

  test("a script may fail its turn; one that throws fails it too, and is a mistake", async () => {
    const server = new ScriptedAppServer();
    scriptTurns(server, (turn) => {
      if (turn.id === "turn-1") return { status: "failed", error: { message: "as scripted" } };
      throw new Error("by accident");
    });
    const client = new RawClient(server.connect());
    const failed = async (threadId: string) => {
      await client.request("turn/start", { threadId, input: INPUT });
      const { turn } = await client.notified("turn/completed", (params) => params["threadId"] === threadId);
      const { status, error } = turn as { status: string; error: { message: string } };
      return [status, error.message];
    };
    assertEquals(await failed("a"), ["failed", "as scripted"]);
    assertEquals(server.mistakes.length, 0);
    assertEquals(await failed("b"), ["failed", "by accident"]);
    assertEquals(server.mistakes.length, 1);
    assert(client.skipped.length === 0);
    await client.close();
  });
});
