import { CLIENT_REQUESTS, type RequestMethod } from "@codex-app-server/sdk/protocol";
import { type ScriptedTurn, scriptTurns, serverRequestParams, turn } from "@codex-app-server/sdk/testing";
import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { describe, test } from "node:test";
import { deferred } from "../../src/util/deferred.ts";
import { collect, methods, scripted } from "./scripted.ts";

/** Sends a notification just as it is given. */
const send = (playing: Pick<ScriptedTurn, "connection">, method: string, params: unknown) =>
  playing.connection.notify(method as never, params as never);

describe("events that say little", () => {
  test("[W11] one that names only its turn reaches that turn's streams, and its thread's", async () => {
    await using peer = scripted({}, { validate: false });
    scriptTurns(peer.server, (playing) => {
      const turnId = playing.id;
      send(playing, "warning", { message: "known, and its table has no turn", turnId });
      send(playing, "item/agentMessage/delta", { turnId, itemId: "m", delta: "a" });
      send(playing, "item/agentMessage/delta", { threadId: null, turnId, itemId: "m", delta: "b" });
      send(playing, "quite/new", { turnId });
      send(playing, "quite/new", { turn: { id: turnId } });
      send(playing, "quite/new", { turnId: "somebody else's" });
    });
    const [one, other] = [await peer.codex.threadStart(), await peer.codex.threadStart()];
    const [events, others] = [one.events(), other.events()];
    const handle = await one.turn("hi");
    const [stream, text] = await Promise.all([collect(handle.stream()), collect(handle.text()), handle.run()]);
    const middle = ["warning", ..."ab".replaceAll(/./g, "item/agentMessage/delta,").split(",").filter(Boolean)];
    const expected = ["turn/started", ...middle, "quite/new", "quite/new", "turn/completed"];
    assertEquals(methods(stream), expected);
    assertEquals(text, ["a", "b"]);
    await peer.codex.close();
    assertEquals(methods(await collect(events)).filter((method) => expected.includes(method)), expected);
    assertEquals(methods(await collect(others)), []);
  });

  test("[W11] also if it comes before the reply that names the turn, in its place, the completion included", async () => {
    for (const first of ["nothing", "an event with both ids"]) {
      await using peer = scripted({}, { validate: false });
      peer.server.onRequest("turn/start", ({ threadId }, { connection }) => {
        const to = { connection };
        const started = turn({ id: "t1", status: "inProgress" });
        send(to, "turn/started", first === "nothing" ? { turn: started } : { threadId, turn: started });
        send(to, "item/agentMessage/delta", { turnId: "another", itemId: "m", delta: "not this" });
        send(to, "item/agentMessage/delta", { turnId: "t1", itemId: "m", delta: "a" });
        send(to, "item/agentMessage/delta", { turnId: "t1", itemId: "m", delta: "b" });
        send(to, "item/agentMessage/delta", { threadId, turnId: "t1", itemId: "m", delta: "c" });
        send(to, "turn/completed", { turn: turn({ id: "t1" }) });
        return { turn: turn({ id: "t1", status: "inProgress" }) };
      });
      const handle = await (await peer.codex.threadStart()).turn("hi");
      assertEquals([await collect(handle.text()), (await handle.run()).status], [["a", "b", "c"], "completed"], first);
    }
  });

  test("[W11] what nobody's turn is named by is not kept", async () => {
    await using peer = scripted({}, { validate: false });
    const gate = deferred<void>();
    peer.server.onRequest("turn/start", async ({ threadId }, { connection }) => {
      for (let i = 0; i < 5000; i++) {
        send({ connection }, "item/agentMessage/delta", { turnId: `t${i}`, itemId: "m", delta: `${i}` });
      }
      await gate.promise;
      connection.notify("turn/completed", { threadId, turn: turn({ id: "t4999" }) });
      return { turn: turn({ id: "t4999" }) };
    });
    const thread = await peer.codex.threadStart();
    const starting = thread.turn("hi");
    const seen = peer.codex.notifications();
    for await (const { params } of seen) if ((params as { delta?: string }).delta === "4999") break;
    gate.resolve();
    assertEquals(await collect((await starting).text()), ["4999"]);
  });

  test("[W11] a question that names only its turn goes to the handlers of its thread", async () => {
    await using peer = scripted({ validation: "off" }, { validate: false });
    const answers: unknown[] = [];
    scriptTurns(peer.server, async ({ connection, id: turnId }) => {
      const { threadId: _, ...params } = serverRequestParams("item/commandExecution/requestApproval", { turnId });
      answers.push(await connection.ask("item/commandExecution/requestApproval", params as never));
    });
    const thread = await peer.codex.threadStart({}, {
      handlers: { "item/commandExecution/requestApproval": () => ({ decision: "accept" }) },
    });
    await thread.run("hi");
    assertEquals(answers, [{ decision: "accept" }]);
  });

  test("[W11] events without params, or with odd ids, disturb nobody", async () => {
    await using peer = scripted({}, { validate: false });
    scriptTurns(peer.server, (playing) => {
      for (
        const params of [undefined, null, 1, "x", [], {}, { turnId: 7 }, { turnId: "" }, { threadId: {}, turn: [] }]
      ) {
        for (const method of ["warning", "turn/completed", "item/completed", "thread/tokenUsage/updated", "new/one"]) {
          send(playing, method, params);
        }
      }
      playing.message("fine");
    });
    const handle = await (await peer.codex.threadStart()).turn("hi");
    const [text, done] = await Promise.all([collect(handle.text()), handle.run()]);
    assertEquals([text, done.status], [["fine"], "completed"]);
  });
});

