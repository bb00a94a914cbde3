import { StreamOverflowError } from "@codex-app-server/sdk";

import { type ScriptedTurn, scriptTurns } from "@codex-app-server/sdk/testing";
import { assert, assertEquals, assertRejects } from "@std/assert";
import { describe, test } from "node:test";
import { deferred } from "../../src/util/deferred.ts";
import { collect, scripted } from "./scripted.ts";

function text(playing: ScriptedTurn, itemId: string, delta: string): void {
  const { threadId, id: turnId } = playing;
  playing.connection.notify("item/agentMessage/delta", { threadId, turnId, itemId, delta });
}

describe("a stream that nobody reads", () => {
  test("[T15] past 1,024 waiting events neighbouring deltas are joined, and no text is lost", async () => {
    await using peer = scripted();
    scriptTurns(peer.server, (playing) => {
      for (let i = 0; i < 5000; i++) text(playing, "a", `${i},`);
      for (let i = 0; i < 5000; i++) text(playing, "b", `${i};`);
    });
    const handle = await (await peer.codex.threadStart()).turn("hi");
    const stream = handle.stream();
    await handle.run();
    const deltas = (await collect(stream)).filter((event) => event.method === "item/agentMessage/delta");
    assert(deltas.length < 1100, `${deltas.length} events`);
    const joined = (itemId: string) =>
      deltas.filter(({ params }) => params.itemId === itemId).map(({ params }) => params.delta).join("");
    const expected = (end: string) => Array.from({ length: 5000 }, (_, i) => `${i}${end}`).join("");
    assertEquals(joined("a"), expected(","));
    assertEquals(joined("b"), expected(";"));
  });

  test("[T15] text() keeps text alone: what its reader passes over cannot overflow it", async () => {
    await using peer = scripted({ limits: { streamBytes: 1000 } });
    const start = deferred<void>();
    scriptTurns(peer.server, async (playing) => {
      await start.promise;
      text(playing, "m", "a");
      for (let i = 0; i < 100; i++) playing.item("plan", { text: "a long plan" });
      text(playing, "m", "b");
    });
    const handle = await (await peer.codex.threadStart()).turn("hi");
    const [slow, late] = [handle.text(), handle.text()];
    start.resolve();
    await handle.run();
    assertEquals([await collect(slow), await collect(late)], [["a", "b"], ["a", "b"]]);
  });

  test("[T6] reads of text() that wait at once are served in order", async () => {
    await using peer = scripted();
    const start = deferred<void>();
    scriptTurns(peer.server, async (playing) => {
      await start.promise;
      for (const delta of ["a", "b", "c"]) {
        playing.item("plan");
        text(playing, "m", delta);
      }
    });
    const words = (await (await peer.codex.threadStart()).turn("hi")).text();
    const reads = [words.next(), words.next(), words.next(), words.next()];
    start.resolve();
    assertEquals((await Promise.all(reads)).map(({ value }) => value), ["a", "b", "c", undefined]);
  });

  test("[T15] past its byte limit that stream alone fails; run() and the others do not notice", async () => {
    await using peer = scripted({ limits: { streamBytes: 10_000 } });
    const start = deferred<void>();
    scriptTurns(peer.server, async (playing) => {
      await start.promise;
      for (let i = 0; i < 400; i++) text(playing, `item-${i}`, "x".repeat(100));
    });
    const handle = await (await peer.codex.threadStart()).turn("hi");
    const [slow, fast] = [handle.stream(), collect(handle.text())];
    start.resolve();
    assertEquals((await handle.run()).status, "completed");
    const error = await assertRejects(() => collect(slow), StreamOverflowError, "limits.streamBytes");
    assertEquals(error.limitBytes, 10_000);
    assertEquals((await fast).length, 400);
  });

  test("[T6] [T17] a handle that is disposed keeps nothing for streams: a later one has what comes from then on", async () => {
    await using peer = scripted();
    const rest = deferred<void>();
    scriptTurns(peer.server, async (playing) => {
      text(playing, "m", "before");
      await rest.promise;
      text(playing, "m", "after");
    });
    const thread = await peer.codex.threadStart();
    const seen = peer.codex.notifications("item/agentMessage/delta");
    const handle = await thread.turn("hi");
    await seen.next();
    await handle[Symbol.asyncDispose]();
    const words = handle.text();
    rest.resolve();
    assertEquals([await collect(words), (await handle.run()).status], [["after"], "completed"]);
  });
});
