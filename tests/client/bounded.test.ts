import type { TurnHandle } from "@codex-app-server/sdk";
import { item, ScriptedAppServer, scriptTurns } from "@codex-app-server/sdk/testing";
import { assert, assertEquals } from "@std/assert";
import process from "node:process";
import { describe, test } from "node:test";
import { Connector } from "../../src/client/connection/connector.ts";
import { ThreadOpener } from "../../src/client/thread/thread_opener.ts";
import { collectUntil } from "../collect_garbage.ts";
import { collect } from "./scripted.ts";

/** The parts of a `Codex`, with its tables in sight. */
async function open(server: ScriptedAppServer) {
  const options = { transport: () => server.connect() };
  const connector = new Connector(options);
  const router = await connector.load();
  return { connector, opener: new ThreadOpener(connector, options), router };
}

describe("what is kept", () => {
  test("[T17] 10,000 turns, streamed, run and abandoned, leave every table empty", async () => {
    await using server = new ScriptedAppServer();
    const turns = scriptTurns(server, (playing) => playing.message("x"));
    const { connector, opener, router } = await open(server);
    const thread = await opener.start({}, {});
    for (let i = 0; i < 10_000; i++) {
      if (i % 3 === 0) await thread.run("hi");
      else {
        const handle = await thread.turn("hi");
        if (i % 3 === 1) await collect(handle.text());
        else await handle.run();
      }
    }
    assertEquals(turns.length, 10_000);
    const { turns: table, serverRequests, subscriptions, pending } = router;
    assertEquals([table.size, serverRequests.size, subscriptions.size, pending.size, pending.abandoned], [
      0,
      0,
      0,
      0,
      0,
    ]);
    await connector.close();
  });

  test("[T17] handles that nobody streams or waits for leave every table empty, and take in nothing behind their end", async () => {
    await using server = new ScriptedAppServer();
    scriptTurns(server, (playing) => playing.message("x"));
    server.onRequest("model/list", () => ({ data: [] }));
    const { connector, opener, router } = await open(server);
    const thread = await opener.start({}, {});
    const events = thread.events();
    const kept: TurnHandle[] = [];
    for (let i = 0; i < 2000; i++) {
      const handle = await thread.turn("hi");
      if (i % 2 === 0) kept.push(handle);
      while ((await events.next()).value?.method !== "turn/completed");
    }
    await events.return?.();
    const [first] = kept;
    for (let i = 0; i < 1000; i++) {
      const delta = { threadId: thread.id, turnId: first!.id, itemId: "m", delta: "late" };
      server.notify("item/agentMessage/delta", delta);
    }
    await connector.request("model/list", {});
    const { turns: table, serverRequests, subscriptions, pending } = router;
    const sizes = [table.size, serverRequests.size, subscriptions.size, pending.size, pending.abandoned];
    assertEquals(sizes, [0, 0, 0, 0, 0]);
    assertEquals((await collect(first!.stream())).length, 5);
    await connector.close();
  });

  test("[T17] events of turns that this client did not start are not kept", async () => {
    await using server = new ScriptedAppServer();
    server.onRequest("model/list", () => ({ data: [] }));
    const { connector, opener, router } = await open(server);
    const { id: threadId } = await opener.start({}, {});
    for (let i = 0; i < 1000; i++) {
      const delta = { threadId, turnId: `t${i}`, itemId: "m", delta: "x" };
      server.notify("item/agentMessage/delta", delta);
      server.notify("item/completed", { threadId, turnId: `t${i}`, item: item("plan"), completedAtMs: 1 });
    }
    await connector.request("model/list", {});
    assertEquals([router.turns.size, router.subscriptions.size], [0, 0]);
    await connector.close();
  });

  // Were they kept, each quarter of them would take 25 MB, and a heap that is flat goes up and down by 16.
  const KEPT_MB = 20;

  test("[T16] 1,000,000 deltas through one stream: memory flat, order kept, text identical", async () => {
    await using server = new ScriptedAppServer({ validate: false });
    const count = 1_000_000;
    const heap = () => process.memoryUsage().heapUsed / 2 ** 20;
    const grown: number[] = [];
    let before = 0;
    let seen = 0;
    let wrong = 0;
    scriptTurns(server, async ({ connection, threadId, id: turnId }) => {
      for (let i = 1; i <= count; i += 1000) {
        let lines = "";
        for (let n = i; n < i + 1000; n++) {
          const params = { threadId, turnId, itemId: "m", delta: `${n % 10}` };
          lines += JSON.stringify({ method: "item/agentMessage/delta", params }) + "\n";
        }
        connection.sendRaw(lines);
        await connection.flushed();
        if ((i + 999) % (count / 4) !== 0) continue;
        while (seen < i + 999) await new Promise((resolve) => setTimeout(resolve, 0));
        grown.push(NaN);
        await collectUntil(() => heap() < before + KEPT_MB * grown.length, 3);
        grown[grown.length - 1] = Math.round(heap() - before);
        if (heap() > before + KEPT_MB * grown.length) return;
      }
    });
    const { connector, opener } = await open(server);
    const thread = await opener.start({}, {});
    await collectUntil(() => false, 10);
    before = heap();
    const handle = await thread.turn("go");
    for await (const text of handle.text()) {
      for (const digit of text) if (digit !== `${++seen % 10}`) wrong++;
    }
    assert(grown.every((megabytes, n) => megabytes <= KEPT_MB * (n + 1)), `${grown} MB more behind ${seen} deltas`);
    assertEquals([seen, wrong, grown.length], [count, 0, 4]);
    assert((await handle.run()).status === "completed");
    await connector.close();
  });
});
