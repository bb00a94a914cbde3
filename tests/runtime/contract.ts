import { assert, assertEquals, assertLess, assertRejects } from "@std/assert";
import { chmod, realpath, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import process from "node:process";
import type { Child, Spawn } from "../../src/runtime/child.ts";
import { makeTempDir } from "../../src/runtime/temp_dir.ts";
import { isRunning, selfCommand, selfEnv, waitUntilGone } from "./self.ts";

const MIB = 2 ** 20;

/** Windows has neither process groups nor the signals that these tests use. Bun ignores `skip`, hence the returns. */
const POSIX = process.platform !== "win32";

/** What every adapter promises, whatever it is made of. */
export function spawnContract(name: string, spawn: Spawn): void {
  const start = (...args: readonly string[]): Promise<Child> => {
    const [command, ...rest] = selfCommand("runtime/fault_child", ...args);
    return spawn({ command, args: rest, env: selfEnv() });
  };

  describe(`spawn by ${name}`, () => {
    test("bytes go in and come out; the end of stdin ends the child", async () => {
      const child = await start("echo");
      const writer = child.stdin.getWriter();
      await writer.write(bytes("one\n"));
      await writer.write(bytes("two\u2028\n"));
      await writer.close();
      const [stdout, stderr, exit] = await Promise.all([text(child.stdout), text(child.stderr), child.exited]);
      assertEquals([stdout, stderr, exit], ["one\ntwo\u2028\n", "", { code: 0, signal: null }]);
    });

    test("exit codes and signals are told apart", async () => {
      assertEquals(await settled(await start("exit", "0")), { code: 0, signal: null });
      assertEquals(await settled(await start("exit", "137")), { code: 137, signal: null });
      assertEquals(await settled(await start("die", "SIGKILL")), { code: null, signal: "SIGKILL" });
      assertEquals(await settled(await start("die", "SIGTERM")), { code: null, signal: "SIGTERM" });
    });

    test("what is printed last is not lost, however late it is read", async () => {
      const child = await start("last_words", String(60_000));
      assertEquals(await child.exited, { code: 3, signal: null });
      assertEquals((await text(child.stdout)).length, 60_000);
      assertEquals(await text(child.stderr), "");
    });

    test("100 MB of stderr and a line of 1 MB pass through", async () => {
      const child = await start("flood", String(100 * MIB), String(MIB));
      let count = 0;
      for await (const chunk of child.stderr) count += chunk.length;
      assertEquals([count, await text(child.stdout)], [100 * MIB, "done\n"]);
      assertEquals(await settled(child), { code: 0, signal: null });
    });

    test("a write waits for the child to read; 64 MB reach a slow reader", async () => {
      const child = await start("slow_reader");
      const stdout = child.stdout.getReader();
      assertEquals(await line(stdout), "ready\n");
      const writer = child.stdin.getWriter();
      let done = 0;
      const writing = (async () => {
        for (let n = 0; n < 64; n++) {
          await writer.write(new Uint8Array(MIB));
          done++;
        }
        await writer.close();
      })();
      for (let n = 0; n < 3; n++) {
        assertEquals(done, 0);
        process.kill(child.pid, "SIGUSR2");
        assertEquals(await line(stdout), ".");
      }
      await writing;
      assertEquals(await line(stdout), `${64 * MIB}\n`);
      stdout.releaseLock();
      assertEquals(await settled(child), { code: 0, signal: null });
    });

    test("what nobody reads waits in the child, and nothing of it is lost", async () => {
      const child = await start("pour", "4096");
      const stdout = child.stdout.getReader();
      let poured = 0;
      const progress = (async () => {
        for await (const chunk of child.stderr) poured += chunk.length;
      })();
      // Until it goes no further. If nothing stopped it, it would go on to the end.
      for (let before = -1; poured === 0 || poured !== before;) {
        before = poured;
        await delay(100);
      }
      assertLess(poured, 1024);
      stdout.releaseLock();
      let count = 0;
      for await (const chunk of child.stdout) count += chunk.length;
      await progress;
      assertEquals([count, poured], [64 * MIB, 4096]);
      assertEquals(await settled(child), { code: 0, signal: null });
    });

    test("a write to a dead child rejects, also one that was waiting", async () => {
      const child = await start("slow_reader");
      const stdout = child.stdout.getReader();
      await line(stdout);
      const writer = child.stdin.getWriter();
      const waiting = assertRejects(() => writer.write(new Uint8Array(MIB)));
      child.kill("SIGKILL");
      await child.exited;
      await waiting;
      await assertRejects(() => writer.write(bytes("late\n")));
      stdout.releaseLock();
      assertEquals(await settled(child), { code: null, signal: "SIGKILL" });
    });

    test("a write to a child that has closed its stdin rejects", { skip: !POSIX }, async () => {
      if (!POSIX) return;
      // A shell, since not every runtime can close its own stdin.
      const child = await spawn({
        command: "/bin/sh",
        args: ["-c", "exec 0<&-; echo ready; exec sleep 1000"],
        env: selfEnv(),
      });
      const stdout = child.stdout.getReader();
      await line(stdout);
      const writer = child.stdin.getWriter();
      await assertRejects(async () => {
        for (;;) await writer.write(new Uint8Array(MIB));
      });
      child.kill("SIGKILL");
      stdout.releaseLock();
      await settled(child);
    });

    for (const [behaviour, words] of [["parent", "whole group"], ["parent_of_escaped", "descendants elsewhere"]]) {
      test(`SIGKILL takes the ${words}, and a dead child is no error`, { skip: !POSIX }, async () => {
        if (!POSIX) return;
        const child = await start(behaviour!);
        const stdout = child.stdout.getReader();
        const grandchild = Number(await line(stdout));
        assert(isRunning(grandchild));
        child.kill("SIGKILL");
        assertEquals(await child.exited, { code: null, signal: "SIGKILL" });
        await waitUntilGone(grandchild);
        child.kill("SIGKILL");
        child.kill("SIGTERM");
        stdout.releaseLock();
        await settled(child);
      });
    }

    test("a child can be held and let go at any moment of its end", async () => {
      for (let n = 0; n < 30; n++) {
        const child = await spawn({ command: process.execPath, args: ["--version"], env: selfEnv() });
        let over = false;
        const read = Promise.all([child.stdout, child.stderr].map(text));
        const end = Promise.all([read, child.exited]).finally(() => over = true);
        while (!over) {
          child.ref();
          child.unref();
          child.ref();
          await delay(0);
        }
        await end;
        await child.stdin.abort().catch(() => {});
      }
    });

    test("cancelling the pipes lets go of a grandchild that holds them", async () => {
      const child = await start("abandons");
      const stdout = child.stdout.getReader();
      const stderr = child.stderr.getReader();
      const grandchild = Number(await line(stdout));
      try {
        assertEquals(await child.exited, { code: 0, signal: null });
        const reads = [stdout.read(), stderr.read()];
        await Promise.all([stdout.cancel(), stderr.cancel()]);
        for (const read of reads) assertEquals((await read).done, true);
      } finally {
        process.kill(grandchild, "SIGKILL");
      }
    });

    test("the child sees its folder, its arguments as they are, and no variable beside those given", async () => {
      const folder = await makeTempDir("codex-spawn-");
      try {
        const argv = ["a b", "", `"quoted" \\ $HOME`, "é\n"];
        const [command, ...args] = selfCommand("runtime/fault_child", "surroundings", ...argv);
        const env = { ...selfEnv(), MARK: "x=y" };
        process.env["CODEX_SDK_NOT_GIVEN"] = "1";
        const child = await spawn({ command, args, cwd: folder.path, env });
        const seen = JSON.parse(await text(child.stdout));
        assertEquals([await realpath(seen.cwd), seen.argv, seen.env.MARK], [folder.path, argv, "x=y"]);
        assertEquals(seen.env.CODEX_SDK_NOT_GIVEN, undefined);
        await settled(child);
      } finally {
        delete process.env["CODEX_SDK_NOT_GIVEN"];
        await folder.remove();
      }
    });

    test("what cannot be started rejects, and is gone", async () => {
      const folder = await makeTempDir("codex-spawn-");
      try {
        const plain = join(folder.path, "plain");
        await writeFile(plain, "text");
        await chmod(plain, 0o644);
        const env = selfEnv();
        await assertRejects(() => spawn({ command: join(folder.path, "missing"), args: [], env }));
        await assertRejects(() => spawn({ command: plain, args: [], env }));
        await assertRejects(() => spawn({ command: process.execPath, args: [], cwd: join(folder.path, "no"), env }));
      } finally {
        await folder.remove();
      }
    });
  });
}

function bytes(value: string): Uint8Array {
  return new TextEncoder().encode(value);
}

async function text(stream: ReadableStream<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder();
  let result = "";
  for await (const chunk of stream) result += decoder.decode(chunk, { stream: true });
  return result + decoder.decode();
}

/** One chunk as text: the children print whole lines. */
async function line(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<string> {
  return new TextDecoder().decode((await reader.read()).value);
}

/** Reads what is left, so that no pipe stays open, and says how the child ended. */
async function settled(child: Child): Promise<{ code: number | null; signal: string | null }> {
  const exit = await child.exited;
  await Promise.all([child.stdout.cancel(), child.stderr.cancel(), child.stdin.abort().catch(() => {})]);
  return exit;
}
