import { assertEquals, assertMatch } from "@std/assert";
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { codexHome, command, Gate, ScriptedModel } from "@codex-app-server/sdk/testing";
import { Codex } from "@codex-app-server/sdk/codex-sdk";
import { type Listed, processesWith, selfCommand, selfEnv, waitUntilGone } from "../runtime/self.ts";

const POSIX = process.platform !== "win32";
const SERVER = /app-server/;
const COMMAND = /^sleep /;

interface Setting {
  readonly model: ScriptedModel;
  readonly env: Readonly<Record<string, string>>;
  readonly workspace: string;
  /** Stands in the command lines of the servers and of the command that the agent runs; also a number of seconds. */
  readonly mark: string;
}

async function setting(body: (setting: Setting) => Promise<void>): Promise<void> {
  const model = new ScriptedModel();
  await using listener = await model.listen();
  await using home = await codexHome({ modelUrl: listener.url, sandboxMode: "danger-full-access" });
  const workspace = mkdtempSync(join(tmpdir(), "codex-sdk-"));
  try {
    await body({ model, env: home.env, workspace, mark: `1000.${String(Math.random()).slice(2)}` });
  } finally {
    rmSync(workspace, { recursive: true, force: true });
  }
}

function startProgram(mode: string, { env, mark, workspace }: Setting) {
  const [file, ...args] = selfCommand("real/codex_sdk_program", mode, mark, workspace);
  const child: ChildProcess = spawn(file, args, {
    env: { ...selfEnv(), ...env },
    stdio: ["ignore", "pipe", "inherit"],
  });
  let text = "";
  const waiting = new Set<() => void>();
  child.stdout!.setEncoding("utf8").on("data", (chunk: string) => {
    text += chunk;
    waiting.forEach((look) => look());
  });
  const ended = new Promise<number | null>((resolve) => child.on("close", resolve));
  return {
    child,
    ended,
    lines: () => text.trim().split("\n"),
    /** Resolves when the program has printed this. */
    printed: (line: string) =>
      new Promise<void>((resolve) => waiting.add(() => text.includes(`${line}\n`) && resolve())),
  };
}

/** Waits until the server, and the agent's command, run; gives all processes with the mark but the program. */
async function seen(mark: string, wanted: readonly RegExp[], program?: number): Promise<Listed[]> {
  for (;;) {
    const found = processesWith(mark).filter(({ pid }) => pid !== program);
    if (wanted.every((each) => found.some(({ command }) => each.test(command)))) return found;
    await delay(20);
  }
}

describe("programs that close nothing (real)", { skip: !POSIX && "they are looked up by ps" }, () => {
  if (!POSIX) return;

  test("[X5] (real) a program ends when its runs are over, and its server with it", () =>
    setting(async (setting) => {
      setting.model.reply("first").reply("second");
      const program = startProgram("runs", setting);
      assertEquals([await program.ended, program.lines()], [0, ["first", "second", "main over"]]);
      for (const { pid } of processesWith(setting.mark)) await waitUntilGone(pid);
    }));

  test("[X5] (real) one that gives a run up while the server starts ends too", () =>
    setting(async (setting) => {
      const program = startProgram("aborts", setting);
      assertEquals([await program.ended, program.lines()], [0, ["AbortError", "main over"]]);
      for (const { pid } of processesWith(setting.mark)) await waitUntilGone(pid);
    }));

  test("[X5] (real) one that lives on keeps no server that nobody uses, however many clients it made", () =>
    setting(async (setting) => {
      setting.model.always(() => ["ok"]);
      const program = startProgram("clients", setting);
      await program.printed("idle");
      for (const { pid } of processesWith(setting.mark)) if (pid !== program.child.pid) await waitUntilGone(pid);
      assertEquals(program.child.exitCode, null);
      program.child.kill("SIGKILL");
      await program.ended;
      assertEquals(program.lines(), ["ok", "ok", "ok", "idle", "main over"]);
    }));

  test("[X5] (real) one that is killed in a turn leaves neither server nor command behind", () =>
    setting(async (setting) => {
      setting.model.reply(command(`sleep ${setting.mark}; echo never`));
      const program = startProgram("endless", setting);
      const processes = await seen(setting.mark, [SERVER, COMMAND], program.child.pid);
      program.child.kill("SIGKILL");
      await program.ended;
      for (const { pid } of processes) await waitUntilGone(pid);
    }));

  for (const way of ["[X4] (real) an abort", "[X2] (real) whoever stops to read"] as const) {
    test(`${way} ends the turn, and the command that the agent runs`, () =>
      setting(async ({ model, env, mark, workspace }) => {
        model.reply(command(`sleep ${mark}; echo never`)).reply("after");
        const client = new Codex({ env: { ...selfEnv(), ...env }, config: { test_mark: mark } });
        const thread = client.startThread({ workingDirectory: workspace, skipGitRepoCheck: true });
        let running: Listed[] = [];
        const begun = async () => {
          // Not before it runs: a command that is ended while its shell is being started may be missed by the server.
          running = (await seen(mark, [SERVER, COMMAND])).filter(({ command }) => COMMAND.test(command));
        };
        if (way.startsWith("[X4]")) {
          const controller = new AbortController();
          const run = thread.run("go", { signal: controller.signal }).catch(({ name }: Error) => name);
          await begun();
          controller.abort();
          assertEquals(await run, "AbortError");
        } else {
          for await (const { type } of (await thread.runStreamed("go")).events) {
            if (type !== "item.started") continue;
            await begun();
            break;
          }
        }
        for (const { pid } of running) await waitUntilGone(pid);
        assertEquals((await thread.run("again")).finalResponse, "after");
        assertEquals(model.requests.length, 2); // the turn that was ended has not asked again
        await client.native.close();
      }));
  }

  test("[X5] (real) a server that dies takes its runs along, and the next run has a new one", () =>
    setting(async ({ model, env, mark, workspace }) => {
      const gate = new Gate();
      model.reply("first").reply(gate, "never").reply("third");
      const client = new Codex({ env: { ...selfEnv(), ...env }, config: { test_mark: mark } });
      const thread = client.startThread({ workingDirectory: workspace, skipGitRepoCheck: true });
      await thread.run("one");
      const { id } = thread;
      const run = thread.run("two").catch(({ message }: Error) => message);
      await gate.reached;
      for (const { pid, command } of processesWith(mark)) if (SERVER.test(command)) process.kill(pid, "SIGKILL");
      assertMatch(String(await run), /SIGKILL|signal|exit/);
      assertEquals([(await thread.run("three")).finalResponse, thread.id], ["third", id]);
      await client.native.close();
    }));
});
