import {
  Codex,
  finalResponse,
  imageInput,
  InvalidRequestError,
  localImageInput,
  mentionInput,
  skillInput,
  textInput,
  TransportClosedError,
  TurnFailedError,
} from "@codex-app-server/sdk";
import { command, failure, message, withAppServer } from "@codex-app-server/sdk/testing";
import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertRejects,
  assertStrictEquals,
  assertStringIncludes,
} from "@std/assert";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, test } from "node:test";
import { collect, methods } from "../client/scripted.ts";

/** The smallest PNG. */
const PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

describe("turns (real)", () => {
  test("[T1] [T2] run() gives the Turn of turn/completed with every item, in order, and nothing else", async () => {
    await withAppServer({ sandboxMode: "danger-full-access" }, async ({ codex, model }) => {
      model.reply(command("echo hello > greeting.txt && cat greeting.txt"));
      model.reply(message(["Wrote ", "it."]));
      const thread = await codex.threadStart();
      const handle = await thread.turn("Write a greeting");
      const [turn, events, words] = await Promise.all([handle.run(), collect(handle.stream()), collect(handle.text())]);
      assertEquals(turn.items.map(({ type }) => type), ["userMessage", "commandExecution", "agentMessage"]);
      const completion = events.at(-1);
      assert(completion?.method === "turn/completed");
      assertEquals({ ...turn, items: [], itemsView: "x" }, { ...completion.params.turn, items: [], itemsView: "x" });
      assertEquals([turn.itemsView, turn.status, finalResponse(turn)], ["full", "completed", "Wrote it."]);
      assertEquals(words.join(""), "Wrote it.");
      assertEquals(methods(events).filter((method) => method === "turn/completed").length, 1);
      const [, ran] = turn.items;
      assert(ran?.type === "commandExecution");
      assertEquals([ran.exitCode, ran.aggregatedOutput?.trim()], [0, "hello"]);
      assert(handle.usage !== null);
    });
  });

  test("[T1] several turns on one thread are one conversation, and thread.events() sees all of them", async () => {
    await withAppServer(async ({ codex, model }) => {
      model.reply("one").reply("two");
      const thread = await codex.threadStart();
      const events = thread.events();
      assertEquals(finalResponse(await thread.run("first")), "one");
      assertEquals(finalResponse(await thread.run("second")), "two");
      assertEquals(model.requests.at(-1)?.userTexts.slice(-2), ["first", "second"]);
      await codex.close();
      const seen = methods(await collect(events)).filter((method) => method.startsWith("turn/"));
      assertEquals(seen, ["turn/started", "turn/completed", "turn/started", "turn/completed"]);
    });
  });

  test("[T3] a failed model call is a failed turn, an interrupt an interrupted one", async () => {
    await withAppServer(async ({ codex, model }) => {
      const gate = model.gate();
      model.reply(failure("insufficient_quota", "no more tokens")).reply(message(["half", gate]));
      const thread = await codex.threadStart();
      const failed = await thread.run("hi");
      assertEquals(failed.status, "failed");
      const error = await Promise.resolve().then(() => finalResponse(failed)).catch((thrown) => thrown);
      assertInstanceOf(error, TurnFailedError);
      assertStrictEquals(error.turn, failed);
      assert(failed.error?.codexErrorInfo !== undefined, JSON.stringify(failed.error));
      const handle = await thread.turn("hi");
      await gate.reached;
      await handle.interrupt();
      const interrupted = await handle.run();
      assertEquals([interrupted.status, finalResponse(interrupted)], ["interrupted", null]);
      gate.release();
    });
  });

  test("[T5] 48 turns at once lose no event, and their streams do not mix", async () => {
    await withAppServer(async ({ codex, model }) => {
      model.always((request) => [message([`<${request.lastUserText}`, "|", `${request.lastUserText}>`])]);
      const threads = await Promise.all(Array.from({ length: 48 }, () => codex.threadStart()));
      const results = await Promise.all(threads.map(async (thread, n) => {
        const handle = await thread.turn(`turn ${n}`);
        const [events, words, turn] = await Promise.all([
          collect(handle.stream()),
          collect(handle.text()),
          handle.run(),
        ]);
        return { n, events, words, turn, thread };
      }));
      for (const { n, events, words, turn, thread } of results) {
        assertEquals(words.join(""), `<turn ${n}|turn ${n}>`);
        assertEquals(finalResponse(turn), `<turn ${n}|turn ${n}>`);
        assertEquals([methods(events)[0], methods(events).at(-1)], ["turn/started", "turn/completed"]);
        assert(events.every(({ params }) => (params as { threadId?: string }).threadId === thread.id));
        assertEquals(turn.items.map(({ type }) => type), ["userMessage", "agentMessage"]);
      }
    });
  });

  test("[T7] a second turn on a busy thread joins it", async () => {
    await withAppServer(async ({ codex, model }) => {
      const gate = model.gate();
      model.reply(message(["wait", gate, "ed"])).always(() => ["after the second input"]);
      const thread = await codex.threadStart();
      const one = await thread.turn("first");
      await gate.reached;
      const two = await thread.turn("second");
      assertEquals(one.id, two.id);
      gate.release();
      const [a, b] = await Promise.all([one.run(), two.run()]);
      assertEquals(a, b);
      assertEquals(a.items.filter(({ type }) => type === "userMessage").length, 2);
    });
  });

  test("[T8] steer reaches the model; steering and interrupting a finished turn are typed errors", async () => {
    await withAppServer(async ({ codex, model }) => {
      const gate = model.gate();
      model.reply(message([gate, "first"])).reply("second");
      const thread = await codex.threadStart();
      const handle = await thread.turn("do this");
      await gate.reached;
      assertEquals((await handle.steer("and that", { clientUserMessageId: "mine" })).turnId, handle.id);
      const wrong = { threadId: thread.id, expectedTurnId: "not-this-one", input: [textInput("x")] };
      await assertRejects(() => codex.request("turn/steer", wrong), InvalidRequestError, "active turn");
      const other = { threadId: thread.id, turnId: "not-this-one" };
      await assertRejects(() => codex.request("turn/interrupt", other), InvalidRequestError, "active turn");
      gate.release();
      const turn = await handle.run();
      assertEquals(finalResponse(turn), "second");
      const ids = turn.items.flatMap((item) => item.type === "userMessage" ? [item.clientId] : []);
      assertEquals(ids, [null, "mine"]);
      assertEquals(model.requests.at(-1)?.lastUserText, "and that");
      await assertRejects(() => handle.steer("late"), InvalidRequestError, "no active turn");
      await assertRejects(() => handle.interrupt(), InvalidRequestError, "no active turn");
    });
  });

  test("[T8] interrupt ends the turn as interrupted, twice is once, and the thread stays usable", async () => {
    await withAppServer(async ({ codex, model }) => {
      const gate = model.gate();
      model.reply(message(["never ", gate, "ends"])).reply("fine");
      const thread = await codex.threadStart();
      const handle = await thread.turn("hi");
      await gate.reached;
      await Promise.all([handle.interrupt(), handle.interrupt()]);
      assertEquals((await handle.run()).status, "interrupted");
      gate.release();
      assertEquals(finalResponse(await thread.run("again")), "fine");
    });
  });

  test("[T8] an interrupt right behind the start is not lost", async () => {
    await withAppServer({ allowUnscripted: true }, async ({ codex, model }) => {
      const gate = model.gate();
      model.always(() => [message([gate, "x"])]);
      const thread = await codex.threadStart();
      for (let i = 0; i < 3; i++) {
        const handle = await thread.turn("hi");
        await handle.interrupt();
        assertEquals((await handle.run()).status, "interrupted");
      }
      gate.release();
    });
  });

  test("[T9] abort: before, between request and reply, and during; the thread stays usable", async () => {
    await withAppServer({ allowUnscripted: true }, async ({ codex, model }) => {
      const gate = model.gate();
      model.when((request) => request.lastUserText === "hang").always(() => [message(["x", gate])]);
      model.when((request) => request.lastUserText === "answer").always(() => ["fine"]);
      const thread = await codex.threadStart();
      const reason = new Error("changed my mind");
      const before = await thread.run("hang", { signal: AbortSignal.abort(reason) }).catch((error) => error);
      assertStrictEquals(before, reason);
      assertEquals(model.requests.length, 0);

      const between = new AbortController();
      const starting = thread.run("hang", { signal: between.signal });
      // The request is on its way when the server's first event of the thread could come, and not before.
      await Promise.resolve().then(() => {}).then(() => between.abort(reason));
      assertStrictEquals(await starting.catch((error) => error), reason);
      assertEquals(finalResponse(await thread.run("answer")), "fine");

      const during = new AbortController();
      const handle = await thread.turn("hang", { signal: during.signal });
      const stream = handle.text();
      assertEquals((await stream.next()).value, "x");
      during.abort(reason);
      assertStrictEquals(await handle.run().catch((error) => error), reason);
      assertStrictEquals(await stream.next().catch((error) => error), reason);
      assertEquals(finalResponse(await thread.run("answer")), "fine");
      const { data } = await codex.request("thread/turns/list", { threadId: thread.id, sortDirection: "asc" });
      assertEquals(data.at(-1)?.status, "completed");
      assert(data.some(({ id, status }) => id === handle.id && status === "interrupted"));
      gate.release();
    });
  });

  test("[T12] the server is killed mid-turn: run and streams say so, with the items so far", async () => {
    await withAppServer({ sandboxMode: "danger-full-access" }, async ({ codex, model }) => {
      model.reply(message(["half"]), command("kill -9 $PPID"));
      const thread = await codex.threadStart();
      const handle = await thread.turn("hi");
      const stream = collect(handle.text());
      const error = await assertRejects(() => handle.run(), TransportClosedError, "SIGKILL");
      assertEquals(error.exit, { code: null, signal: "SIGKILL" });
      assertEquals(error.items.map(({ type }) => type), ["userMessage", "agentMessage"]);
      await assertRejects(() => stream, TransportClosedError, "SIGKILL");
      const info = await codex.closed;
      assertEquals([info.reason, info.exit], ["lost", error.exit]);
      await assertRejects(() => thread.run("again"), TransportClosedError, "SIGKILL");
    });
  });

  test("[T18] texts, images by URL and by path and skills reach the model, mentions the server; raw objects mix in", async () => {
    const skill = "---\nname: greet\ndescription: Greets.\n---\nSay GOOD-MORNING-SKILL.\n";
    await withAppServer({ files: { ".agents/skills/greet/SKILL.md": skill } }, async ({ codex, model, workspace }) => {
      const image = join(workspace, "pixel.png");
      await writeFile(image, Buffer.from(PIXEL, "base64"));
      model.always(() => ["ok"]);
      const thread = await codex.threadStart();
      await thread.run([
        "a plain string",
        textInput("a helper"),
        { type: "text", text: "a raw object" },
        imageInput(`data:image/png;base64,${PIXEL}`),
        localImageInput(image),
        skillInput("greet", join(workspace, ".agents/skills/greet/SKILL.md")),
        mentionInput("docs", "app://docs"),
      ]);
      const sent = JSON.stringify(model.requests[0]?.body.input);
      for (const part of ["a plain string", "a helper", "a raw object", "GOOD-MORNING-SKILL"]) {
        assert(sent.includes(part), `${part} did not reach the model`);
      }
      assertEquals(sent.split("data:image/png;base64,").length - 1, 2);
      const told = [];
      for (const one of [textInput("one item"), mentionInput("docs", "app://docs")]) {
        const [first] = (await thread.run(one)).items;
        told.push(...(first?.type === "userMessage" ? first.content.map(({ type }) => type) : []));
      }
      assertEquals(told, ["text", "mention"]);
      assert(model.requests[1]?.userTexts.includes("one item"));
      const bad = ["fine", 7] as never;
      const { message } = await assertRejects(() => thread.run(bad), TypeError, "Input item 1");
      assertStringIncludes(message, "Accepted are a string, an input item (textInput, imageInput,");
      await assertRejects(() => thread.run([{ type: "text" } as never]), TypeError, "Input item 0");
      await assertRejects(() => thread.run(undefined as never), TypeError, "The input");
      assertEquals(model.requests.length, 3);
    });
  });

  test("[T18] an external message reaches the model with a tool's authority, not the user's", async () => {
    await withAppServer(async ({ codex, model }) => {
      model.always(() => ["noted"]);
      const thread = await codex.threadStart();
      await thread.run([], { toolOutput: { name: "mailbox", output: "a mail has come" } });
      const [request] = model.requests;
      assert(!request?.userTexts.some((text) => text.includes("a mail has come")));
      assertStringIncludes(JSON.stringify(request?.body.input), "a mail has come");
    });
  });

  test("[S5] options of a turn reach the server, the service tier for this turn alone included", async () => {
    await withAppServer(async ({ codex, model }) => {
      model.always(() => ["ok"]);
      const thread = await codex.threadStart();
      await thread.run("hi", { model: "other-model", effort: "low", summary: "none", serviceTierForTurn: "default" });
      assertEquals(model.requests[0]?.body.model, "other-model");
    });
  });
});

