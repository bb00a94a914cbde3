import { assert, assertEquals, assertInstanceOf, assertRejects, assertStringIncludes } from "@std/assert";
import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { describe, test } from "node:test";
import { CodexNotFoundError, StartError } from "../../src/errors.ts";
import { makeTempDir } from "../../src/runtime/temp_dir.ts";
import { openStdio, type StdioOptions } from "../../src/transport/stdio.ts";
import type { Transport } from "../../src/transport/transport.ts";
import { isRunning, processesWith, selfCommand, waitUntilGone } from "../runtime/self.ts";

const MIB = 2 ** 20;
const POSIX = process.platform !== "win32";

function open(args: readonly string[], options: StdioOptions = {}): Promise<Transport> {
  const [behaviour = "", ...rest] = args;
  return openStdio({ launchArgsOverride: selfCommand("runtime/fault_child", behaviour, ...rest), ...options });
}

/** Reads the output as text, up to the first that fits or to the end; what follows stays unread. */
async function readText(transport: Transport, until = (_: string): boolean => false): Promise<string> {
  const reader = transport.readable.getReader();
  let text = "";
  while (!until(text)) {
    const { done, value } = await reader.read();
    if (done) break;
    text += new TextDecoder().decode(value as Uint8Array);
  }
  reader.releaseLock();
  return text;
}

const aLine = (text: string) => text.endsWith("\n");

