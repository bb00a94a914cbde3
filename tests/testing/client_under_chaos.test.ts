import { assert, assertEquals } from "@std/assert";
import { describe, test } from "node:test";
import { Codex, CodexError } from "@codex-app-server/sdk";
import { chaos, type Random, ScriptedAppServer, scriptTurns, withSeed } from "@codex-app-server/sdk/testing";

/** Eight turns over a connection that loses, repeats, delays and reorders; some connections die on the way. */
async function ride(random: Random): Promise<readonly PromiseSettledResult<string>[]> {
  const rule = chaos({ drop: 0.02, duplicate: 0.05, reorder: 0.05, delay: 0.05, maxDelayMs: 2 }, random);
  const server = new ScriptedAppServer({
    // Without its handshake there is no connection to speak of.
    faults: (message, index) => index === 0 ? undefined : rule(message, index),
    bytes: { chunkBytes: random, ...(random.chance(0.3) ? { dieAtByte: 2_000 + random.below(20_000) } : {}) },
  });
  scriptTurns(server, (turn) => {
    turn.item("commandExecution", { command: "ls" });
    turn.message(["a", "b", "c"]);
  });
  const codex = new Codex({ transport: () => server.connect(), limits: { requestTimeoutMs: 250 } });
  try {
    return await Promise.allSettled(Array.from({ length: 8 }, async () => {
      const thread = await codex.threadStart();
      const handle = await thread.turn("go", { idleTimeoutMs: 100, timeoutMs: 500 });
      let text = "";
      for await (const delta of handle.text()) text += delta;
      await handle.run();
      return text;
    }));
  } finally {
    await codex.close();
    await server.close();
  }
}

describe("a client over a bad connection", () => {
  test("every call settles, failures are the SDK's own, and what arrives whole is right", async () => {
    let whole = 0;
    for (let seed = 1; seed <= 12; seed++) {
      await withSeed(async (random) => {
        for (const outcome of await ride(random)) {
          if (outcome.status === "rejected") assert(outcome.reason instanceof CodexError, String(outcome.reason));
          else if (outcome.value === "abc") whole++;
        }
      }, seed);
    }
    assert(whole > 12, `only ${whole} of 96 turns came through whole`);
  });

  test("over a connection that only cuts and delays, nothing is lost", async () => {
    await withSeed(async (random) => {
      const server = new ScriptedAppServer({
        faults: chaos({ delay: 0.2, maxDelayMs: 2 }, random),
        bytes: { chunkBytes: random },
      });
      scriptTurns(server, (turn) => turn.message(["ä", "😀", "\u2028"]));
      await using codex = new Codex({ transport: () => server.connect() });
      const texts = await Promise.all(Array.from({ length: 20 }, async () => {
        let text = "";
        const thread = await codex.threadStart();
        for await (const delta of (await thread.turn("go")).text()) text += delta;
        return text;
      }));
      assertEquals(new Set(texts), new Set(["ä😀\u2028"]));
    });
  });
});
