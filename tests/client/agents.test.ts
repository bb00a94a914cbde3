import type { Notification, ServerRequestContext, ServerRequestHandlers, Thread } from "@codex-app-server/sdk";
import type { ThreadItem } from "@codex-app-server/sdk/protocol";
import { denyAll, policyHandlers } from "@codex-app-server/sdk/policies";
import { item, notification, ScriptedAppServer, serverRequestParams } from "@codex-app-server/sdk/testing";
import { tool } from "@codex-app-server/sdk/tools";
import { assert, assertEquals } from "@std/assert";
import { describe, test } from "node:test";
import { deferred } from "../../src/util/deferred.ts";
import { collectUntil } from "../collect_garbage.ts";
import { collect, methods, type Scripted, scripted } from "./scripted.ts";

const COMMAND = "item/commandExecution/requestApproval";

function answering(decision: "accept" | "decline", seen: ServerRequestContext[] = []): ServerRequestHandlers {
  return {
    [COMMAND]: (_params, ctx) => {
      seen.push(ctx);
      return { decision };
    },
  };
}

function spawned(childId: string, tool: "spawnAgent" | "sendInput" | "wait" = "spawnAgent"): ThreadItem {
  return item("collabAgentToolCall", { id: `to ${childId}`, tool, receiverThreadIds: [childId], status: "completed" });
}

/** Tells of an item of a thread, as the server does when it is completed. */
function tell(server: ScriptedAppServer, threadId: string, told: ThreadItem, turnId = "r"): void {
  server.notify("item/completed", notification("item/completed", { threadId, turnId, item: told }).params);
}

function ask(server: ScriptedAppServer, threadId: string, turnId = "turn of it"): Promise<string> {
  return server.ask(COMMAND, serverRequestParams(COMMAND, { threadId, turnId, itemId: `in ${threadId}` }))
    .then(({ decision }) => String(decision));
}

function refusals({ diagnostics }: Scripted): unknown[] {
  return diagnostics.flatMap((each) => each.type === "server-request-refused" ? each.reason : []);
}

function silent(server: ScriptedAppServer): void {
  server.onRequest("thread/read", (_params, ctx) => ctx.never());
}

