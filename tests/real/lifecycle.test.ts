import { Codex, CodexNotFoundError, StartError, TransportClosedError } from "@codex-app-server/sdk";
import { codexHome, command, withAppServer } from "@codex-app-server/sdk/testing";
import { assert, assertEquals, assertMatch, assertRejects, assertStrictEquals } from "@std/assert";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { collect } from "../client/scripted.ts";
import { processesLeft, processesWith, seesProcesses } from "./processes.ts";

/** A home without a model, for tests that run no turn. */
const emptyHome = (toml?: string) => codexHome({ modelUrl: "http://127.0.0.1:9/v1", ...(toml && { toml }) });

async function withTempDir(body: (dir: string) => Promise<void>): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), "codex-sdk-"));
  try {
    await body(dir);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

describe("start and stop (real)", () => {
  test("[L1] ten concurrent first calls start one process, and close() leaves none", async () => {
    await using home = await emptyHome();
    const codex = new Codex({ env: home.env });
    if (seesProcesses) assertEquals(await processesWith(home.path), []);
    const all = await Promise.all(Array.from({ length: 10 }, () => codex.models()));
    assert(all.every(({ data }) => data.length > 0));
    if (seesProcesses) assertEquals((await processesWith(home.path)).length, 1);
    await codex.close();
    if (seesProcesses) assertEquals(await processesWith(home.path), []);
    assertEquals((await codex.closed).exit, { code: 0, signal: null });
  });

  test("[L2] [L3] a bad configuration is a StartError with exit code and stderr; mended, the same Codex starts", async () => {
    await using home = await emptyHome();
    const config = join(home.path, "config.toml");
    await writeFile(config, 'approval_policy = "untrusted"\n');
    await using codex = new Codex({ env: home.env });
    const results = await Promise.allSettled([codex.models(), codex.threadStart(), codex.account()]);
    const reasons = results.map((result) => result.status === "rejected" ? result.reason : undefined);
    const [error] = reasons;
    assert(error instanceof StartError, String(error));
    for (const reason of reasons) assertStrictEquals(reason, error);
    assertEquals(error.exit?.code, 1);
    assertMatch(error.message, /codex(?:\.exe)?\) ended with exit code 1 before it answered .*\n.*no longer supported/);
    assert(error.stderrTail.includes("no longer supported"), error.stderrTail);
    if (seesProcesses) assertEquals(await processesWith(home.path), []);
    await writeFile(config, "");
    assert((await codex.models()).data.length > 0);
  });

  test("a configuration that the server passes over is told as a diagnostic", async () => {
    await using home = await emptyHome();
    await writeFile(join(home.path, "config.toml"), "model = [\n");
    const warnings: string[] = [];
    await using codex = new Codex({
      env: home.env,
      onDiagnostic: (diagnostic) => diagnostic.type === "config-warning" && warnings.push(diagnostic.summary),
    });
    const next = codex.notifications("configWarning").next();
    await codex.models();
    await next;
    assert(warnings.some((summary) => summary.includes("Invalid configuration")), JSON.stringify(warnings));
  });

  test("[L3] a binary that is missing, a folder, or not runnable is a typed error that names it", async () => {
    await withTempDir(async (dir) => {
      const missing = join(dir, "no-codex-here");
      const notFound = await assertRejects(() => Codex.start({ codexBin: missing }), CodexNotFoundError, missing);
      assertEquals(notFound.code, "CODEX_NOT_FOUND");
      await assertRejects(() => Codex.start({ codexBin: dir }), Error, dir);
      const plain = join(dir, "plain.txt");
      await writeFile(plain, "not a program");
      await assertRejects(() => Codex.start({ codexBin: plain }), Error, plain);
      await chmod(plain, 0o755);
      const wrong = await Codex.start({ codexBin: plain }).catch((error) => error);
      assert(wrong instanceof StartError || wrong instanceof CodexNotFoundError, String(wrong));
      assert(wrong.message.includes(plain), wrong.message);
    });
  });

  test("[L3] a CODEX_BIN or a working directory that does not exist is named", async () => {
    await withTempDir(async (dir) => {
      const cwd = join(dir, "nowhere");
      await assertRejects(() => Codex.start({ cwd }), StartError, cwd);
      const program = join(dir, "no-program");
      await assertRejects(() => Codex.start({ launchArgsOverride: [program] }), StartError, program);
      await assertRejects(() => Codex.start({ launchArgsOverride: [] }), TypeError, "launchArgsOverride");
    });
  });

  test("[L4] abort at any moment of the start: its reason, and no process is left", async () => {
    await using home = await emptyHome();
    const reason = new Error("quit");
    for (const delayMs of [0, 1, 5, 20, 60, 150]) {
      const controller = new AbortController();
      const starting = Codex.start({ env: home.env, signal: controller.signal });
      setTimeout(() => controller.abort(reason), delayMs);
      const outcome = await starting.catch((error) => error);
      if (outcome instanceof Codex) {
        const { error } = await outcome.closed;
        assertStrictEquals(error.cause, reason);
      } else assertStrictEquals(outcome, reason);
      if (seesProcesses) assertEquals(await processesLeft(home.path), [], `aborted after ${delayMs} ms`);
    }
  });

  test("[L4] a call's signal that aborts the only start ends the process; a later call starts another", async () => {
    await using home = await emptyHome();
    await using codex = new Codex({ env: home.env });
    const controller = new AbortController();
    const call = codex.models({}, { signal: controller.signal });
    setTimeout(() => controller.abort(new Error("gone")), 5);
    await assertRejects(() => call, Error, "gone");
    assert((await codex.models()).data.length > 0);
    if (seesProcesses) assertEquals((await processesWith(home.path)).length, 1);
  });

  test("[L6] the server is killed while idle: closed says so and every call fails with the same error", async () => {
    if (!seesProcesses) return; // The process is found by its environment, which only Linux shows.
    await using home = await emptyHome();
    await using codex = await Codex.start({ env: home.env });
    const [pid] = await processesWith(home.path);
    // Somebody has to wait: an idle Codex does not keep the program alive.
    const notifications = collect(codex.notifications());
    process.kill(pid!, "SIGKILL");
    await assertRejects(() => notifications, TransportClosedError, "SIGKILL");
    const { reason, exit, error } = await codex.closed;
    assertEquals([reason, exit], ["lost", { code: null, signal: "SIGKILL" }]);
    assertStrictEquals(await codex.models().catch((thrown) => thrown), error);
    await assertRejects(() => codex.threadStart(), TransportClosedError, "SIGKILL");
  });

  test("[L8] await using ends the server", async () => {
    await using home = await emptyHome();
    {
      await using codex = await Codex.start({ env: home.env });
      assert(codex.metadata.userAgent.length > 0);
    }
    if (seesProcesses) assertEquals(await processesWith(home.path), []);
  });

  test("[L5] close() while a turn runs and a command of the agent sleeps: all of it goes", async () => {
    await withAppServer({ sandboxMode: "danger-full-access" }, async ({ codex, model, home }) => {
      model.reply(command("echo started; sleep 600"));
      const thread = await codex.threadStart();
      const handle = await thread.turn("sleep");
      for await (const event of handle) if (event.method === "item/started" && isCommand(event.params.item)) break;
      const run = handle.run();
      await Promise.all([codex.close(), assertRejects(() => run, TransportClosedError)]);
      if (seesProcesses) assertEquals(await processesLeft(home), []);
    });
  });
});

function isCommand(item: { readonly type: string }): boolean {
  return item.type === "commandExecution";
}