describe("threads (real)", () => {
  test("[S3] start, name, read, compact, list, resume, fork, archive, unarchive", async () => {
    await withAppServer(async ({ codex, model }) => {
      model.always(() => ["ok"]);
      const thread = await codex.threadStart();
      await assertRejects(() => codex.threadResume(thread.id), InvalidRequestError, "no rollout found");
      await thread.run("remember me");
      await thread.setName("my thread");
      const { thread: record } = await thread.read({ includeTurns: false });
      assertEquals([record.id, record.name], [thread.id, "my thread"]);
      const resumed = await codex.threadResume(thread.id);
      assertEquals([resumed.id, resumed.response.thread.id], [thread.id, thread.id]);
      const fork = await codex.threadFork(thread.id);
      assert(fork.id !== thread.id);
      assertEquals((await fork.run("go on")).status, "completed");
      assertEquals(model.requests.at(-1)?.userTexts.includes("remember me"), true);
      const ids = async (archived: boolean) => {
        const all: string[] = [];
        for await (const { id } of codex.threads({ archived, limit: 1 })) all.push(id);
        return all.sort();
      };
      assertEquals(await ids(false), [thread.id, fork.id].sort());
      await codex.threadArchive(thread.id);
      assertEquals([await ids(false), await ids(true)], [[fork.id], [thread.id]]);
      const back = await codex.threadUnarchive(thread.id);
      assertEquals(back.id, thread.id);
      assertEquals((await back.run("here again")).status, "completed");
      const events = resumed.events();
      await fork.compact();
      await events.return?.();
    });
  });

  test("[T14] compaction and reviews are visible on thread.events()", async () => {
    await withAppServer(async ({ codex, model }) => {
      model.always(() => ["ok"]);
      const thread = await codex.threadStart();
      await thread.run("hi");
      const events = thread.events();
      await thread.compact();
      let compacted = false;
      for await (const event of events) {
        if (event.method === "item/completed" && event.params.item.type === "contextCompaction") compacted = true;
        if (event.method === "turn/completed") break;
      }
      assertEquals(compacted, true);

      const review = thread.events();
      const { turn } = await codex.request("review/start", {
        threadId: thread.id,
        target: { type: "custom", instructions: "Look at nothing." },
      });
      const roots = [];
      for await (const event of review) {
        if (event.method === "turn/started") roots.push(event.params.turn.rootTurnId);
        if (event.method === "turn/completed" && event.params.turn.id === turn.id) break;
      }
      assert(roots.includes(turn.id), JSON.stringify(roots));
    });
  });

  test("[T14] what the server goes on with for a goal is visible on thread.events()", async () => {
    await withAppServer({ features: { goals: true } }, async ({ codex, model }) => {
      model.always(() => ["on it"]);
      const thread = await codex.threadStart();
      const { id } = await thread.run("hi");
      const events = thread.events();
      await codex.request("thread/goal/set", { threadId: thread.id, objective: "to be seen" });
      const seen: string[] = [];
      for await (const { method, params } of events) {
        if (method === "turn/started") assert(params.turn.id !== id);
        if (method === "item/completed") seen.push(params.item.type);
        if (method === "turn/completed" && params.turn.id !== id) break;
      }
      assert(seen.includes("agentMessage"), seen.join(", "));
      await codex.request("thread/goal/clear", { threadId: thread.id });
    });
  });

  test("[S2] models, account and metadata", async () => {
    await withAppServer(async ({ codex }) => {
      assert(codex instanceof Codex);
      assert((await codex.models()).data.length > 0);
      assertEquals((await codex.account()).account, null);
      assertStringIncludes(codex.metadata.userAgent, "/0.169.0");
    });
  });
});