describe("openStdio", () => {
  test("a line goes in with its newline, and comes out; close ends the server in order", async () => {
    const transport = await open(["echo"]);
    const writer = transport.writable.getWriter();
    await Promise.all([writer.write(`{"a":1}`), writer.write("\u2028é")]);
    assertEquals(await readText(transport, (text) => text.endsWith("é\n")), `{"a":1}\n\u2028é\n`);
    await transport.close();
    assertEquals(await transport.closed, { exit: { code: 0, signal: null }, stderrTail: "" });
    assertEquals(await readText(transport), "");
  });

  test("[L5] close may be called often; every call waits for the end", async () => {
    const transport = await open(["echo"]);
    let over = false;
    transport.closed.then(() => over = true);
    await Promise.all([transport.close(), transport.close()]);
    assert(over);
    await transport.close();
  });

  test("the end of the writable is the end of stdin", async () => {
    const transport = await open(["echo"]);
    const writer = transport.writable.getWriter();
    await writer.write("last");
    await writer.close();
    assertEquals(await readText(transport), "last\n");
    assertEquals((await transport.closed).exit, { code: 0, signal: null });
  });

  test("[L3] a server that ends at once: exit code and stderr, whole", async () => {
    const heard: string[] = [];
    const transport = await open(["complain"], { onStderr: (text) => heard.push(text) });
    const end = await transport.closed;
    assertEquals(end, { exit: { code: 7, signal: null }, stderrTail: "bad configuration: no such model\n" });
    assertEquals(heard.join(""), end.stderrTail);
    await assertRejects(() => transport.writable.getWriter().write("anyone?"), Error);
  });

  test("the last words of a server that dies are not lost, however late they are read", async () => {
    const transport = await open(["last_words", "300000"]);
    // More than a pipe holds: the server cannot end before some of it is read.
    const reader = transport.readable.getReader();
    let length = ((await reader.read()).value as Uint8Array).length;
    reader.releaseLock();
    assertEquals(await transport.close(), undefined);
    length += (await readText(transport)).length;
    assertEquals([length, (await transport.closed).exit?.code], [300_000, 3]);
  });

  test("[L9] 100 MB of stderr in lines of 1 MB neither stalls the server nor is kept", async () => {
    let heard = 0;
    const transport = await open(["flood", String(100 * MIB), String(MIB)], {
      onStderr: (text) => heard += text.length,
      stderrTailBytes: 1000,
    });
    assertEquals(await readText(transport), "done\n");
    const { exit, stderrTail } = await transport.closed;
    assertEquals([exit?.code, heard, stderrTail], [0, 100 * MIB, "x".repeat(999) + "\n"]);
  });

  test("[L9] a listener that throws does not stop the draining", async () => {
    const transport = await open(["flood", String(10 * MIB), "100"], {
      onStderr: () => {
        throw new Error("listener");
      },
    });
    assertEquals(await readText(transport), "done\n");
    const { stderrTail } = await transport.closed;
    assertEquals(stderrTail?.length, 64 * 1024);
  });

  test("[L5] a server that heeds neither the end of stdin nor SIGTERM is killed", { skip: !POSIX }, async () => {
    if (!POSIX) return;
    const transport = await open(["stubborn"], { closeGraceMs: 50, killGraceMs: 1000 });
    await readText(transport, aLine);
    await transport.close();
    assertEquals(await readText(transport), "SIGTERM\n");
    assertEquals((await transport.closed).exit, { code: null, signal: "SIGKILL" });
  });

  test("[L5] a server that ignores the end of stdin gets SIGTERM", { skip: !POSIX }, async () => {
    if (!POSIX) return;
    const transport = await open(["waits_for_term"], { closeGraceMs: 50, killGraceMs: Infinity });
    await readText(transport, aLine);
    await transport.close();
    assertEquals((await transport.closed).exit, { code: null, signal: "SIGTERM" });
  });

  test("[L5] what the server leaves behind in its group is ended with it", { skip: !POSIX }, async () => {
    if (!POSIX) return;
    const transport = await open(["parent"], { closeGraceMs: 50 });
    const grandchild = Number(await readText(transport, aLine));
    assert(isRunning(grandchild));
    await transport.close();
    await waitUntilGone(grandchild);
  });

  test(
    "[L5] what a server that ends by itself leaves behind in its group is ended by close",
    { skip: !POSIX },
    async () => {
      if (!POSIX) return;
      const transport = await open(["forgets"], { closeGraceMs: 500, killGraceMs: 50 });
      const grandchild = Number(await readText(transport, aLine));
      assert(isRunning(grandchild));
      await transport.close();
      assert(!isRunning(grandchild));
    },
  );

  for (const heeds of ["term", "kill"]) {
    test(`[L5] a launcher that dies before the server: the server gets SIG${heeds.toUpperCase()}`, {
      skip: !POSIX,
    }, async () => {
      if (!POSIX) return;
      const killGraceMs = heeds === "term" ? Infinity : 50;
      const transport = await open(["launches", heeds], { closeGraceMs: 50, killGraceMs });
      const server = Number(await readText(transport, aLine));
      assertEquals((await transport.closed).exit, { code: null, signal: "SIGKILL" });
      await waitUntilGone(server);
    });
  }

  test("[L6] that a launcher has died is told at once, whatever it leaves behind", { skip: !POSIX }, async () => {
    if (!POSIX) return;
    const transport = await open(["launches"], { closeGraceMs: Infinity });
    const server = Number(await readText(transport, aLine));
    try {
      await transport.closed;
      await transport.close();
      assert(isRunning(server));
    } finally {
      process.kill(-transport.pid!, "SIGKILL");
    }
  });

  test("[L5] a process out of reach that holds the pipes is not waited for", { skip: !POSIX }, async () => {
    if (!POSIX) return;
    const transport = await open(["abandons"]);
    const idler = Number(await readText(transport, aLine));
    try {
      assertEquals((await transport.closed).exit, { code: 0, signal: null });
      assertEquals(await readText(transport), "");
      await transport.close();
      assert(isRunning(idler));
    } finally {
      process.kill(idler, "SIGKILL");
    }
  });

  test("[L5] a write that waits for a busy server is cut off by close", { skip: !POSIX }, async () => {
    if (!POSIX) return;
    const transport = await open(["slow_reader"], { closeGraceMs: 50 });
    await readText(transport, aLine);
    const writing = assertRejects(() => transport.writable.getWriter().write("x".repeat(10 * MIB)));
    await transport.close();
    await writing;
    assertEquals((await transport.closed).exit?.signal, "SIGTERM");
  });

  test("[F9] concurrent writes never interleave", async () => {
    const transport = await open(["echo"]);
    const writer = transport.writable.getWriter();
    // Longer than a pipe holds, so that each waits in the middle of itself.
    const lines = Array.from({ length: 40 }, (_, i) => String.fromCharCode(97 + i % 26).repeat(1 + i * 9_973));
    const writing = Promise.all(lines.map((line) => writer.write(line)));
    const text = await readText(transport, (text) => text.length === lines.join("\n").length + 1);
    await writing;
    assert(text === `${lines.join("\n")}\n`, "the lines have come as they were written");
    await transport.close();
  });

  test("[F9] 100 MB wait for a server that does not read, and reach it", { skip: !POSIX }, async () => {
    if (!POSIX) return;
    const transport = await open(["slow_reader"]);
    const reads = transport.readable.getReader();
    const next = async () => new TextDecoder().decode((await reads.read()).value as Uint8Array);
    assertEquals(await next(), "ready\n");
    const writer = transport.writable.getWriter();
    let done = 0;
    const writing = (async () => {
      const line = "x".repeat(MIB - 1);
      for (; done < 100; done++) await writer.write(line);
      await writer.close();
    })();
    const { pid } = transport;
    for (let n = 0; n < 3; n++) {
      assertEquals(done, 0);
      process.kill(pid!, "SIGUSR2");
      assertEquals(await next(), ".");
    }
    await writing;
    assertEquals(await next(), `${100 * MIB}\n`);
    reads.releaseLock();
    await transport.close();
  });

  test("[F9] a server that has closed its stdin: the write rejects, and the connection ends with its error", {
    skip: !POSIX,
  }, async () => {
    if (!POSIX) return;
    const transport = await openStdio({
      launchArgsOverride: ["/bin/sh", "-c", "exec 0<&-; echo ready; exec sleep 1000"],
      closeGraceMs: 50,
    });
    await readText(transport, aLine);
    const writer = transport.writable.getWriter();
    const error = await assertRejects(async () => {
      for (;;) await writer.write("x".repeat(MIB));
    });
    const end = await transport.closed;
    assertEquals([end.error, end.exit?.signal], [error, "SIGTERM"]);
  });

  test("[L4] aborted before or during the start: the signal's reason, and no process", async () => {
    const reason = new Error("no longer wanted");
    const before = AbortSignal.abort(reason);
    assertEquals(await assertRejects(() => open(["parent"], { signal: before })), reason);

    // At every step of the start; the last ones may find it over already.
    const outcomes: unknown[] = [];
    for (const steps of [0, 1, 2, 5, 10, 20, 50, 100]) {
      const mark = `aborted-${crypto.randomUUID()}`;
      const controller = new AbortController();
      const opening = open(["waits_for_term", mark], { signal: controller.signal, closeGraceMs: 1 });
      for (let n = 0; n < steps; n++) await Promise.resolve();
      controller.abort(reason);
      outcomes.push(await opening.then((transport) => transport.close(), (error) => error));
      assertEquals(processesWith(mark), []);
    }
    assertEquals(outcomes[0], reason);
    assertEquals(outcomes.filter((outcome) => outcome !== reason && outcome !== undefined), []);
  });

  test("an abort after the start changes nothing", async () => {
    const controller = new AbortController();
    const transport = await open(["echo"], { signal: controller.signal });
    controller.abort(new Error("too late"));
    const writer = transport.writable.getWriter();
    await writer.write("still here");
    assertEquals(await readText(transport, aLine), "still here\n");
    await transport.close();
  });

  test("env changes the host's environment; undefined removes a name", async () => {
    process.env["CODEX_SDK_KEPT"] = "kept";
    process.env["CODEX_SDK_REMOVED"] = "removed";
    try {
      const transport = await open(["surroundings"], { env: { CODEX_SDK_REMOVED: undefined, CODEX_SDK_ADDED: "a=b" } });
      const { env } = JSON.parse(await readText(transport));
      assertEquals(
        [env.CODEX_SDK_KEPT, env.CODEX_SDK_REMOVED, env.CODEX_SDK_ADDED],
        ["kept", undefined, "a=b"],
      );
      await transport.close();
    } finally {
      delete process.env["CODEX_SDK_KEPT"];
      delete process.env["CODEX_SDK_REMOVED"];
    }
  });
});

