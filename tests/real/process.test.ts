import { assert, assertEquals, assertRejects } from "@std/assert";
import { type ChildProcess, spawn } from "node:child_process";
import process from "node:process";
import { describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { codexHome, command, type ModelListener, ScriptedModel } from "@codex-app-server/sdk/testing";
import { Codex, finalResponse, TransportClosedError } from "@codex-app-server/sdk";
import { isRunning, type Listed, processesWith, selfCommand, selfEnv, waitUntilGone } from "../runtime/self.ts";

const POSIX = process.platform !== "win32";

/** How long after the end of its host a server may still be seen. */
const GONE_WITHIN_MS = 2_000;

interface Setting {
  readonly model: ScriptedModel;
  readonly env: Readonly<Record<string, string>>;
  /** Stands in the command lines of the server and of the command that the agent runs; also a number of seconds. */
  readonly mark: string;
}

async function setting(body: (setting: Setting) => Promise<void>): Promise<void> {
  const model = new ScriptedModel();
  await using listener: ModelListener = await model.listen();
  await using home = await codexHome({ modelUrl: listener.url, sandboxMode: "danger-full-access" });
  await body({ model, env: home.env, mark: `1000.${String(Math.random()).slice(2)}` });
}

interface Host {
  readonly child: ChildProcess;
  readonly ended: Promise<number | null>;
  text(): string;
}

function startHost(mode: string, { env, mark }: Setting): Host {
  const [file, ...args] = selfCommand("real/host_program", mode, mark);
  const child = spawn(file, args, { env: { ...selfEnv(), ...env }, stdio: ["ignore", "pipe", "inherit"] });
  let text = "";
  child.stdout!.setEncoding("utf8").on("data", (chunk: string) => text += chunk);
  const ended = new Promise<number | null>((resolve) => child.on("close", resolve));
  return { child, ended, text: () => text };
}

/** Waits until the server (and the agent's command, if asked) runs; gives all processes with the mark but the host. */
async function seen(mark: string, wanted: readonly RegExp[], host?: number): Promise<Listed[]> {
  for (;;) {
    const found = processesWith(mark).filter(({ pid }) => pid !== host);
    if (wanted.every((each) => found.some(({ command }) => each.test(command)))) return found;
    await delay(20);
  }
}

const SERVER = /app-server/;
const COMMAND = /^sleep /;

describe("processes (real)", { skip: !POSIX && "they are looked up by ps" }, () => {
  if (!POSIX) return;

  test("[L7] (real) the host is killed: the server is gone within 2 s", async () => {
    await setting(async (setting) => {
      const host = startHost("stays", setting);
      const processes = await seen(setting.mark, [SERVER], host.child.pid);
      host.child.kill("SIGKILL");
      await host.ended;
      for (const { pid } of processes) await waitUntilGone(pid, GONE_WITHIN_MS);
    });
  });

  test("[L7] (real) the host is killed in a turn: the server and the agent's command are gone within 2 s", async () => {
    await setting(async (setting) => {
      setting.model.reply(command(`sleep ${setting.mark}; echo never`));
      const host = startHost("turn", setting);
      const processes = await seen(setting.mark, [SERVER, COMMAND], host.child.pid);
      host.child.kill("SIGKILL");
      await host.ended;
      for (const { pid } of processes) await waitUntilGone(pid, GONE_WITHIN_MS);
    });
  });

  test("[L7] (real) an open Codex does not keep a finished program alive", async () => {
    await setting(async (setting) => {
      const host = startHost("idle", setting);
      assertEquals([await host.ended, host.text()], [0, "started\nmain over\n"]);
      for (const { pid } of processesWith(setting.mark)) await waitUntilGone(pid, GONE_WITHIN_MS);
    });
  });

  test("[L7] (real) a running turn does, until it is over", async () => {
    await setting(async (setting) => {
      setting.model.reply(command("sleep 0.3")).reply("turn over");
      const host = startHost("turn", setting);
      assertEquals([await host.ended, host.text()], [0, "started\nmain over\nturn over\n"]);
      for (const { pid } of processesWith(setting.mark)) await waitUntilGone(pid, GONE_WITHIN_MS);
    });
  });

  test("[L5] (real) close in a turn takes the agent's command along", async () => {
    await setting(async ({ model, env, mark }) => {
      model.reply(command(`sleep ${mark}; echo never`));
      const codex = await Codex.start({ env, configOverrides: [`test_mark="${mark}"`] });
      const thread = await codex.threadStart();
      const turn = thread.run("go").catch((error: unknown) => error);
      const processes = await seen(mark, [SERVER, COMMAND]);
      await codex.close();
      const { exit } = await codex.closed;
      assertEquals(exit, { code: 0, signal: null });
      for (const { pid } of processes) await waitUntilGone(pid);
      assert(await turn instanceof Error);
    });
  });

  test("[L5] (real) a server that does not react is killed, and the agent's command with it", async () => {
    await setting(async ({ model, env, mark }) => {
      model.reply(command(`sleep ${mark}; echo never`));
      const limits = { closeGraceMs: 100 };
      const codex = await Codex.start({ env, configOverrides: [`test_mark="${mark}"`], limits });
      const thread = await codex.threadStart();
      thread.run("go").catch(() => {});
      const processes = await seen(mark, [SERVER, COMMAND]);
      const server = processes.find(({ command }) => SERVER.test(command))!;
      process.kill(server.pid, "SIGSTOP");
      assert(isRunning(server.pid));
      await codex.close();
      const { exit } = await codex.closed;
      assertEquals(exit, { code: null, signal: "SIGKILL" });
      for (const { pid } of processes) await waitUntilGone(pid);
    });
  });

  test("[T11] (real) a server that is stopped and never goes on is given up; its thread goes on in a new one", async () => {
    await setting(async ({ model, env, mark }) => {
      model.reply(command(`sleep ${mark}; echo never`)).always(() => ["after"]);
      const limits = { closeGraceMs: 100, silenceMs: 100, requestTimeoutMs: 3000 };
      const options = { configOverrides: [`test_mark="${mark}"`], limits, reconnect: true, maxConcurrentTurns: 1 };
      await using codex = new Codex({ env, ...options });
      const starts = () => codex.threadStart({}, { timeoutMs: 60_000 });
      const [thread, other] = [await starts(), await starts()];
      const turn = await thread.turn("go");
      const stream = turn.stream();
      const ends = (async () => {
        for await (const { method } of stream) assert(method !== "turn/completed");
      })();
      const waiting = other.run("waits for its place").catch((error: unknown) => error);
      const processes = await seen(mark, [SERVER, COMMAND]);
      process.kill(codex.pid!, "SIGSTOP");
      for (const waits of [() => turn.run(), () => ends]) {
        const error = await assertRejects(waits, TransportClosedError, "The server answers no more");
        assert(error.cause instanceof Error);
        assertEquals(error.exit, { code: null, signal: "SIGKILL" });
      }
      for (const { pid } of processes) await waitUntilGone(pid);
      assertEquals(finalResponse(await thread.run("again", { timeoutMs: 60_000 })), "after");
      assert(await waiting instanceof Error, "a thread without a turn is in no new server");
    });
  });
});
