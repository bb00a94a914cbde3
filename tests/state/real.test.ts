import {
  Codex,
  type ServerRequestHandlers,
  textInput,
  type Transport,
  TransportClosedError,
  websocketTransport,
} from "@codex-app-server/sdk";
import {
  emptyThread,
  hydrate,
  reduce,
  type ThreadState,
  type ThreadStore,
  threadStore,
} from "@codex-app-server/sdk/state";
import { applyPatch, command, message, withAppServer } from "@codex-app-server/sdk/testing";
import { assert, assertEquals, assertRejects } from "@std/assert";
import { describe, test } from "node:test";
import { listeningServer } from "../real/listening_server.ts";

const COMMAND = "item/commandExecution/requestApproval";

function until(store: ThreadStore, what: string, holds: (state: ThreadState) => boolean): Promise<ThreadState> {
  return new Promise((resolve, reject) => {
    const late = setTimeout(
      () => reject(new Error(`Never: ${what}. It is ${JSON.stringify(store.getSnapshot())}`)),
      60_000,
    );
    let stop = () => {};
    stop = store.subscribe((state) => {
      if (!holds(state)) return;
      clearTimeout(late);
      // The first call comes from within `subscribe`.
      queueMicrotask(() => stop());
      resolve(state);
    });
  });
}

const idle = ({ turns }: ThreadState) => turns.length > 0 && turns.every(({ turn }) => turn.status !== "inProgress");
const itemsOf = (state: ThreadState, type: string) =>
  state.turns.flatMap(({ items }) => items).filter(({ item }) => item.type === type);

/** The state as it would be after a reload. */
async function reloaded(codex: Codex, threadId: string): Promise<ThreadState> {
  const page = await codex.request("thread/turns/list", { threadId, itemsView: "full" });
  return hydrate(emptyThread(threadId), page.data);
}

