import {
  ActiveTurnError,
  Codex,
  finalResponse,
  InvalidRequestError,
  type Thread,
  TimeoutError,
  TurnFailedError,
  websocketTransport,
} from "@codex-app-server/sdk";
import type { Turn } from "@codex-app-server/sdk/protocol";
import { failure, message, withAppServer } from "@codex-app-server/sdk/testing";
import { assert, assertEquals, assertInstanceOf, assertRejects, assertStrictEquals } from "@std/assert";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { describe, test } from "node:test";
import { collect } from "../client/scripted.ts";
import { type ListeningServer, listeningServer } from "./listening_server.ts";

const clientOf = ({ address }: ListeningServer) => new Codex({ transport: websocketTransport(address) });

const LOOK = { type: "custom", instructions: "Look." } as const;

/** What the server has stored of a thread's turns: how each ended, and what it began with. */
async function stored(thread: Thread): Promise<string[]> {
  const { thread: { turns } } = await thread.read({ includeTurns: true });
  return turns.map(({ status, items }: Turn) => `${items[0]?.type} ${status}`);
}

describe("what a thread is at work on (real)", () => {
  test("[W5] compact() resolves when the history is compacted, and a turn behind it goes on from the summary", async () => {
    await withAppServer(async ({ codex, model }) => {
      const thread = await codex.threadStart();
      model.reply("first").reply("THE-SUMMARY").reply("second");
      await thread.run("Hello.");
      const events = thread.events();
      await thread.compact();
      assertEquals((await stored(thread)).at(-1), "contextCompaction completed");
      assertEquals(finalResponse(await thread.run("And now?")), "second");
      assert(JSON.stringify(model.requests.at(-1)?.body.input).includes("THE-SUMMARY"));
      await codex.close();
      const order = (await collect(events)).flatMap(({ method, params }) =>
        method === "turn/started" || method === "turn/completed" ? [`${method} ${params.turn.status}`] : []
      );
      const one = ["turn/started inProgress", "turn/completed completed"];
      assertEquals(order, [...one, ...one]);
    });
  });

  test("[W5] turns behind a compaction or a review wait for its end, whoever asked for it, and by whatever call", async () => {
    await withAppServer(async ({ codex, model }) => {
      const kinds: ((thread: Thread) => Promise<unknown>)[] = [
        (thread) => thread.compact(),
        (thread) => codex.request("thread/compact/start", { threadId: thread.id }),
        (thread) => codex.requestRaw("thread/compact/start", { threadId: thread.id }),
        (thread) => thread.review(LOOK),
        (thread) => codex.request("review/start", { threadId: thread.id, target: LOOK }),
        (thread) => codex.requestRaw("review/start", { threadId: thread.id, target: LOOK }),
      ];
      // Both turns may have become one, with two inputs.
      model.always(() => ["fine"]);
      for (const begin of kinds) {
        const gate = model.gate();
        model.reply("first").reply(message(["half ", gate, "whole"]));
        const thread = await codex.threadStart();
        await thread.run("Hello.");
        const begun = begin(thread);
        // At once, before anything of it has been seen; and while it is at work.
        const early = thread.run("And now?");
        await gate.reached;
        const late = thread.run("And then?");
        gate.release();
        await begun;
        const [a, b] = await Promise.all([early, late]);
        assertEquals([a.status, b.status], ["completed", "completed"]);
        const all = await stored(thread);
        assertEquals(all.filter((turn) => /^(contextCompaction|enteredReviewMode) completed$/.test(turn)).length, 1);
      }
    });
  });

  test("[W5] a review is a turn like any other: streamed, waited for, interrupted", async () => {
    await withAppServer(async ({ codex, model }) => {
      const thread = await codex.threadStart();
      model.reply("first");
      await thread.run("Hello.");
      model.reply(message(["Nothing ", "found."]));
      const review = await thread.review(LOOK);
      const [messages, turn] = await Promise.all([collect(review.messages()), review.run()]);
      assertEquals([turn.id, turn.status, turn.itemsView], [review.id, "completed", "full"]);
      assert(finalResponse(turn)?.includes("Nothing found."));
      assertEquals(messages.at(-1)?.text, finalResponse(turn));
      const atWork = model.gate();
      model.reply(message(["half ", atWork]));
      const other = await thread.review(LOOK);
      await atWork.reached;
      await other.interrupt();
      assertEquals((await other.run()).status, "interrupted");
      atWork.release();
      const stop = new AbortController();
      const gate = model.gate();
      model.reply(message(["half ", gate]));
      const given = await thread.review(LOOK, { signal: stop.signal });
      await gate.reached;
      stop.abort(new Error("enough"));
      await assertRejects(() => given.run(), Error, "enough");
      gate.release();
      // At once: the model may be asked, or not.
      model.always(() => ["fine"]);
      for (let n = 0; n < 5; n++) {
        const soon = await thread.review(LOOK);
        // It may be over before the server has been asked.
        const error = await soon.interrupt().then(() => undefined, (reason: unknown) => reason);
        const { status } = await soon.run();
        // The server also says yes to what ends by itself in that moment.
        if (status === "interrupted") assertEquals(error, undefined);
        else assertEquals(status, "completed");
        if (error !== undefined) assertInstanceOf(error, InvalidRequestError);
      }
      assertEquals(finalResponse(await thread.run("Go on.")), "fine");
    });
  });

  test("[W5] compact() and review() end nobody's turn: they say what runs, and do nothing", async () => {
    await withAppServer(async ({ codex, model }) => {
      const gate = model.gate();
      model.reply(message(["half of ", gate, "an answer"]));
      const thread = await codex.threadStart();
      const turn = await thread.turn("A long task.");
      // Before the turn was seen to begin, and while it is at work.
      for (const wait of [Promise.resolve(), gate.reached]) {
        await wait;
        for (const call of [() => thread.compact(), () => thread.review(LOOK)]) {
          const error = await assertRejects(call, ActiveTurnError, turn.id);
          assertEquals([error.code, error.work], ["ACTIVE_TURN", { ...error.work, kind: "turn", turnId: turn.id }]);
        }
      }
      gate.release();
      assertEquals(finalResponse(await turn.run()), "half of an answer");

      const second = model.gate();
      model.reply(message(["half ", second, "whole"]));
      const review = await thread.review(LOOK);
      await second.reached;
      for (const call of [() => thread.compact(), () => thread.review(LOOK)]) {
        assertEquals((await assertRejects(call, ActiveTurnError, "review")).work.kind, "review");
      }
      second.release();
      assertEquals((await review.run()).status, "completed");
      model.reply("a summary");
      await thread.compact();
    });
  });

  test("[W5] several compactions at a time are one, and giving one up leaves it to the others", async () => {
    await withAppServer(async ({ codex, model }) => {
      const gate = model.gate();
      model.reply("first").reply(message([gate, "a summary"]));
      const thread = await codex.threadStart();
      await thread.run("Hello.");
      const stop = new AbortController();
      const given = thread.compact({ signal: stop.signal });
      const [one, two] = [thread.compact(), thread.compact()];
      const short = assertRejects(() => thread.compact({ timeoutMs: 50 }), TimeoutError, "thread.compact");
      await gate.reached;
      const reason = new Error("enough");
      stop.abort(reason);
      assertStrictEquals(await given.catch((error) => error), reason);
      await short;
      gate.release();
      await Promise.all([one, two]);
      assertEquals((await stored(thread)).filter((turn) => turn.startsWith("contextCompaction")).length, 1);
    });
  });

  test("[W5] a compaction that fails, or is interrupted, rejects; the thread goes on", async () => {
    await withAppServer(async ({ codex, model }) => {
      model.reply("first").reply(failure("server_error", "no summary today"));
      const thread = await codex.threadStart();
      await thread.run("Hello.");
      const failed = await assertRejects(() => thread.compact(), TurnFailedError);
      assertEquals(failed.turn.status, "failed");
      const gate = model.gate();
      model.reply(message(["half ", gate]));
      const started = (async () => {
        for await (const event of thread.events()) if (event.method === "turn/started") return event.params.turn.id;
      })();
      const compaction = thread.compact();
      await gate.reached;
      await codex.request("turn/interrupt", { threadId: thread.id, turnId: (await started)! });
      const interrupted = await assertRejects(() => compaction, TurnFailedError, "was interrupted");
      assertEquals(interrupted.turn.status, "interrupted");
      gate.release();
      model.reply("fine");
      assertEquals(finalResponse(await thread.run("Go on.")), "fine");
    });
  });

  test("[W5] a turn that waits can be given up, and nothing of it is sent", async () => {
    await withAppServer(async ({ codex, model }) => {
      const gate = model.gate();
      model.reply("first").reply(message([gate, "a summary"]));
      const thread = await codex.threadStart();
      await thread.run("Hello.");
      const compaction = thread.compact();
      const stop = new AbortController();
      const given = assertRejects(() => thread.run("NEVER-SENT", { signal: stop.signal }), Error, "enough");
      const late = assertRejects(() => thread.run("NEVER-SENT", { timeoutMs: 50 }), TimeoutError, "timeoutMs");
      await gate.reached;
      stop.abort(new Error("enough"));
      await Promise.all([given, late]);
      gate.release();
      await compaction;
      model.reply("fine");
      await thread.run("Go on.");
      assert(!JSON.stringify(model.requests.map(({ body }) => body)).includes("NEVER-SENT"));
    });
  });

  test("[W5] input for what takes none is a typed error that says what runs", async () => {
    await withAppServer(async ({ codex, model }) => {
      const gate = model.gate();
      model.reply("first").reply(message(["half ", gate, "whole"]));
      const thread = await codex.threadStart();
      await thread.run("Hello.");
      const review = await thread.review(LOOK);
      await gate.reached;
      const input = [{ type: "text" as const, text: "and this" }];
      const raw = await assertRejects(
        () => codex.request("turn/start", { threadId: thread.id, input }),
        ActiveTurnError,
      );
      assertEquals([raw.work.kind, raw.rpcCode, raw.method], ["review", -32603, "turn/start"]);
      const steered = await assertRejects(() => review.steer("and this"), ActiveTurnError);
      assertEquals([steered.work.kind, steered.rpcCode], ["review", -32600]);
      gate.release();
      await review.run();
    });
  });

  test("[W5] another client's turn, review and compaction count as well", async () => {
    await using server = await listeningServer();
    const { model } = server;
    await using owner = clientOf(server);
    await using other = clientOf(server);
    const mine = await owner.threadStart();
    model.reply("first");
    await mine.run("Hello.");
    const gate = model.gate();
    model.reply(message(["half ", gate, "whole"]));
    const turn = await mine.turn("Work.");
    await gate.reached;
    // It comes while the turn runs, and has seen nothing of it.
    for (const params of [{}, { excludeTurns: true }]) {
      const theirs = await other.threadResume(mine.id, params);
      assertInstanceOf(await theirs.compact().catch((error) => error), ActiveTurnError);
      assertInstanceOf(await theirs.review(LOOK).catch((error) => error), ActiveTurnError);
    }
    gate.release();
    assertEquals((await turn.run()).status, "completed");

    const theirs = await other.threadResume(mine.id);
    for (const begin of [() => mine.compact(), async () => (await mine.review(LOOK)).run()]) {
      const second = model.gate();
      model.reply(message(["half ", second, "whole"])).always(() => ["fine"]);
      const begun = begin();
      await second.reached;
      const waiting = theirs.run("And now?");
      // One that comes only now, and is not told what runs, is told by a refusal.
      await using late = clientOf(server);
      const behind = (await late.threadResume(mine.id, { excludeTurns: true })).run("And then?");
      second.release();
      await begun;
      assertEquals([(await waiting).status, (await behind).status], ["completed", "completed"]);
    }
  });

  test("[W5] a turn behind a shell command waits for it: added to that, no model would see it", {
    skip: process.platform === "win32" && "the command is one of a POSIX shell",
  }, async () => {
    await withAppServer({ sandboxMode: "danger-full-access" }, async ({ codex, model, workspace }) => {
      model.always(() => ["fine"]);
      const thread = await codex.threadStart();
      await thread.run("Hello.");
      const events = thread.events();
      for (const when of ["at once", "at work"]) {
        const command = `while [ ! -e '${when}' ]; do sleep 0.05; done`;
        const asked = codex.request("thread/shellCommand", { threadId: thread.id, command });
        const early = when === "at once" ? thread.run("And now?") : undefined;
        await asked;
        for (;;) {
          const { value: event } = await events.next();
          if (event.method === "item/started" && event.params.item.type === "commandExecution") break;
        }
        const turn = early ?? thread.run("And then?");
        await assertRejects(() => thread.compact(), ActiveTurnError, "shell command");
        writeFileSync(join(workspace, when), "");
        assertEquals(finalResponse(await turn), "fine");
      }
    });
  });
});

