import {
  Codex,
  InvalidParamsError,
  InvalidRequestError,
  type Limits,
  MethodNotFoundError,
  retryOnOverload,
  ServerBusyError,
  websocketTransport,
} from "@codex-app-server/sdk";
import { message, withAppServer } from "@codex-app-server/sdk/testing";
import { assert, assertEquals, assertRejects } from "@std/assert";
import { describe, test } from "node:test";
import { collect } from "../client/scripted.ts";
import { listeningServer } from "./listening_server.ts";

const list = (codex: Codex) => codex.threadList({ limit: 1 });

const isBusy = (result: PromiseSettledResult<unknown>) =>
  result.status === "rejected" && result.reason instanceof ServerBusyError;

describe("requests (real)", () => {
  test("[Q4] the server's refusals have the class of their meaning", async () => {
    await withAppServer(async ({ codex }) => {
      const unknown = await assertRejects(() => codex.requestRaw("no/such/method", {}), MethodNotFoundError);
      assertEquals([unknown.rpcCode, unknown.method], [-32600, "no/such/method"]);
      assert(unknown.message.length < 700);
      await assertRejects(() => codex.requestRaw("thread/read", {}), InvalidParamsError, "threadId");
      await assertRejects(() => codex.requestRaw("thread/read", { threadId: 7 }), InvalidParamsError);
      const nowhere = "00000000-0000-0000-0000-000000000000";
      const thread = await assertRejects(
        () => codex.request("thread/read", { threadId: nowhere }),
        InvalidRequestError,
      );
      assertEquals(thread.rpcCode, -32600);
      await assertRejects(() => codex.requestRaw("initialize", {}), InvalidParamsError);
    });
  });

  test("[Q8] threads, turns, items and models, however small the pages are", async () => {
    await withAppServer({ allowUnscripted: true }, async ({ codex, model }) => {
      model.always(() => ["ok"]);
      const thread = await codex.threadStart();
      const turns: string[] = [];
      for (const text of ["one", "two", "three"]) turns.push((await thread.run(text)).id);
      const fork = await codex.threadFork(thread.id);
      await fork.run("four");
      const threadId = thread.id;
      const ids = async <T>(entries: AsyncIterable<T>, id: (entry: T) => string) => (await collect(entries)).map(id);
      for (const limit of [1, 2, 100]) {
        const page = { limit, sortDirection: "asc" } as const;
        assertEquals(await ids(codex.requestAll("thread/turns/list", { ...page, threadId }), ({ id }) => id), turns);
        const items = await ids(codex.requestAll("thread/items/list", { ...page, threadId }), ({ item }) => item.type);
        assertEquals(items, turns.flatMap(() => ["userMessage", "agentMessage"]));
        const threads = [thread.id, fork.id].sort();
        assertEquals((await ids(codex.threads({ limit }), ({ id }) => id)).sort(), threads);
        assertEquals((await ids(codex.requestAll("thread/list", { limit }), ({ id }) => id)).sort(), threads);
        const models = (await codex.models({ limit: 1000 })).data.map(({ id }) => id);
        assertEquals(await ids(codex.requestAll("model/list", { limit }), ({ id }) => id), models);
        assert(models.length > 2);
      }
    });
  });

  test("[Q6] 3,000 requests at once all succeed, and an interrupt overtakes them", async () => {
    await withAppServer({ allowUnscripted: true }, async ({ codex, model }) => {
      const gate = model.gate();
      model.always(() => [message(["x", gate])]);
      const thread = await codex.threadStart();
      const handle = await thread.turn("hi");
      await gate.reached;
      let answered = 0;
      const flood = Array.from({ length: 3000 }, () => codex.threadList({ limit: 1 }).finally(() => answered++));
      await handle.interrupt();
      const atInterrupt = answered;
      assertEquals((await handle.run()).status, "interrupted");
      const pages = await Promise.all(flood);
      assertEquals(pages.length, 3000);
      assert(atInterrupt < 3000, `${atInterrupt} requests were answered before the interrupt`);
      gate.release();
    });
  });

  test("[Q6] without the window the server refuses; refusals are ServerBusyError, and a retry brings them home", async () => {
    await withAppServer(
      { codex: { limits: { requestsInFlight: 3000, requestTimeoutMs: 5_000 } } },
      async ({ codex }) => {
        // How many a busy machine's server takes at once is not for this test to say: it floods until one is refused.
        let refused = 0;
        for (let round = 0; round < 5 && refused === 0; round++) {
          const results = await Promise.allSettled(Array.from({ length: 1500 }, () => list(codex)));
          refused = results.filter(isBusy).length;
        }
        assert(refused > 0, "the server was not flooded: nothing was refused");
        assertEquals((await retryOnOverload(() => list(codex))).data, []);
      },
    );
  });

  test("[Q6] clients that flood a shared server are refused, and the retry brings everybody else's requests home", async () => {
    await using server = await listeningServer();
    const client = (limits?: Limits) =>
      Codex.start({ transport: websocketTransport(server.address), ...(limits === undefined ? {} : { limits }) });
    await using quiet = await client();
    await using one = await client({ requestsInFlight: 1500 });
    await using two = await client({ requestsInFlight: 1500 });
    let refused = 0;
    for (let round = 0; round < 5 && refused === 0; round++) {
      const flood = Promise.allSettled(Array.from({ length: 3000 }, (_, i) => list(i % 2 === 0 ? one : two)));
      const calm = await Promise.all(Array.from({ length: 30 }, () => retryOnOverload(() => list(quiet))));
      assertEquals(calm.flatMap(({ data }) => data), []);
      const results = await flood;
      refused = results.filter(isBusy).length;
      const answered = results.filter(({ status }) => status === "fulfilled").length;
      assertEquals(refused + answered, 3000, "a refusal is a ServerBusyError, and nothing is lost");
    }
    assert(refused > 0, "the server was not flooded: nothing was refused");
  });
});
