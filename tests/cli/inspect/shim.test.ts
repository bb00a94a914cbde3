import { type Random, withSeed } from "@codex-app-server/sdk/testing";
import { assert, assertEquals } from "@std/assert";
import { once } from "node:events";
import { mkdir, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { describe, test } from "node:test";
import type { EventLog } from "../../../src/cli/inspect/server/event_log.ts";
import type { WireEvent } from "../../../src/cli/inspect/wire.ts";
import { joined, type Running, saidTo, testShim } from "./shims.ts";

/** Bytes of any kind, lines among them, in chunks of any size. */
function chunksOf(random: Random, count: number): Uint8Array[] {
  return Array.from({ length: count }, () => {
    const size = random.chance(0.1) ? random.below(200_000) : random.below(300);
    return Uint8Array.from({ length: size }, () => random.chance(0.05) ? 10 : random.below(256));
  });
}

async function write({ child }: Running, chunks: readonly Uint8Array[]): Promise<void> {
  for (const chunk of chunks) if (!child.stdin.write(chunk)) await once(child.stdin, "drain");
  child.stdin.end();
}

/** Lines of a stream as they come. */
function linesOf(stream: NodeJS.ReadableStream): () => Promise<string> {
  let rest = "";
  const iterator = stream[Symbol.asyncIterator]();
  return async () => {
    while (!rest.includes("\n")) {
      const { done, value } = await iterator.next();
      if (done === true) return rest;
      rest += typeof value === "string" ? value : new TextDecoder().decode(value);
    }
    const [line = ""] = rest.split("\n", 1);
    rest = rest.slice(line.length + 1);
    return line;
  };
}

/** What was seen of a connection that is about to end, or has. */
async function allOf(log: EventLog, from: number, connection: number): Promise<WireEvent[]> {
  const all: WireEvent[] = [];
  for await (const { events, next } of log.batches(from, AbortSignal.timeout(60_000))) {
    all.push(...events);
    if (log.connections[connection]?.ended !== null && from + all.length === next) break;
  }
  return all;
}

const isWindows = process.platform === "win32" && "the shim is for Linux and macOS";

describe("the shim of inspect", { skip: isWindows }, () => {
  test("[C3] any bytes in any chunks pass unchanged, both ways, and the inspector sees each of them once", async () => {
    await withSeed(async (random) => {
      await using shim = await testShim();
      for (let session = 0; session < 3; session++) {
        const from = shim.log.next;
        const chunks = chunksOf(random, 40);
        const running = shim.start(["app-server", "echo"]);
        const [output, { code }] = await Promise.all([running.output, running.ended, write(running, chunks)]);
        const sent = joined(chunks);
        assertEquals(code, 0);
        assertEquals(output.length, sent.length);
        assert(output.every((byte, at) => byte === sent[at]), "a byte has changed");
        const seen = { in: "", out: "" };
        for (const { d, l } of await allOf(shim.log, from, session)) if (d === "in" || d === "out") seen[d] += `${l}\n`;
        const text = new TextDecoder().decode(sent);
        const lines = text.endsWith("\n") ? text : `${text}\n`;
        assert(seen.out === lines, "what was seen of the client is something else");
        assert(seen.in === lines, "what was seen of the server is something else");
      }
    });
  });

  test("[C3] who is not read is not read ahead of; the other direction goes on all the while", async () => {
    await using shim = await testShim();
    const { child, ended } = shim.start(["app-server", "flood"]);
    child.stdout.pause();
    const count = linesOf(child.stderr);
    let [last, times] = [-1, 0];
    // It has come to rest when it has said the same a hundred times.
    while (times < 100) {
      child.stdin.write("how many?\n");
      const line = await count();
      assert(line !== "", "the server has ended");
      const sent = Number(line);
      times = sent === last ? times + 1 : 0;
      last = sent;
    }
    assert(last < 4_000_000, `${last} bytes have left, although nobody reads`);
    child.stdout.resume();
    child.stdin.end();
    assertEquals(await ended, { code: 0, signal: null });
  });

  test("[C3] it ends as the server does: exit codes, signals, and the last words first", async () => {
    await using shim = await testShim();
    for (const code of [0, 3, 70]) {
      const running = shim.start(["app-server", "code", String(code)]);
      assertEquals(await running.ended, { code, signal: null });
      assertEquals(new TextDecoder().decode(await running.output), "last words");
    }
    for (const signal of ["SIGKILL", "SIGTERM"]) {
      assertEquals(await shim.start(["app-server", "kill", signal]).ended, { code: null, signal });
    }
    const deaf = shim.start(["app-server", "deaf"]);
    await once(deaf.child.stdout, "data");
    process.kill(deaf.child.pid!, "SIGUSR2");
    assertEquals(await deaf.ended, { code: 5, signal: null });
  });

  test("[C3] a signal reaches the server, once", async () => {
    await using shim = await testShim();
    for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) {
      const { child, ended } = shim.start(["app-server", "count", signal]);
      const line = linesOf(child.stdout);
      assertEquals(await line(), "ready");
      process.kill(child.pid!, signal);
      assertEquals(await line(), "1");
      child.stdin.end();
      assertEquals(await line(), "end");
      assertEquals(await ended, { code: 0, signal: null });
    }
  });

  test("[C3] an inspector that is gone, or takes nothing, holds nobody up", async () => {
    const chunks = Array.from({ length: 700 }, () => new Uint8Array(65_536).fill(97));
    await using gone = await testShim();
    const first = gone.start(["app-server", "echo"]);
    first.child.stdin.write("begin\n");
    await once(first.child.stdout, "data");
    gone.loseInspector();
    await write(first, chunks.slice(0, 20));
    assertEquals((await first.output).length, 6 + 20 * 65_536);
    const second = gone.start(["app-server", "echo"]);
    await write(second, chunks.slice(0, 20));
    assertEquals((await second.output).length, 20 * 65_536);
    assertEquals((await second.ended).code, 0);

    // More than may wait for it, and nothing is ever taken.
    await using deaf = await testShim((socket) => void socket.pause());
    const third = deaf.start(["app-server", "echo"]);
    await write(third, chunks);
    assertEquals((await third.output).length, 700 * 65_536);
    assertEquals((await third.ended).code, 0);
  });

  test("[C3] what is no app-server is started as it is", async () => {
    await using shim = await testShim();
    const { output, ended } = shim.start(["environment", "--version"]);
    assertEquals((await ended).code, 0);
    assertEquals(JSON.parse(new TextDecoder().decode(await output)).args, ["environment", "--version"]);
    assertEquals(shim.log.connections, []);
  });

  test("[C3] arguments, folder and environment are those that the client gave", async () => {
    await using shim = await testShim();
    const cwd = join(tmpdir(), `inspect where "it" is — ${process.pid}`);
    await mkdir(cwd);
    try {
      const args = ["--config", `a="b 'c' $d\n\`e\`"`, "app-server", "environment", "", "é"];
      const own = { A: "a\nb", "E'": `'"$x`, NODE_OPTIONS: "--no-warnings", OLDPWD: "/somewhere" };
      const path = `${shim.folder.path}:${process.env["PATH"]}`;
      const told = async (program: string, env: Record<string, string>) => {
        const running = shim.start(args, { program, cwd, env: { ...own, ...env } });
        assertEquals((await running.ended).code, 0);
        return JSON.parse(new TextDecoder().decode(await running.output));
      };
      const seen = await told(shim.folder.program, { CODEX_BIN: shim.folder.program, PATH: path });
      const expected = await told(shim.codex, {});
      // Of the shells between: what they were called by.
      for (const { env } of [seen, expected]) for (const name of ["_", "PWD", "SHLVL", "OLDPWD"]) delete env[name];
      assertEquals(seen, expected);
    } finally {
      await rm(cwd, { recursive: true });
    }
  });

  test("[C3] nobody else may look at its folder, or speak at its port", async () => {
    await using shim = await testShim();
    assertEquals((await stat(shim.folder.path)).mode & 0o777, 0o700);
    for (const name of await readdir(shim.folder.path)) {
      assertEquals((await stat(join(shim.folder.path, name))).mode & 0o077, 0, name);
    }
    assertEquals(await saidTo(shim.port, "x".repeat(1000)), "");
    assertEquals(shim.log.connections, []);
  });
});