describe("openStdio: the command line", { skip: !POSIX && "its program is a shell script" }, () => {
  if (!POSIX) return;

  /** A package around a program that prints its PATH and its arguments. */
  async function withPackage(body: (root: string) => Promise<void>): Promise<void> {
    const folder = await makeTempDir("codex-package-");
    try {
      await mkdir(join(folder.path, "bin"));
      await mkdir(join(folder.path, "codex-path"));
      await writeFile(join(folder.path, "bin/codex"), `#!/bin/sh\nprintf '%s\\n' "$PATH" "$@"\n`);
      await chmod(join(folder.path, "bin/codex"), 0o755);
      await body(folder.path);
    } finally {
      await folder.remove();
    }
  }

  const printed = async (options: StdioOptions) => {
    const transport = await openStdio(options);
    const [path, ...args] = (await readText(transport)).trimEnd().split("\n");
    await transport.close();
    return { path, args };
  };

  test("[L10] no shell: configuration comes before the subcommand, each value as it is", async () => {
    await withPackage(async (root) => {
      const configOverrides = ['model="a b"', "sandbox_mode=read-only; $(id)"];
      const { args } = await printed({ codexBin: join(root, "bin/codex"), configOverrides });
      const [first, second] = configOverrides;
      assertEquals(args, ["--config", first, "--config", second, "app-server", "--listen", "stdio://"]);
    });
  });

  test("launchArgsOverride replaces all of it", async () => {
    await withPackage(async (root) => {
      const launchArgsOverride = [join(root, "bin/codex"), "other", "words"];
      const { args } = await printed({ launchArgsOverride, configOverrides: ["a=1"], codexBin: "/no/such" });
      assertEquals(args, ["other", "words"]);
    });
  });

  test("[L10] the tools beside the binary come first on PATH", async () => {
    await withPackage(async (root) => {
      const tools = join(root, "codex-path");
      const env = { PATH: `/usr/bin:${tools}:/bin` };
      assertEquals((await printed({ codexBin: join(root, "bin/codex"), env })).path, `${tools}:/usr/bin:/bin`);
    });
  });
});

