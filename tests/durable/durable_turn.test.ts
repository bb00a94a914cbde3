import { Codex, type Notification } from "@codex-app-server/sdk";
import { durableThread, durableTurn, type DurableTurnOptions } from "@codex-app-server/sdk/durable";
import { type AppServer, command, type Gate, httpError, message, startAppServer } from "@codex-app-server/sdk/testing";
import type { ThreadTurnsListResponse } from "@codex-app-server/sdk/protocol";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { mkdirSync, readdirSync, renameSync } from "node:fs";
import { basename, join } from "node:path";
import { describe, test } from "node:test";

const OPEN = { sandbox: "danger-full-access", approvalPolicy: "never" } as const;

/** A second process on the same home. */
async function another(server: AppServer): Promise<Codex> {
  return await Codex.start({ cwd: server.workspace, env: server.env });
}

/** What users said to the model in its last request, without what the server adds by itself. */
function said(server: AppServer): readonly string[] {
  return server.model.requests.at(-1)!.userTexts.filter((text) => !text.startsWith("<"));
}

async function setUp(server: AppServer): Promise<Pick<DurableTurnOptions, "threadId" | "key" | "input">> {
  const threadId = await durableThread(server.codex, { cwd: server.workspace, ...OPEN });
  return { threadId, key: "job-1", input: "charge" };
}

/** Runs a turn until its model stands at a gate, and gives it up there. */
async function interruptedAt(gate: Gate, codex: Codex, job: DurableTurnOptions): Promise<void> {
  const stop = new AbortController();
  const call = durableTurn(codex, { ...job, signal: stop.signal });
  await gate.reached;
  stop.abort(new Error("deploy"));
  await assertRejects(() => call, Error, "deploy");
  gate.release();
}

/** As `setUp`, while a turn of somebody else runs in the thread. */
async function occupied(server: AppServer) {
  const job = await setUp(server);
  const gate = server.model.gate();
  server.model.reply(message([gate, "theirs"])).reply("ours");
  const thread = await server.codex.threadResume(job.threadId);
  const theirs = await thread.turn("something else");
  await gate.reached;
  return { job, gate, theirs };
}

/** When the turns of a thread that is open have been looked at. */
function lookedAt(codex: Codex): Promise<void> {
  const { request } = codex;
  return new Promise((resolve) => {
    let opening = false;
    codex.request = async (method: never, ...rest: never[]) => {
      opening ||= method === "thread/loaded/list";
      const answer = await request.call(codex, method, ...rest as [never]);
      if (opening && method === "thread/turns/list") resolve();
      return answer as never;
    };
  });
}