describe("a store of a real thread", () => {
  test("[M6] (real) a question appears with its item, and goes when it is answered", async () => {
    const handlers: ServerRequestHandlers = {
      [COMMAND]: (_params, ctx) => ctx.defer(),
      "item/fileChange/requestApproval": (_params, ctx) => ctx.defer(),
    };
    const options = { approvalPolicy: "on-request", sandboxMode: "read-only", codex: { handlers } } as const;
    await withAppServer(options, async ({ codex, model }) => {
      model
        .reply(command("echo yes", { escalate: true, justification: "to see" }))
        .reply(applyPatch("*** Add File: a.txt\n+a"))
        .reply(message("done"));
      const thread = await codex.threadStart();
      using store = threadStore(codex, thread.id);
      const turn = await thread.turn("go");
      for (const type of ["commandExecution", "fileChange"]) {
        const asked = await until(
          store,
          `a question about a ${type}`,
          (state) => itemsOf(state, type).some(({ question }) => question !== undefined),
        );
        const [asking] = itemsOf(asked, type);
        assertEquals(asked.questions, [asking!.question!]);
        codex.answer<typeof COMMAND>(asking!.question!.id, { decision: "accept" });
        const answered = await until(store, "no question", ({ questions }) => questions.length === 0);
        assert(itemsOf(answered, type).every(({ question }) => question === undefined));
      }
      await turn.run();
      const over = await until(store, "the end", idle);
      assertEquals(itemsOf(over, "commandExecution").map(({ output }) => output), ["yes\n"]);
      assertEquals(over.turns, (await reloaded(codex, thread.id)).turns);
    });
  });

  test("[M6] (real) another client's answer takes the question away as well", async () => {
    await using server = await listeningServer();
    const transport = websocketTransport(server.address);
    await using mine = await Codex.start({ transport, handlers: { [COMMAND]: (_params, ctx) => ctx.pass() } });
    await using theirs = await Codex.start({ transport, handlers: { [COMMAND]: (_params, ctx) => ctx.defer() } });
    server.model.reply(command("echo yes", { escalate: true, justification: "to see" })).reply(message("done"));
    const thread = await mine.threadStart({
      cwd: server.workspace,
      approvalPolicy: "on-request",
      sandbox: "read-only",
    });
    using store = threadStore(mine, thread.id);
    const turn = await thread.turn("go");
    const { questions } = await until(store, "a question", ({ questions }) => questions.length === 1);
    await theirs.threadResume(thread.id); // not before: the server resumes nothing of which it has stored no turn yet
    const seen = () => theirs.pendingServerRequests().find(({ id }) => id === questions[0]!.id);
    while (seen()?.state !== "parked") await new Promise((resolve) => setTimeout(resolve, 5));
    theirs.answer<typeof COMMAND>(questions[0]!.id, { decision: "accept" });
    await until(store, "no question", ({ questions }) => questions.length === 0);
    assertEquals((await turn.run()).status, "completed");
  });

  test("[M6] (real) a message that is sent shows at once, and is one with its echo", async () => {
    await withAppServer({}, async ({ codex, model }) => {
      model.reply(message("hello"));
      const thread = await codex.threadStart();
      using store = threadStore(codex, thread.id);
      const clientId = "mine-1";
      const content = [textInput("hi")];
      store.update((state) =>
        reduce(state, { method: "message/sent", params: { threadId: thread.id, clientId, content } })
      );
      assertEquals(store.getSnapshot().sent.map(({ id }) => id), [clientId]);
      await thread.run("hi", { clientUserMessageId: clientId });
      const state = await until(store, "the end", idle);
      const messages = itemsOf(state, "userMessage");
      assertEquals(messages.map(({ item }) => item.type === "userMessage" && item.clientId), [clientId]);
      assertEquals(state.sent, []);
    });
  });

  test("[M7] (real) a connection that breaks in mid-turn: a gap, and then what is stored", async () => {
    await using server = await listeningServer();
    const open = websocketTransport(server.address);
    let current: Transport | undefined;
    await using codex = await Codex.start({
      transport: async (context) => current = await open(context),
      reconnect: { initialDelayMs: 10, maxDelayMs: 200 },
    });
    const [first, second] = [server.model.gate(), server.model.gate()];
    server.model
      .reply(message("before"), command("echo one"))
      .reply(message(["dur", first, "ing"]), command("echo two"))
      .reply(message([second, "after"]));
    const thread = await codex.threadStart({
      cwd: server.workspace,
      approvalPolicy: "never",
      sandbox: "danger-full-access",
    });
    using store = threadStore(codex, thread.id, { frameMs: 0 });
    const gaps: unknown[] = [];
    store.subscribe(({ gap }) => gaps.push(gap));
    const turn = await thread.turn("go");
    await first.reached;
    await until(store, "the turn", ({ turns, gap }) => turns.length > 0 && gap === null);
    const from = gaps.length;
    await current!.close();
    first.release();
    await second.reached;
    await until(
      store,
      "what was missed",
      (state) => state.gap === null && itemsOf(state, "commandExecution").length === 2,
    );
    assert(gaps.slice(from).some((gap) => gap !== null), "nobody saw the gap");
    second.release();
    assertEquals((await turn.run()).status, "completed");
    const state = await until(store, "the end", idle);
    assertEquals(state.turns, (await reloaded(codex, thread.id)).turns);
  });

  test("[M7] (real) a turn in which the server dies is over, also while the next one runs", async () => {
    const codex = { reconnect: { initialDelayMs: 10 } };
    await withAppServer({ sandboxMode: "danger-full-access", codex }, async ({ codex, model }) => {
      const thread = await codex.threadStart();
      model.reply("hi");
      await thread.run("hi");
      using store = threadStore(codex, thread.id);
      model.reply(message("let me see"), command("kill -9 $PPID"));
      await assertRejects(() => thread.run("crash"), TransportClosedError);
      const gate = model.gate();
      model.reply(message(["back ", gate, "again"]));
      const next = await thread.turn("and now?");
      await gate.reached;
      const statuses = ({ turns }: ThreadState) => turns.map(({ turn }) => turn.status).join();
      const running = ["completed", "interrupted", "inProgress"].join();
      await until(store, "the turn runs", (state) => state.gap === null && statuses(state) === running);
      // The server's own word, and what it comes to.
      const { thread: told } = await codex.request("thread/read", { threadId: thread.id, includeTurns: true });
      assertEquals(told.turns.map(({ status }) => status), ["completed", "inProgress", "inProgress"]);
      assertEquals(statuses(await reloaded(codex, thread.id)), running);
      gate.release();
      await next.run();
      await until(store, "the end", (state) => statuses(state) === "completed,interrupted,completed");
    });
  });

  test("[M9] (real) a stored thread is there after its resume, with the turn that runs", async () => {
    await withAppServer({}, async ({ codex, model }) => {
      model.reply(message("one"));
      const thread = await codex.threadStart();
      await thread.run("first");
      using early = threadStore(codex, thread.id);
      const before = await until(early, "the history", ({ gap }) => gap === null);
      assertEquals([before.turns.length, before.thread?.id], [1, thread.id]);
      model.reply(message("two"));
      await thread.run("second");
      const state = await until(early, "two turns", (state) => state.turns.length === 2 && idle(state));
      assertEquals(state.turns[0], before.turns[0]);
      assertEquals(state.turns, (await reloaded(codex, thread.id)).turns);
      assertEquals(state.usage === null, false);
    });
  });
});