describe("a question of a sub-agent", () => {
  test("[U1] [U3] goes to its own thread's handlers, then up the path, and to the client's last", async () => {
    const order: string[] = [];
    const passing = (who: string): ServerRequestHandlers => ({
      [COMMAND]: (_params, ctx) => (order.push(who), ctx.pass()),
    });
    await using peer = scripted({ handlers: passing("client") });
    const { server, codex } = peer;
    const root = await codex.threadStart({}, { handlers: passing("root") });
    tell(server, root.id, spawned("child"));
    tell(server, "child", spawned("grandchild"));
    server.onRequest("thread/resume", ({ threadId }) => resumed(threadId, "child"));
    const held = await codex.threadResume("grandchild", {}, { handlers: passing("grandchild") });
    assertEquals(await ask(server, "grandchild"), "decline");
    assertEquals(order, ["grandchild", "root", "client"]);
    assertEquals(held.id, "grandchild");
  });

  test("[U1] the tools and the policies of a thread hold for the agents of its agents, whatever the client's allow", async () => {
    const ran: string[] = [];
    await using peer = scripted({ handlers: policyHandlers(() => ({ decision: "accept", reason: "anything" })) });
    const execute = (_args: unknown, ctx: { threadId: string }) => (ran.push(ctx.threadId), "rosebud");
    const word = tool({ name: "word", description: "A word.", input: { type: "object" }, execute });
    const { server, codex } = peer;
    const root = await codex.threadStart({}, { tools: [word], handlers: policyHandlers(denyAll()) });
    tell(server, root.id, spawned("child"));
    tell(server, "child", spawned("grandchild"));
    const call = { threadId: "grandchild", turnId: "t", tool: "word", namespace: null, arguments: {} };
    const { success, contentItems } = await server.ask("item/tool/call", serverRequestParams("item/tool/call", call));
    assertEquals([success, contentItems, ran], [true, [{ type: "inputText", text: "rosebud" }], ["grandchild"]]);
    assertEquals([await ask(server, "grandchild"), await ask(server, "child")], ["decline", "decline"]);
  });

  test("[U3] waits until an event tells whose it is", async () => {
    const [ofThread, ofClient]: ServerRequestContext[][] = [[], []];
    await using peer = scripted({ handlers: answering("accept", ofClient) });
    silent(peer.server);
    const root = await peer.codex.threadStart({}, { handlers: answering("decline", ofThread) });
    const answer = ask(peer.server, "child");
    await peer.server.received("thread/read");
    tell(peer.server, root.id, spawned("child"));
    assertEquals([await answer, ofClient], ["decline", []]);
    const { threadId, rootThreadId, threadPath } = ofThread![0]!;
    assertEquals([threadId, rootThreadId, threadPath], ["child", root.id, [root.id, "child"]]);
  });

  test("[U3] is looked up where no event tells", async () => {
    const seen: ServerRequestContext[] = [];
    await using peer = scripted({ handlers: answering("accept") });
    const root = await peer.codex.threadStart({}, { handlers: answering("decline", seen) });
    const parents: Record<string, string | null> = { grandchild: "child", child: root.id };
    peer.server.onRequest("thread/read", ({ threadId }) => ({ thread: record(threadId, parents[threadId]!) }));
    assertEquals(await Promise.all([ask(peer.server, "grandchild"), ask(peer.server, "child")]), [
      "decline",
      "decline",
    ]);
    assertEquals(seen.map(({ threadPath }) => threadPath.length).sort(), [2, 3]);
  });

  test("[U3] is refused when nobody tells in time, whoever would have accepted it", async () => {
    const seen: ServerRequestContext[] = [];
    await using peer = scripted({ handlers: answering("accept", seen), limits: { parentTimeoutMs: 5 } });
    silent(peer.server);
    await peer.codex.threadStart();
    assertEquals([await ask(peer.server, "child"), seen, refusals(peer)], ["decline", [], ["unknown-parent"]]);
  });

  test("[U3] is refused when all that is known is that it is somebody's", async () => {
    await using peer = scripted({ handlers: answering("accept") });
    const source = { subAgent: "review" as const };
    await peer.codex.threadStart();
    peer.server.onRequest("thread/read", ({ threadId }) => ({ thread: { ...record(threadId, null), source } }));
    assertEquals([await ask(peer.server, "child"), refusals(peer)], ["decline", ["unknown-parent"]]);
  });

  test("[U3] what an agent only talks to, or waits for, is not its child", async () => {
    await using peer = scripted({ handlers: answering("accept") });
    const bound = await peer.codex.threadStart({}, { handlers: answering("decline") });
    const free = await peer.codex.threadStart();
    tell(peer.server, bound.id, spawned(free.id, "sendInput"));
    tell(peer.server, bound.id, spawned(free.id, "wait"));
    tell(peer.server, bound.id, item("subAgentActivity", { kind: "interacted", agentThreadId: free.id }));
    assertEquals(await ask(peer.server, free.id), "accept");
    tell(peer.server, bound.id, item("subAgentActivity", { kind: "started", agentThreadId: "child" }));
    assertEquals(await ask(peer.server, "child"), "decline");
  });

  test("[U3] of a thread that is being opened waits for the handlers that it gets", async () => {
    await using peer = scripted({ handlers: answering("accept") });
    let early = "";
    const { server } = peer;
    const started = deferred<void>();
    server.onRequest("thread/start", async (_params, ctx) => {
      server.notify("thread/started", { thread: record("new", null) });
      void ask(server, "new").then((decision) => {
        early = decision;
        started.resolve();
      });
      await new Promise((resolve) => setTimeout(resolve, 5));
      ctx.reply({ ...resumed("new", null), thread: record("new", null) });
    });
    await peer.codex.threadStart({}, { handlers: answering("decline") });
    await started.promise;
    assertEquals(early, "decline");
  });

  test("[U3] of another client's, on a shared server, is left to it also when nobody knows whose it is", async () => {
    const server = new ScriptedAppServer();
    silent(server);
    await using peer = scripted({
      transport: () => Object.assign(server.connect(), { shared: true }),
      handlers: answering("accept"),
      limits: { parentTimeoutMs: 5 },
    });
    await peer.codex.threadStart();
    let answered = false;
    void ask(server, "theirs").then(() => answered = true, () => {});
    while (peer.diagnostics.length === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    assertEquals([peer.diagnostics.map((d) => d.type), answered], [["server-request-left"], false]);
    assertEquals(peer.codex.pendingServerRequests(), []);
    await peer.codex.close();
    await server.close();
  });

  test("[U2] works for this client also when the server does not tell for whom, and when its turn is over", async () => {
    const server = new ScriptedAppServer();
    const owns: boolean[] = [];
    await using peer = scripted({
      transport: () => Object.assign(server.connect(), { shared: true }),
      handlers: { [COMMAND]: (_params, ctx) => (owns.push(ctx.own), { decision: "decline" }) },
    });
    for (const rootTurnId of [undefined, "r0"]) {
      const thread = await peer.codex.threadStart();
      const child = `child of ${thread.id}`;
      const turnId = rootTurnId ?? "r1";
      server.onRequest("turn/start", () => ({ turn: { id: turnId, items: [], status: "inProgress" } }));
      const turn = await thread.turn("hi");
      const begun = (threadId: string, id: string) => ({
        threadId,
        turn: { id, items: [], status: "inProgress" as const, ...(rootTurnId && { rootTurnId }) },
      });
      server.notify("turn/started", begun(thread.id, turnId) as never);
      tell(server, thread.id, spawned(child), turnId);
      server.notify("turn/started", begun(child, `c ${turnId}`) as never);
      await ask(server, child, `c ${turnId}`);
      server.notify(
        "turn/completed",
        { threadId: thread.id, turn: { id: turnId, items: [], status: "completed" } } as never,
      );
      await turn.run();
      await ask(server, child, `c ${turnId}`);
    }
    assertEquals(owns, [true, true, true, true]);
    await peer.codex.close();
    await server.close();
  });

  for (const gone of ["thread/archived", "thread/closed", "thread/deleted"] as const) {
    test(`[P15] a thread's handlers go with ${gone}, and what it asks then is for nobody`, async () => {
      await using peer = scripted({ handlers: answering("accept") });
      const root = await peer.codex.threadStart({}, { handlers: answering("accept") });
      tell(peer.server, root.id, spawned("child"));
      assertEquals(await ask(peer.server, "child"), "accept");
      peer.server.notify(gone, { threadId: root.id });
      assertEquals([await ask(peer.server, root.id), await ask(peer.server, "child")], ["decline", "decline"]);
      assertEquals(refusals(peer), ["handlers-gone", "handlers-gone"]);
      peer.server.onRequest("thread/resume", ({ threadId }) => resumed(threadId, null));
      await peer.codex.threadResume(root.id);
      assertEquals(await ask(peer.server, "child"), "accept");
    });
  }
});

describe("the handlers of a thread that nobody has any more", () => {
  test("[P15] go with it, also if they refer to it; what it asks then is for nobody", async () => {
    await using peer = scripted({ handlers: answering("accept") });
    const { codex, server } = peer;
    const open = async () => {
      const mine = { large: true };
      const thread: Thread = await codex.threadStart({}, {
        handlers: { [COMMAND]: () => ({ decision: thread.id === "" || mine.large ? "accept" : "decline" }) },
      });
      assertEquals(await ask(server, thread.id), "accept");
      return [thread.id, new WeakRef(mine)] as const;
    };
    const [id, mine] = await open();
    assert(await collectUntil(() => mine.deref() === undefined));
    assertEquals([await ask(server, id), refusals(peer)], ["decline", ["handlers-gone"]]);
  });

  test("[P15] but not while its turn runs, or that of an agent of it", async () => {
    await using peer = scripted();
    const { codex, server } = peer;
    server.onRequest("turn/start", () => ({ turn: { id: "r", items: [], status: "inProgress" } }));
    const open = async () => {
      const mine = { large: true };
      const thread = await codex.threadStart({}, {
        handlers: { [COMMAND]: () => ({ decision: mine.large ? "accept" : "decline" }) },
      });
      return [await thread.turn("hi"), new WeakRef(mine)] as const;
    };
    const [turn, mine] = await open();
    const { threadId } = turn;
    const begun = (id: string, turnId: string) =>
      server.notify(
        "turn/started",
        { threadId: id, turn: { id: turnId, rootTurnId: "r", items: [], status: "inProgress" } } as never,
      );
    const over = (id: string, turnId: string) =>
      server.notify("turn/completed", notification("turn/completed", { threadId: id, turn: { id: turnId } }).params);
    assertEquals(await collectUntil(() => mine.deref() === undefined, 4), false);
    begun(threadId, "r");
    begun("child", "c"); // before it is told whose it is
    tell(server, threadId, spawned("child"));
    over(threadId, "r");
    await turn.run();
    assertEquals(await collectUntil(() => mine.deref() === undefined, 4), false);
    assertEquals(await ask(server, "child", "c"), "accept");
    over("child", "c");
    assert(await collectUntil(() => mine.deref() === undefined));
  });
});

describe("a turn with sub-agents", () => {
  const begun = (threadId: string, id: string, rootTurnId: string) =>
    notification("turn/started", { threadId, turn: { id, rootTurnId, status: "inProgress" } });

  test("[U4] its stream shows them from the start, also if it is opened late, and also what comes before the reply", async () => {
    await using peer = scripted();
    const { server } = peer;
    const thread = await peer.codex.threadStart();
    const other = await peer.codex.threadStart();
    server.onRequest("turn/start", ({ threadId }, ctx) => {
      const send = (event: Notification) => server.notify(event.method as never, event.params as never);
      send(begun(threadId, "r", "r"));
      tell(server, threadId, spawned("child"));
      send(begun("child", "c", "r"));
      send(begun(other.id, "o", "r")); // an agent has sent input to a thread that is none of its own
      ctx.reply({ turn: { id: "r", items: [], status: "inProgress" } });
      send(notification("item/agentMessage/delta", { threadId: "child", turnId: "c", delta: "hello" }));
      send(notification("item/agentMessage/delta", { threadId: other.id, turnId: "o", delta: "secret" }));
      send(notification("turn/completed", { threadId: "child", turn: { id: "c" } }));
      send(notification("turn/completed", { threadId, turn: { id: "r" } }));
    });
    const turn = await thread.turn("hi");
    await turn.run();
    const [all, own] = [turn.stream({ agents: true }), turn.stream()];
    assertEquals(methods(await collect(own)), ["turn/started", "item/completed", "turn/completed"]);
    assertEquals(methods(await collect(all)), [
      "turn/started",
      "item/completed",
      "turn/started",
      "item/agentMessage/delta",
      "turn/completed",
      "turn/completed",
    ]);
    for (const text of [turn.text(), turn.stream({ agents: true })]) await collect<unknown>(text);
  });

  test("[U4] its stream shows them from their start, also if that comes before it is told whose they are", async () => {
    await using peer = scripted();
    const { server } = peer;
    server.onRequest("turn/start", () => ({ turn: { id: "r", items: [], status: "inProgress" } }));
    const thread = await peer.codex.threadStart();
    const turn = await thread.turn("hi");
    const send = (event: Notification) => server.notify(event.method as never, event.params as never);
    const delta = (text: string) =>
      send(notification("item/agentMessage/delta", { threadId: "deep", turnId: "d", delta: text }));
    send(begun(thread.id, "r", "r"));
    send(begun("deep", "d", "r"));
    delta("a");
    send(begun("stranger", "s", "r"));
    tell(server, "child", spawned("deep"));
    delta("b");
    tell(server, thread.id, spawned("child"));
    delta("c");
    send(notification("turn/completed", { threadId: "deep", turn: { id: "d" } }));
    send(notification("turn/completed", { threadId: thread.id, turn: { id: "r" } }));
    const seen: string[] = [];
    for await (const { method, params } of turn.stream({ agents: true })) {
      if ((params as { threadId?: string }).threadId !== "deep") continue;
      seen.push(method === "item/agentMessage/delta" ? params.delta : method);
    }
    assertEquals([seen[0], seen.slice(1, -1).join(""), seen.at(-1)], ["turn/started", "abc", "turn/completed"]);
  });

  test("[U6] an agent that begins after the interrupt is stopped as it begins; one that goes on is told", async () => {
    const [interrupted, refusing] = [[] as string[], "stubborn"];
    await using peer = scripted({ limits: { interruptTimeoutMs: 50 } });
    const { server } = peer;
    server.onRequest("turn/start", () => ({ turn: { id: "r", items: [], status: "inProgress" } }));
    server.onRequest("turn/interrupt", ({ threadId }, ctx) => {
      interrupted.push(threadId);
      if (threadId === refusing) ctx.fail(-32603, "will not");
      return {};
    });
    const thread = await peer.codex.threadStart();
    const turn = await thread.turn("hi");
    const begins = peer.codex.notifications("turn/started");
    server.notify("turn/started", begun(thread.id, "r", "r").params as never);
    for (const child of ["child", refusing, "late"]) tell(server, thread.id, spawned(child));
    for (const child of ["child", refusing]) {
      server.notify("turn/started", begun(child, `of ${child}`, "r").params as never);
    }
    for (let n = 0; n < 3; n++) await begins.next();
    await turn.interrupt();
    assertEquals(interrupted.sort(), ["child", refusing, thread.id].sort());
    assertEquals(peer.diagnostics.flatMap((d) => d.type === "agents-go-on" ? [d.turnId, d.agentThreadIds] : []), [
      "r",
      [refusing],
    ]);
    interrupted.length = 0;
    server.notify("turn/started", begun("late", "of late", "r").params as never);
    while (interrupted.length === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    assertEquals(interrupted, ["late"]);
  });

  test("what its agents do is a sign of life", async () => {
    await using peer = scripted();
    const { server } = peer;
    server.onRequest("turn/start", () => ({ turn: { id: "r", items: [], status: "inProgress" } }));
    server.onRequest("turn/interrupt", () => ({}));
    const thread = await peer.codex.threadStart();
    const turn = await thread.turn("hi", { idleTimeoutMs: 500 });
    server.notify("turn/started", begun(thread.id, "r", "r").params as never);
    tell(server, thread.id, spawned("child"));
    server.notify("turn/started", begun("child", "c", "r").params as never);
    const delta = notification("item/agentMessage/delta", { threadId: "child", turnId: "c", delta: "." }).params;
    for (const begin = performance.now(); performance.now() - begin < 700;) {
      server.notify("item/agentMessage/delta", delta);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    server.notify("turn/completed", notification("turn/completed", { threadId: thread.id, turn: { id: "r" } }).params);
    assertEquals((await turn.run()).id, "r");
  });
});

function record(id: string, parentThreadId: string | null) {
  return {
    ...notification("thread/started", { thread: { id } }).params.thread,
    parentThreadId,
    source: "appServer" as const,
  };
}

function resumed(threadId: string, parentThreadId: string | null) {
  return {
    approvalPolicy: "never" as const,
    approvalsReviewer: "user" as const,
    cwd: "/",
    model: "m",
    modelProvider: "p",
    sandbox: { type: "readOnly" as const },
    thread: record(threadId, parentThreadId),
  };
}