describe("params that are optional", () => {
  test("[W11] may be undefined, with every method whose params may be null, or empty", async () => {
    await using peer = scripted({ validation: "off" }, { validate: false });
    const got = new Map<string, unknown>();
    const allowed: RequestMethod[] = [];
    for (const method of Object.keys(CLIENT_REQUESTS) as RequestMethod[]) {
      if (method === "initialize") continue;
      peer.server.onRequest(method, (params) => (got.set(method, params), {} as never));
      await peer.codex.request(method, undefined as never).then(() => allowed.push(method), () => {});
    }
    for (
      const method of ["account/rateLimits/read", "account/usage/read", "thread/list", "model/list", "account/logout"]
    ) {
      assertEquals(allowed.includes(method as RequestMethod), true, method);
    }
    // As the real server wants it: these without params, those with empty ones.
    assertEquals([got.get("account/rateLimits/read"), got.get("thread/list")], [undefined, {}]);
    for (const method of ["turn/start", "thread/read", "command/exec"] as const) {
      assertEquals(allowed.includes(method), false, method);
    }
  });

  test("[W11] and so may each optional field of them", async () => {
    await using peer = scripted();
    peer.server.onRequest("thread/list", () => ({ data: [], nextCursor: null, backwardsCursor: null }));
    const { data } = await peer.codex.request("thread/list", { limit: undefined, cursor: undefined } as never);
    assertEquals(data, []);
    await assertRejects(() => peer.codex.request("thread/read", { threadId: undefined } as never));
  });
});

describe("an answer to a parked question", () => {
  test("finds it by its id as text, as a database or a URL gives it back", async () => {
    const parked = deferred<number | string>();
    await using peer = scripted({
      handlers: {
        "item/commandExecution/requestApproval": (_params, ctx) => (parked.resolve(ctx.id), ctx.defer()),
      },
    });
    const answers: unknown[] = [];
    scriptTurns(peer.server, async (playing) => {
      answers.push(await playing.ask("item/commandExecution/requestApproval"));
    });
    const thread = await peer.codex.threadStart();
    const run = thread.run("hi");
    const id = await parked.promise;
    assertEquals(typeof id, "number");
    for (const wrong of [`${id} `, `0${id}`, `${id}.0`, "", "x", "NaN", `${Number(id) + 1}`]) {
      assertThrows(() => peer.codex.answer(wrong, { decision: "accept" }), RangeError, "is pending");
    }
    peer.codex.answer(String(id), { decision: "accept" });
    await run;
    assertEquals(answers, [{ decision: "accept" }]);
  });
});
