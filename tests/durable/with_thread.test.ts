import { Codex, finalResponse } from "@codex-app-server/sdk";
import {
  durableThread,
  durableTurn,
  folderStore,
  RolloutConflictError,
  type RolloutStore,
  withThread,
} from "@codex-app-server/sdk/durable";
import { type AppServer, message, startAppServer } from "@codex-app-server/sdk/testing";
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { appendFileSync, cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { describe, test } from "node:test";

/** A server, further homes with the same configuration, and a store. */
async function machines(work: (server: AppServer, homes: readonly string[], store: RolloutStore) => Promise<void>) {
  await using server = await startAppServer();
  const folder = mkdtempSync(join(tmpdir(), "machines-"));
  try {
    const homes = ["one", "two", "three"].map((name) => join(folder, name));
    for (const home of homes) cpSync(join(server.home, "config.toml"), join(home, "config.toml"));
    await work(server, homes, folderStore(join(folder, "store")));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** {@linkcode withThread}, by a server that reads nothing of the user's own. */
function inHome<T>(
  { env }: AppServer,
  home: string,
  store: RolloutStore,
  threadId: string,
  work: (codex: Codex) => Promise<T>,
): Promise<T> {
  return withThread(home, store, threadId, work, { env });
}

/** The rollout of a thread in a home. */
function fileOf(home: string, threadId: string): string {
  const files = readdirSync(join(home, "sessions"), { recursive: true, encoding: "utf8" });
  return join(home, "sessions", files.find((file) => file.endsWith(`-${threadId}.jsonl`))!);
}

/** Starts a thread in a home, and puts it into the store. */
async function begin(server: AppServer, home: string, store: RolloutStore): Promise<string> {
  await using codex = new Codex({ env: { ...server.env, CODEX_HOME: home } });
  const threadId = await durableThread(codex, { cwd: server.workspace });
  await codex.close();
  await inHome(server, home, store, threadId, () => Promise.resolve());
  return threadId;
}

const said = (server: AppServer) => server.model.requests.at(-1)!.userTexts.filter((text) => !text.startsWith("<"));

describe("a thread that moves", () => {
  test("[D3] between homes and back, with its whole history; a finished turn is found anywhere (real)", async () => {
    await machines(async (server, homes, store) => {
      const threadId = await begin(server, homes[0]!, store);
      for (const [index, name] of [0, 1, 2, 0, 0, 2].entries()) {
        server.model.reply(`answer ${index}`);
        const job = { threadId, key: `job-${index}`, input: `question ${index}` };
        const run = (home: string) => inHome(server, home, store, threadId, (codex) => durableTurn(codex, job));
        const { turn, how } = await run(homes[name]!);
        assertEquals([how, finalResponse(turn)], ["ran", `answer ${index}`]);
        assertEquals((await run(homes[(name + 1) % 3]!)).how, "found");
      }
      assertEquals(said(server), [0, 1, 2, 3, 4, 5].map((index) => `question ${index}`));
      // Only what has changed was saved: the beginning, and six turns.
      assert((await store.load(threadId))!.version >= 7);
    });
  });

  test("[D3] is saved when its writer is gone, also if the work failed (real)", async () => {
    await machines(async (server, homes, store) => {
      const threadId = await begin(server, homes[0]!, store);
      server.model.reply("answer");
      const before = (await store.load(threadId))!.version;
      let writer = NaN;
      const watched: RolloutStore = {
        load: (id) => store.load(id),
        save(id, rollout) {
          assertThrows(() => process.kill(writer, 0), Error, "", "the writer is still there");
          return store.save(id, rollout);
        },
      };
      await assertRejects(
        () =>
          inHome(server, homes[0]!, watched, threadId, async (codex) => {
            await (await codex.threadResume(threadId)).run("question");
            writer = codex.pid!;
            assertEquals((await store.load(threadId))!.version, before);
            throw new Error("the worker's own");
          }),
        Error,
        "the worker's own",
      );
      const saved = await store.load(threadId);
      assertEquals(saved!.version, before + 1);
      assertEquals(new TextDecoder().decode(saved!.data), readFileSync(fileOf(homes[0]!, threadId), "utf8"));
    });
  });

  test("[D3] a copy that went on and was never saved is kept, and its turn is not given twice (real)", async () => {
    await machines(async (server, homes, store) => {
      const threadId = await begin(server, homes[0]!, store);
      const lost: RolloutStore = { load: (id) => store.load(id), save: () => Promise.reject(new Error("no network")) };
      const job = { threadId, key: "job", input: "question" };
      server.model.reply("answer");
      const run = (kept: RolloutStore) => inHome(server, homes[0]!, kept, threadId, (codex) => durableTurn(codex, job));
      await assertRejects(() => run(lost), Error, "no network");
      assertEquals((await run(store)).how, "found");
      assertEquals((await inHome(server, homes[1]!, store, threadId, (codex) => durableTurn(codex, job))).how, "found");
    });
  });

  test("[D3] of two workers with one thread the second is told, and its copy is set aside, not lost (real)", async () => {
    await machines(async (server, homes, store) => {
      const threadId = await begin(server, homes[0]!, store);
      const gate = server.model.gate();
      server.model.when("slow").reply(message([gate, "slow answer"]));
      server.model.when("fast").reply("fast answer");
      server.model.when("next").reply("next answer");
      const run = (home: string, input: string) =>
        inHome(server, home, store, threadId, (codex) => durableTurn(codex, { threadId, key: input, input }));
      const slow = run(homes[0]!, "slow");
      await gate.reached;
      await run(homes[1]!, "fast");
      gate.release();
      const error = await assertRejects(() => slow, RolloutConflictError);
      assertEquals(error.threadId, threadId);
      const own = readFileSync(fileOf(homes[0]!, threadId), "utf8");
      assert(own.includes("slow answer"));
      await run(homes[0]!, "next");
      assertEquals(said(server), ["fast", "next"]);
      const [aside] = readdirSync(join(homes[0]!, "diverged"));
      assertEquals(readFileSync(join(homes[0]!, "diverged", aside!), "utf8"), own);
    });
  });

  test("[D3] an older copy in a home gives way, and one from nowhere of a hostile store is refused (real)", async () => {
    await machines(async (server, homes, store) => {
      const threadId = await begin(server, homes[0]!, store);
      server.model.reply("answer");
      await inHome(
        server,
        homes[1]!,
        store,
        threadId,
        (codex) => durableTurn(codex, { threadId, key: "a", input: "b" }),
      );
      await inHome(server, homes[0]!, store, threadId, () => Promise.resolve());
      assertEquals(readFileSync(fileOf(homes[0]!, threadId)), readFileSync(fileOf(homes[1]!, threadId)));
      const hostile: RolloutStore = {
        load: async (id) => ({ ...(await store.load(id))!, path: "../../config.toml" }),
        save: () => Promise.resolve(),
      };
      const config = readFileSync(join(homes[2]!, "config.toml"), "utf8");
      await assertRejects(
        () => inHome(server, homes[2]!, hostile, threadId, () => Promise.resolve()),
        TypeError,
        "lies at",
      );
      assertEquals(readFileSync(join(homes[2]!, "config.toml"), "utf8"), config);
      // A torn last line is what a machine leaves that lost its power; the server reads what is whole.
      appendFileSync(fileOf(homes[0]!, threadId), '{"timestamp":"2026');
      server.model.reply("after the crash");
      const { turn } = await inHome(
        server,
        homes[0]!,
        store,
        threadId,
        (codex) => durableTurn(codex, { threadId, key: "c", input: "d" }),
      );
      assertEquals(finalResponse(turn), "after the crash");
    });
  });
});
