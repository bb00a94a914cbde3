import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { describe, test } from "node:test";
import { finalResponse, StartError } from "@codex-app-server/sdk";
import {
  type AppServer,
  assertMatches,
  assertNotifications,
  command,
  message,
  startAppServer,
  withAppServer,
} from "@codex-app-server/sdk/testing";
import { sleep } from "../../src/util/timer.ts";

function gone(...servers: readonly (AppServer | undefined)[]): void {
  for (const server of servers) assertEquals([existsSync(server!.home), existsSync(server!.workspace)], [false, false]);
}

describe("withAppServer (real)", () => {
  test("(real) a turn that runs a command in the workspace", async () => {
    let kept: AppServer | undefined;
    const text = await withAppServer(
      { sandboxMode: "danger-full-access", files: { "in/todo.txt": "tea" } },
      async (server) => {
        kept = server;
        server.model.reply(command("cat in/todo.txt > copy.txt; cat copy.txt"))
          .reply((request) => [`It says ${request.commandOutput()}.`]);
        const thread = await server.codex.threadStart();
        const turn = await thread.run("What is to do?");
        assertMatches(turn, {
          status: "completed",
          items: [{ type: "userMessage" }, { type: "commandExecution", exitCode: 0 }, { type: "agentMessage" }],
        });
        assertEquals(await readFile(join(server.workspace, "copy.txt"), "utf8"), "tea");
        return finalResponse(turn);
      },
    );
    assertEquals(text, "It says tea.");
    gone(kept);
  });

  test("(real) steer and interrupt at a gate, without a sleep", async () => {
    await withAppServer(async ({ codex, model }) => {
      const gate = model.gate();
      model.reply(message(["first ", gate, "never"])).reply(message(["second ", gate, "never"]));
      const thread = await codex.threadStart();
      const turn = await thread.turn("go");
      await gate.reached;
      await turn.steer("the other way");
      await model.waitForRequests(2);
      assertEquals(model.requests[1]?.lastUserText, "the other way");
      const seen = [];
      await turn.interrupt();
      for await (const each of turn.stream()) seen.push(each);
      assertNotifications(seen, [{ method: "turn/completed", params: { turn: { status: "interrupted" } } }]);
    });
  });

  test("(real) a failing test removes everything, and its own error comes through", async () => {
    let kept: AppServer | undefined;
    const error = new Error("the test's own");
    const found = await assertRejects(() =>
      withAppServer(async (server) => {
        kept = server;
        const gate = server.model.gate();
        server.model.reply(message(["held", gate]));
        const thread = await server.codex.threadStart();
        await thread.turn("hi");
        await gate.reached;
        throw error;
      })
    );
    assertEquals(found, error);
    gone(kept);
  });

  test("(real) an incomplete script fails a test that would pass, and explains one that fails", async () => {
    const forget = async ({ codex }: AppServer) => {
      const thread = await codex.threadStart();
      return await thread.run("forgotten");
    };
    const silent = await assertRejects(() => withAppServer(forget), Error);
    assertStringIncludes(silent.message, '1 unscripted request(s); add a reply() for each:\n  for "forgotten"');
    const loud = await assertRejects(() =>
      withAppServer(async (server) => {
        finalResponse(await forget(server));
      }), Error);
    assertStringIncludes(loud.message, 'for "forgotten"');
    assert(loud.cause instanceof Error);
    assertEquals((await withAppServer({ allowUnscripted: true }, forget)).status, "failed");
  });

  test("(real) a signal ends the test, whatever it waits for", async () => {
    const stop = new AbortController();
    const reason = new Error("enough");
    let kept: AppServer | undefined;
    const found = await assertRejects(() =>
      withAppServer({ signal: stop.signal }, async (server) => {
        kept = server;
        queueMicrotask(() => stop.abort(reason));
        await new Promise<never>(() => {});
      })
    );
    assertEquals(found, reason);
    gone(kept);
    await assertRejects(() => startAppServer({ signal: stop.signal }), Error, "enough");
  });

  test("(real) a server that does not start says why", async () => {
    const codex = { configOverrides: ['model_provider="nowhere"'] };
    const error = await assertRejects(() => startAppServer({ codex }), StartError);
    assertStringIncludes(error.message, "Model provider `nowhere` not found");
  });

  test("a start that fails leaves nothing", async () => {
    if (process.platform === "win32") return;
    const launchArgsOverride = ["/bin/sh", "-c", 'echo "$CODEX_HOME" "$PWD" >&2; exit 3'];
    const error = await assertRejects(() => startAppServer({ codex: { launchArgsOverride } }), StartError);
    const [home = "", workspace = ""] = error.stderrTail.trim().split(" ");
    assert(home.includes("codex-home-") && workspace.includes("codex-workspace-"), error.stderrTail);
    assertEquals([existsSync(home), existsSync(workspace)], [false, false]);
  });

  test("(real) startAppServer: `await using` closes and verifies; closing twice is fine", async () => {
    let kept: AppServer;
    {
      await using server = await startAppServer();
      kept = server;
      server.model.reply("Hello.");
      const thread = await server.codex.threadStart();
      assertEquals(finalResponse(await thread.run("hi")), "Hello.");
      await server.close();
    }
    gone(kept);
  });

  test("(real) the server does not ask GitHub for plugins, unless that feature is switched on", async () => {
    /** What it takes before it asks. */
    const lock = ({ home }: AppServer) => existsSync(join(home, ".tmp/plugins.sync.lock"));
    await withAppServer(async (server) => {
      server.model.reply("ok");
      await (await server.codex.threadStart()).run("hi");
      assertEquals(lock(server), false);
    });
    const codex = { env: { HTTPS_PROXY: "http://127.0.0.1:9" } };
    await withAppServer({ codex, features: { plugins: true } }, async (server) => {
      const end = Date.now() + 20_000;
      while (!lock(server) && Date.now() < end) await sleep(20);
      assertEquals(lock(server), true);
    });
  });

  test("(real) eight servers at once do not know each other", async () => {
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, index) =>
        withAppServer(async ({ codex, model }) => {
          model.reply(`answer ${index}`);
          const thread = await codex.threadStart();
          return finalResponse(await thread.run("same question"));
        })),
    );
    assertEquals(answers, Array.from({ length: 8 }, (_, index) => `answer ${index}`));
  });
});