describe("a turn that was joined (real)", () => {
  test("[W6] to give the joined handle up leaves the turn alone, by signal, deadline, silence and budget", async () => {
    await withAppServer(async ({ codex, model }) => {
      const gate = model.gate();
      // What is added to a turn has the server ask the model anew.
      model.reply(message(["work", gate, "ing"])).always(() => [message([gate, "more"])]);
      const thread = await codex.threadStart();
      const work = await thread.turn("A long piece of work");
      await gate.reached;
      const stop = new AbortController();
      const aborted = await thread.turn("one", { signal: stop.signal });
      assertEquals(aborted.id, work.id);
      const stream = collect(aborted.stream());
      stop.abort(new Error("enough"));
      await assertRejects(() => aborted.run(), Error, "enough");
      await assertRejects(() => stream, Error, "enough");
      const late = await assertRejects(() => thread.run("two", { timeoutMs: 1000 }), TimeoutError);
      assertEquals([late.kind, /goes on/.test(late.message)], ["turn", true]);
      const silent = await assertRejects(() => thread.run("three", { idleTimeoutMs: 100 }), TimeoutError);
      assertEquals([silent.kind, /goes on/.test(silent.message)], ["idle", true]);
      const between = new AbortController();
      const starting = thread.run("four", { signal: between.signal });
      await Promise.resolve().then(() => {}).then(() => between.abort(new Error("between")));
      await assertRejects(() => starting, Error, "between");
      gate.release();
      const turn = await work.run();
      assertEquals([turn.status, finalResponse(turn)], ["completed", "more"]);
    });
  });

  test("[W6] whoever began the turn ends it, also for those who joined", async () => {
    await withAppServer(async ({ codex, model }) => {
      const gate = model.gate();
      model.reply(message(["work", gate])).always(() => [message([gate, "more"])]);
      const thread = await codex.threadStart();
      const stop = new AbortController();
      const work = await thread.turn("A long piece of work", { signal: stop.signal });
      await gate.reached;
      const joined = await thread.turn("and this");
      stop.abort(new Error("enough"));
      await assertRejects(() => work.run(), Error, "enough");
      assertEquals((await joined.run()).status, "interrupted");
      gate.release();
    });
  });

  test("[W6] another client's turn is left alone as well", async () => {
    await using server = await listeningServer();
    const { model } = server;
    await using owner = clientOf(server);
    await using other = clientOf(server);
    const mine = await owner.threadStart();
    model.reply("first");
    await mine.run("Hello.");
    for (const resumed of ["while it runs", "before it began", "while it runs, without its turns"]) {
      const early = resumed === "before it began" ? await other.threadResume(mine.id) : undefined;
      const gate = model.gate();
      model.reply(message(["work", gate, "ing"])).always(() => [message([gate, "done"])]);
      const work = await mine.turn("A long piece of work");
      await gate.reached;
      const theirs = early ?? await other.threadResume(mine.id, { excludeTurns: resumed.includes("without") });
      const stop = new AbortController();
      const joined = await theirs.turn("and this", { signal: stop.signal });
      assertEquals(joined.id, work.id);
      stop.abort(new Error("enough"));
      await assertRejects(() => joined.run(), Error, "enough");
      gate.release();
      assertEquals((await work.run()).status, "completed", resumed);
    }
  });
});

describe("maxConcurrentTurns (real)", () => {
  test("[V10] no more turns run at a time, and all of them end", async () => {
    await withAppServer({ codex: { maxConcurrentTurns: 3 } }, async ({ codex, model }) => {
      let running = 0;
      let most = 0;
      const gates = Array.from({ length: 12 }, () => model.gate());
      let asked = 0;
      model.always(() => {
        most = Math.max(most, ++running);
        const gate = gates[asked++]!;
        gate.reached.then(() => {
          running--;
          gate.release();
        });
        return [message(["a", gate, "b"])];
      });
      const threads = await Promise.all(gates.map(() => codex.threadStart({ ephemeral: true })));
      const turns = await Promise.all(threads.map((thread) => thread.run("Go.")));
      assert(turns.every(({ status }) => status === "completed"));
      assert(most <= 3, `${most} at a time`);
    });
  });
});
