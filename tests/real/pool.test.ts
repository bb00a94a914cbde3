import { type Codex, CodexPool, finalResponse, InvalidRequestError } from "@codex-app-server/sdk";
import { codexHome, ScriptedModel } from "@codex-app-server/sdk/testing";
import { assert, assertEquals, assertRejects } from "@std/assert";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { describe, test } from "node:test";
import { makeTempDir } from "../../src/runtime/temp_dir.ts";
import { processesLeft, processesWith, seesProcesses } from "./processes.ts";

/** Asks the model something in a new thread; says which thread it was. */
async function ask(codex: Codex, text: string): Promise<string> {
  const thread = await codex.threadStart();
  assertEquals(finalResponse(await thread.run(text)), `echo ${text}`);
  return thread.id;
}

describe("CodexPool (real)", () => {
  test("[V11] tenants have a home and a server each, see nothing of each other, and find their threads again", async () => {
    const model = new ScriptedModel();
    model.always((request) => [`echo ${request.lastUserText}`]);
    await using listener = await model.listen();
    // What of a home is told by its environment, and not by its folder, is the same for all.
    await using shared = await codexHome({ modelUrl: listener.url });
    const provider = { name: "mock", base_url: listener.url, wire_api: "responses", request_max_retries: 0 };
    const homes = await makeTempDir("codex-pool-");
    const running = async () => seesProcesses ? (await processesWith(homes.path)).length : null;
    try {
      const pool = new CodexPool({
        homes: homes.path,
        maxServers: 2,
        codex: {
          env: shared.env,
          config: { model: "mock-model", model_provider: "mock", model_providers: { mock: provider } },
        },
      });
      const [first, second, third] = await Promise.all([
        pool.use("a/../b", (codex) => ask(codex, "one")),
        pool.use("a/../b", (codex) => ask(codex, "two")),
        pool.use("Tenant B", (codex) => ask(codex, "three")),
      ]);
      if (seesProcesses) assertEquals(await running(), 2);
      const names = await readdir(homes.path);
      assertEquals(names.length, 2);
      if (process.platform !== "win32") {
        for (const name of names) assertEquals((await stat(join(homes.path, name))).mode & 0o777, 0o700);
      }
      // A third tenant takes the place of an idle one, which finds its threads again afterwards.
      await pool.use("third", (codex) => ask(codex, "four"));
      if (seesProcesses) assertEquals(await running(), 2);
      await pool.use("a/../b", async (codex) => {
        const ids: string[] = [];
        for await (const { id } of codex.threads()) ids.push(id);
        assertEquals(ids.sort(), [first, second].sort());
        await codex.threadResume(first);
        await assertRejects(() => codex.threadResume(third), InvalidRequestError, "no rollout found");
      });
      await pool.close();
      if (seesProcesses) assertEquals(await processesLeft(homes.path), []);
      assert((await readdir(homes.path)).length === 3);
    } finally {
      await homes.remove();
    }
  });

  test("[V11] ten first uses at once start one process, and an idle one is ended", async () => {
    await using home = await codexHome({ modelUrl: "http://127.0.0.1:9/v1" });
    await using pool = new CodexPool({ idleMs: 0, codex: () => ({ env: home.env }) });
    const seen = new Set<Codex>();
    let most = 0;
    await Promise.all(Array.from({ length: 10 }, () =>
      pool.use("a", async (codex) => {
        seen.add(codex);
        await codex.models();
        if (seesProcesses) most = Math.max(most, (await processesWith(home.path)).length);
      })));
    assertEquals([seen.size, pool.size], [1, 0]);
    if (seesProcesses) assertEquals([most, await processesLeft(home.path)], [1, []]);
    // Two tenants that would share a home are a mistake, and a dangerous one.
    const both = [pool.use("a", (codex) => codex.models()), pool.use("b", (codex) => codex.models())];
    const failed = (await Promise.allSettled(both)).filter(({ status }) => status === "rejected");
    assertEquals(failed.length, 1);
  });
});