describe("a durable turn", () => {
  test("[D1] runs once, and is found by every later call, from any process (real)", async () => {
    await using server = await startAppServer();
    const job = await setUp(server);
    server.model.reply(command("echo charged")).reply("done");
    const events: Notification[] = [];
    const first = await durableTurn(server.codex, { ...job, onEvent: (event) => events.push(event) });
    assertEquals([first.how, first.turn.status, first.turn.itemsView], ["ran", "completed", "full"]);
    assertEquals(events.at(-1)?.method, "turn/completed");
    await using other = await another(server);
    for (const codex of [server.codex, other, server.codex]) {
      const { how, turn } = await durableTurn(codex, job);
      assertEquals([how, turn.id, turn.status], ["found", first.turn.id, "completed"]);
      assertEquals(turn.items.map(({ type }) => type), ["userMessage", "commandExecution", "agentMessage"]);
    }
    assertEquals(server.model.requests.length, 2);
    server.model.reply("next");
    const next = await durableTurn(other, { ...job, key: "job-2", input: "again" });
    assertEquals([next.how, said(server)], ["ran", ["charge", "again"]]);
  });

  test("[D2] two calls with one key at the same time run it once: in one client, and in two processes (real)", async () => {
    await using server = await startAppServer();
    const job = await setUp(server);
    await using other = await another(server);
    const gate = server.model.gate();
    server.model.reply(message([gate, "done"]));
    const calls = [server.codex, server.codex, other, other].map((codex) => durableTurn(codex, job));
    await gate.reached;
    gate.release();
    const results = await Promise.all(calls);
    assertEquals(new Set(results.map(({ turn }) => turn.id)).size, 1);
    assertEquals(results.map(({ how }) => how).sort(), ["found", "found", "found", "ran"]);
    assertEquals(server.model.requests.length, 1);
  });

  test("[D1] waits for a turn that somebody else runs in the thread, and does not speak into it (real)", async () => {
    await using server = await startAppServer();
    const { job, gate, theirs } = await occupied(server);
    const ours = durableTurn(server.codex, job);
    gate.release();
    const [one, two] = [await theirs.run(), await ours];
    assert(one.id !== two.turn.id);
    assertEquals([two.how, said(server)], ["ran", ["something else", "charge"]]);
    // The thread was open before, so it stays open.
    assert((await server.codex.request("thread/loaded/list", {})).data.includes(job.threadId));
  });

  test("[D1] a running turn that is told as interrupted, as it is when it has just begun, is looked at again (real)", async () => {
    await using server = await startAppServer();
    const { job, gate, theirs } = await occupied(server);
    const told: string[] = [];
    const { request } = server.codex;
    server.codex.request = async (method: never, ...rest: never[]) => {
      const answer = await request.call(server.codex, method, ...rest as [never]);
      if (method !== "thread/turns/list") return answer as never;
      const { data, ...page } = answer as ThreadTurnsListResponse;
      const early = told.length < 2;
      told.push(...data.map(({ status }) => status));
      return {
        ...page,
        data: early ? data.map((turn) => ({ ...turn, status: "interrupted", items: [] })) : data,
      } as never;
    };
    const ours = durableTurn(server.codex, job);
    const looked = (async () => {
      while (told.length < 3) await new Promise((resolve) => setTimeout(resolve, 10));
    })();
    await Promise.race([looked, ours]);
    gate.release();
    const [one, two] = [await theirs.run(), await ours];
    assertEquals([one.status, two.how, said(server)], ["completed", "ran", ["something else", "charge"]]);
    assertEquals(told.slice(0, 3), ["inProgress", "inProgress", "inProgress"]);
  });

  test("[D1] joins its own turn if that is still running in the same server (real)", async () => {
    await using server = await startAppServer();
    const job = await setUp(server);
    const gate = server.model.gate();
    server.model.reply(message([gate, "done"]));
    const thread = await server.codex.threadResume(job.threadId);
    const handle = await thread.turn("charge", { clientUserMessageId: job.key });
    await gate.reached;
    const events: string[] = [];
    const joined = durableTurn(server.codex, { ...job, onEvent: ({ method }) => events.push(method) });
    gate.release();
    const { how, turn } = await joined;
    assertEquals([how, turn.id, turn.status], ["found", handle.id, "completed"]);
    assertEquals(server.model.requests.length, 1);
  });

  test("[D1] an interrupted turn is gone on with, once a call, and the agent is told what was done (real)", async () => {
    await using server = await startAppServer();
    const job = await setUp(server);
    const gates = [server.model.gate(), server.model.gate()] as const;
    server.model.reply(command("echo charged")).reply(message([gates[0], "never"]))
      .reply(message([gates[1], "never"])).reply("done at last");
    for (const gate of gates) {
      await interruptedAt(gate, server.codex, job);
    }
    const { how, turn } = await durableTurn(server.codex, job);
    assertEquals([how, turn.status], ["continued", "completed"]);
    const [first, second, third, ...more] = said(server);
    assertEquals([first, more], ["charge", []]);
    // What was finished before an earlier interruption is finished at a later one.
    for (const told of [second!, third!]) {
      assertStringIncludes(told, 'Your work on the task "charge" was interrupted');
      assertStringIncludes(told, '- command "');
      assertStringIncludes(told, "echo charged");
      assertStringIncludes(told, "completed (exit code 0)");
    }
    const stored = await server.codex.request("thread/turns/list", { threadId: job.threadId, itemsView: "full" });
    const ids = stored.data.map(({ items }) => items[0]!.type === "userMessage" ? items[0].clientId : null);
    assertEquals(ids, ["job-1~2", "job-1~1", "job-1"]);
    assertEquals((await durableTurn(server.codex, job)).turn.id, turn.id);
  });

  test("[D1] whose work is gone on with is told which task is meant, when another one was done since (real)", async () => {
    await using server = await startAppServer();
    const job = await setUp(server);
    const gate = server.model.gate();
    server.model.reply(message([gate, "never"])).reply("shipped").reply("charged");
    await interruptedAt(gate, server.codex, job);
    await durableTurn(server.codex, { ...job, key: "job-2", input: "ship" });
    assertEquals((await durableTurn(server.codex, { ...job, input: "something else" })).how, "continued");
    const [first, second, third] = said(server);
    assertEquals([first, second], ["charge", "ship"]);
    assertStringIncludes(third!, 'Your work on the task "charge" was interrupted');
    assertStringIncludes(third!, "No step of it is known to be finished");
  });

  test("[D1] waits for a review, whose end is told under another id than it is stored under, and no longer (real)", async () => {
    await using server = await startAppServer();
    const job = await setUp(server);
    const gate = server.model.gate();
    server.model.reply("first").reply(message([gate, "{}"])).reply("ours");
    const thread = await server.codex.threadResume(job.threadId);
    await thread.run("first");
    const review = await thread.review({ type: "custom", instructions: "look" });
    await gate.reached;
    // The look after a long silence never comes, so this has to do without.
    const { setTimeout: timeout } = globalThis;
    const longTimers = (work: () => void, ms?: number) => timeout(work, ms === 15_000 ? 1_000_000 : ms);
    const looked = lookedAt(server.codex);
    globalThis.setTimeout = longTimers as typeof setTimeout;
    try {
      const ours = durableTurn(server.codex, { ...job, signal: AbortSignal.timeout(60_000) });
      await Promise.race([looked, ours]);
      gate.release();
      assertEquals((await review.run()).status, "completed");
      assertEquals((await ours).how, "ran");
    } finally {
      globalThis.setTimeout = timeout;
    }
  });

  test("[D1] what onEvent throws at a turn that is joined is thrown once that one is over (real)", async () => {
    await using server = await startAppServer();
    const job = await setUp(server);
    const gates = [server.model.gate(), server.model.gate()] as const;
    server.model.reply(message([gates[0], "one", gates[1], "two"]));
    const thread = await server.codex.threadResume(job.threadId);
    await thread.turn("charge", { clientUserMessageId: job.key });
    await gates[0].reached;
    const looked = lookedAt(server.codex);
    let over = false;
    let joined!: Promise<unknown>;
    const seen = new Promise<void>((resolve) => {
      const onEvent = () => {
        resolve();
        throw new Error("my own fault");
      };
      joined = durableTurn(server.codex, { ...job, onEvent }).finally(() => over = true);
      joined.catch(() => {});
    });
    await Promise.race([looked, joined]);
    gates[0].release();
    await seen;
    await server.codex.request("thread/loaded/list", {});
    assertEquals(over, false);
    gates[1].release();
    await assertRejects(() => joined, Error, "my own fault");
    assertEquals((await durableTurn(server.codex, job)).turn.status, "completed");
  });

  test("[D1] a turn that failed is a result, unless it is to be gone on with (real)", async () => {
    await using server = await startAppServer();
    const job = await setUp(server);
    server.model.reply(httpError(400, "no")).reply("mended");
    const failed = await durableTurn(server.codex, job);
    assertEquals([failed.how, failed.turn.status], ["ran", "failed"]);
    const again = await durableTurn(server.codex, job);
    assertEquals([again.how, again.turn.status, again.turn.id], ["found", "failed", failed.turn.id]);
    const mended = await durableTurn(server.codex, { ...job, continueFailed: true, continueWith: () => "try again" });
    assertEquals([mended.how, mended.turn.status, said(server)], ["continued", "completed", ["charge", "try again"]]);
  });

  test("[D1] lets the thread go, so that the next worker need not wait (real)", async () => {
    await using server = await startAppServer();
    const job = await setUp(server);
    server.model.reply("one").reply("two");
    await durableTurn(server.codex, job);
    assertEquals((await server.codex.request("thread/loaded/list", {})).data, []);
    await using other = await another(server);
    const thread = await other.threadResume(job.threadId);
    assertEquals((await thread.run("and now")).status, "completed");
    // While that process holds it, a worker waits as long as it is allowed to.
    const stop = new AbortController();
    const waiting = durableTurn(server.codex, { ...job, key: "job-2", signal: stop.signal });
    stop.abort(new Error("enough"));
    await assertRejects(() => waiting, Error, "enough");
    assertEquals((await durableTurn(server.codex, job)).how, "found");
  });

  test("[D1] given up while the thread is being opened, it lets go of it, for others and for itself (real)", async () => {
    await using server = await startAppServer();
    const job = await setUp(server);
    await using other = await another(server);
    const { threadResume } = server.codex;
    for (const [key, next] of [["job-1", other], ["job-2", server.codex]] as const) {
      const stop = new AbortController();
      server.codex.threadResume = (...args) => {
        server.codex.threadResume = threadResume;
        const opening = threadResume.apply(server.codex, args);
        setTimeout(() => stop.abort(new Error("deploy")), 0); // it is written by then, and not answered
        return opening;
      };
      await assertRejects(() => durableTurn(server.codex, { ...job, key, signal: stop.signal }), Error, "deploy");
      server.model.reply("done");
      const { how } = await durableTurn(next, { ...job, key, signal: AbortSignal.timeout(60_000) });
      assertEquals([how, (await next.request("thread/loaded/list", {})).data], ["ran", []]);
    }
  });

  test("[D1] a thread that a dying server has left half archived is put right (real)", async () => {
    await using server = await startAppServer();
    const folderOf = (name: string) => join(server.home, name);
    const fileOf = (folder: string, threadId: string) => {
      const files = readdirSync(folderOf(folder), { recursive: true, encoding: "utf8" });
      return join(folderOf(folder), files.find((file) => file.endsWith(`-${threadId}.jsonl`))!);
    };
    // As one that is in use, with its file in the archive.
    const one = await setUp(server);
    mkdirSync(folderOf("archived_sessions"), { recursive: true });
    const used = fileOf("sessions", one.threadId);
    renameSync(used, join(folderOf("archived_sessions"), basename(used)));
    // As one that is archived, with its file among those in use.
    const two = { ...await setUp(server), key: "job-2" };
    await server.codex.threadArchive(two.threadId);
    const archived = fileOf("archived_sessions", two.threadId);
    renameSync(archived, join(folderOf("sessions"), basename(archived)));
    await using other = await another(server);
    for (const job of [one, two]) {
      server.model.reply("done");
      const { how, turn } = await durableTurn(other, job);
      assertEquals([how, turn.status], ["ran", "completed"]);
      assertEquals((await durableTurn(server.codex, job)).how, "found");
    }
  });

  test("[D1] what onEvent throws costs no turn, and a thread that never was says so (real)", async () => {
    await using server = await startAppServer();
    const job = await setUp(server);
    server.model.reply("done");
    const onEvent = () => Promise.reject(new Error("my own fault"));
    await assertRejects(() => durableTurn(server.codex, { ...job, onEvent }), Error, "my own fault");
    assertEquals((await durableTurn(server.codex, job)).how, "found");
    const unknown = { ...job, threadId: "01a214b3-3a33-7ce2-8736-60910c0b9e5d" };
    await assertRejects(() => durableTurn(server.codex, unknown), Error, "no rollout found");
    await assertRejects(() => durableTurn(server.codex, { ...job, key: "" }), TypeError, "needs a key");
  });

  test("[D1] a message that would be stored without its key is not given (real)", async () => {
    await using server = await startAppServer();
    const job = await setUp(server);
    await assertRejects(() => durableTurn(server.codex, { ...job, input: [] }), TypeError, "`input` is an empty list");
    server.model.reply(httpError(400, "no")).reply("done");
    await durableTurn(server.codex, { ...job, input: "" });
    const again = { ...job, continueFailed: true, continueWith: () => [] };
    await assertRejects(() => durableTurn(server.codex, again), TypeError, "`continueWith` is an empty list");
    assertEquals(server.model.requests.length, 1);
    const { how } = await durableTurn(server.codex, { ...again, continueWith: ({ items }) => `${items.length}` });
    assertEquals([how, said(server)], ["continued", ["", "1"]]);
  });
});