describe("openStdio: what cannot be started", () => {
  const wrong = (options: StdioOptions) => assertRejects(() => openStdio(options), Error);

  test("[L3] a binary that is missing, a folder, not executable, or for another platform", async () => {
    const folder = await makeTempDir("codex-stdio-");
    try {
      const write = async (name: string, content: string | Uint8Array, mode: number) => {
        const path = join(folder.path, name);
        await writeFile(path, content);
        await chmod(path, mode);
        return path;
      };
      // The header of an ELF program for a machine that is not this one.
      const foreign = new Uint8Array(64);
      foreign.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
      foreign[18] = process.arch === "x64" ? 0xb7 : 0x3e;
      const cases: [string, string][] = [
        [join(folder.path, "missing"), "there is no such file"],
        [folder.path, "this is a folder"],
        [await write("foreign", foreign, 0o755), "it is a program for linux-"],
        [await write("garbage", "what a mess", 0o755), "it is not a program"],
      ];
      if (POSIX) cases.push([await write("plain", "#!/bin/sh\n", 0o644), "it is not executable (chmod +x)"]);
      for (const [codexBin, reason] of cases) {
        const error = await wrong({ codexBin });
        assertInstanceOf(error, CodexNotFoundError);
        assertStringIncludes(error.message, `${codexBin}: ${reason}`);
        assertEquals(error.tried.length, 1);
        assertInstanceOf(await wrong({ launchArgsOverride: [codexBin] }), StartError);
      }
    } finally {
      await folder.remove();
    }
  });

  test("[L3] a missing working directory is blamed, not the binary", async () => {
    const error = await wrong({ launchArgsOverride: [process.execPath], cwd: "/no/such/folder" });
    assertInstanceOf(error, StartError);
    assertStringIncludes(error.message, "working directory /no/such/folder is not a folder");
  });

  test("a launchArgsOverride that names nothing, or a program that is nowhere on PATH", async () => {
    assertInstanceOf(await wrong({ launchArgsOverride: [] }), TypeError);
    const error = await wrong({ launchArgsOverride: ["no-such-program-of-codex-sdk"] });
    assertInstanceOf(error, StartError);
    assertStringIncludes(error.message, "no-such-program-of-codex-sdk");
    assert(error.cause !== undefined);
  });
});
