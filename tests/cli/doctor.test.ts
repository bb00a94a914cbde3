/**
 * The doctor, on machines with every trouble of docs/troubleshooting.md.
 *
 * @module
 */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { main } from "@codex-app-server/sdk/cli";
import { codexHome, failure, ScriptedModel, withAppServer } from "@codex-app-server/sdk/testing";
import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import process from "node:process";
import { after, describe, test } from "node:test";
import { codexAtHand } from "../../scripts/lib/old_codex.ts";
import { detectRuntime } from "../../src/runtime/select.ts";
import { cliCommand, runProgram } from "./cli_program.ts";
import { fakeIo } from "./fake_io.ts";

interface Finding {
  readonly id: string;
  readonly status: string;
  readonly summary: string;
  readonly details?: readonly string[];
  readonly fix?: string;
  readonly section?: string;
}

interface Report {
  readonly code: number;
  readonly ok: boolean;
  readonly text: string;
  readonly of: (id: string) => Finding;
}

const temp = mkdtempSync(join(tmpdir(), "codex-doctor-"));
after(() => rmSync(temp, { recursive: true, force: true }));

const own = Object.fromEntries(Object.entries(process.env).filter((entry): entry is [string, string] => !!entry[1]));

/** Reads a report, and holds it to what holds for all of them. */
function reportOf(code: number | null, text: string): Report {
  const { schemaVersion, ok, findings } = JSON.parse(text) as { schemaVersion: 1; ok: boolean; findings: Finding[] };
  assertEquals([schemaVersion, code], [1, ok ? 0 : 1]);
  const bare = findings.filter(({ status, fix }) => /problem|warning/.test(status) && !fix);
  assertEquals(bare, [], "a finding without a fix");
  const of = (id: string) => {
    const finding = findings.find((finding) => finding.id === id);
    assert(finding !== undefined, `no finding ${id} in ${text}`);
    return finding;
  };
  return { code: code ?? -1, ok, text, of };
}

/** Runs the doctor in this process, with an environment of its own. */
async function examine(
  env: Record<string, string | undefined>,
  args: readonly string[] = [],
  cwd = temp,
): Promise<Report> {
  const all = Object.fromEntries(
    Object.entries({ ...own, ...env }).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
  const { io, out } = fakeIo({ env: all, cwd });
  const code = await main(["doctor", "--json", ...args], io);
  return reportOf(code, out());
}

/** A binary that does what a script says. */
function fakeCodex(name: string, script: string): string {
  const path = join(temp, name);
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
  return path;
}

const isWindows = process.platform === "win32";

describe("doctor", () => {
  test("[C1] (real) where all is well it says so, with exit code 0", async () => {
    const model = new ScriptedModel().reply("pong");
    await using listener = await model.listen();
    await using home = await codexHome({ modelUrl: listener.url });
    const report = await examine(home.env, ["--live"]);
    assertEquals(report.of("server.start").status, "ok", report.text);
    assertEquals(report.of("version").summary, "0.169.0, the pinned one");
    const well = [
      "runtime",
      "binary",
      "home",
      "login",
      "turn.scripted",
      "drift",
      "turn.live",
      "codex.doctor",
      "network",
    ];
    for (const id of well) assertEquals(report.of(id).status, "ok", report.text);
    assertMatch(report.of("binary").details?.join("\n") ?? "", /why: /);
    if (report.of("sandbox").status === "ok") assertEquals(report.ok, true, report.text);
  });

  test("[C1] [C2] no binary; a PATH that leads into the workspace; a proxy; and no secrets of the environment", async () => {
    const workspace = join(temp, "workspace");
    mkdirSync(join(workspace, "bin"), { recursive: true });
    const report = await examine(
      {
        CODEX_BIN: join(temp, "nothing"),
        CODEX_HOME: join(temp, "no-home"),
        PATH: `${join(workspace, "bin")}${delimiter}${own["PATH"] ?? ""}`,
        npm_command: undefined,
        npm_lifecycle_event: undefined,
        HTTPS_PROXY: "http://me:hunter2@proxy.example:8080",
        OPENAI_API_KEY: "sk-proj-abcdefghijklmnopqrstuvwx",
      },
      [],
      workspace,
    );
    assertEquals([report.code, report.of("binary").status], [1, "problem"]);
    assertMatch(report.of("binary").fix ?? "", /^(npm install |bun add |deno add npm:)@openai\/codex@0\.169\.0,/);
    assertStringIncludes(report.of("binary").details?.join() ?? "", "CODEX_BIN");
    for (const id of ["server.start", "login", "turn.scripted", "drift", "sandbox", "codex.doctor"]) {
      assertEquals(report.of(id).status, "skipped", id);
    }
    assertStringIncludes(report.of("home").summary, "no such folder");
    assertEquals(report.of("path.workspace").status, "warning");
    assertStringIncludes(report.of("path.workspace").details?.join() ?? "", join(workspace, "bin"));
    assertStringIncludes(report.of("proxy").details?.join() ?? "", "proxy.example:8080");
    for (const secret of ["hunter2", "sk-proj-abc"]) assert(!report.text.includes(secret), secret);
  });

  test("[C1] [C2] (real) a mistake in config.toml, a broken proxy, a home without a login", async () => {
    const home = join(temp, "broken-home");
    mkdirSync(home);
    writeFileSync(join(home, "config.toml"), "sandbox_mode = 12\n");
    const broken = await examine({ CODEX_HOME: home, HTTPS_PROXY: "http://" });
    assertEquals(broken.of("config").status, "problem");
    assertStringIncludes(broken.of("config").details?.join("\n") ?? "", "config.toml:1");
    assertEquals(broken.of("proxy").status, "problem");
    const none = await examine({ CODEX_HOME: join(home, "nothing") });
    assertEquals([none.of("home").status, none.of("server.start").status], ["problem", "problem"]);
    assertStringIncludes(none.of("server.start").details?.join("\n") ?? "", "that path does not exist");
    assertStringIncludes(none.of("server.start").section ?? "", "#the-codex-app-server-ended-before-it-answered");
    writeFileSync(join(home, "config.toml"), "");
    const { of } = await examine({ CODEX_HOME: home, OPENAI_API_KEY: "sk-proj-abcdefghijklmnopqrstuvwx" });
    assertEquals([of("server.start").status, of("login").status], ["ok", "problem"]);
    assertStringIncludes(of("login").fix ?? "", "codex login");
    assertStringIncludes(of("login").details?.join() ?? "", "OPENAI_API_KEY is set, but");
  });

  test("[C1] [C2] (real) no network, and files of threads that are not whole", async () => {
    await using home = await codexHome({ modelUrl: "http://127.0.0.1:9/v1" });
    const file = "rollout-2026-11-26T00-00-00-01a2155e-9bed-74f2-9678-61cccf878ba5.jsonl";
    for (const [folder, text] of [["sessions/2026/11/26", '{"a":1}\n{"cut'], ["archived_sessions", ""]] as const) {
      mkdirSync(join(home.path, folder), { recursive: true });
      writeFileSync(join(home.path, folder, file), text);
    }
    const { of } = await examine(home.env);
    assertEquals(of("network").status, "problem");
    assertStringIncludes(of("network").section ?? "", "#no-network");
    assertEquals(of("threads.twice").status, "warning");
    const broken = of("threads.broken").details?.join("\n") ?? "";
    assertStringIncludes(broken, "its last line was cut off");
    assertStringIncludes(broken, "it is empty");
  });

  test("[C1] [C2] (real) a thread that another process has", async (context) => {
    if (process.platform !== "linux") return context.skip("who holds a lock is told by Linux alone");
    await withAppServer(async ({ codex, model, home }) => {
      model.reply("hello");
      const thread = await codex.threadStart();
      await thread.run("hi");
      const { of } = await examine({ CODEX_HOME: home });
      assertEquals(of("threads.held").status, "warning");
      assertEquals(of("threads.held").details, [`process ${codex.pid} (codex) holds ${thread.id}`]);
      await thread.release();
      assertEquals((await examine({ CODEX_HOME: home })).of("threads.held").status, "ok");
    });
  });

  test("[C1] [C2] (real) another version, and what it says otherwise", async (context) => {
    const codexBin = codexAtHand("0.147.0");
    if (codexBin === null) return context.skip("deno task test:versions --fetch brings the version");
    await using listener = await new ScriptedModel().listen();
    await using home = await codexHome({ modelUrl: listener.url });
    const { of } = await examine(home.env, ["--codex", codexBin]);
    assertEquals(of("version").status, "warning");
    assertStringIncludes(of("version").summary, "0.147.0");
    assertStringIncludes(of("version").fix ?? "", "@openai/codex@0.169.0");
    assertEquals(of("turn.scripted").status, "ok");
    assertEquals(of("drift").status, "note");
    assertStringIncludes(of("drift").details?.join("\n") ?? "", "thread/start (result): thread.projectId: Missing");
    assertStringIncludes(of("drift").fix ?? "", "0.169.0");
  });

  test("[C2] (real) a sandbox that does not work", async (context) => {
    // A user namespace in which no further one can be made, as in many containers.
    const inside = ["-Ur", "sh", "-c", 'echo 0 > /proc/sys/user/max_user_namespaces && exec "$@"', "sh"];
    if (spawnSync("unshare", [...inside, "true"]).status !== 0) {
      return context.skip("no namespace can be made here to try it in");
    }
    await using listener = await new ScriptedModel().listen();
    await using home = await codexHome({ modelUrl: listener.url });
    const command = ["unshare", ...inside, ...cliCommand(), "doctor", "--json"];
    const { code, stdout } = await runProgram(command, { env: { ...process.env, ...home.env } });
    const { of } = reportOf(code, stdout);
    assertEquals(of("sandbox").status, "problem", stdout);
    assertMatch(of("sandbox").details?.join("\n") ?? "", /namespace|bwrap|bubblewrap/);
    assertStringIncludes(of("sandbox").section ?? "", "#the-sandbox-does-not-work");
  });

  test("[C2] Deno did not permit", async (context) => {
    if (detectRuntime() !== "deno") return context.skip("Deno alone has permissions");
    // With one flag at least: `node:child_process` of Deno gives a Deno without any all permissions.
    const { code, stdout } = await runProgram([...cliCommand(["--allow-sys"]), "doctor", "--json"]);
    const { of } = reportOf(code, stdout);
    assertEquals(of("deno.permissions").status, "problem");
    assertMatch(of("deno.permissions").fix ?? "", /--allow-run --allow-read --allow-env/);
    assertMatch(of("binary").fix ?? "", /--allow-/);
  });

  test("[C2] a runtime that is too old", async () => {
    const any = AbortSignal.any;
    try {
      Object.assign(AbortSignal, { any: undefined });
      const { of } = await examine({ CODEX_BIN: join(temp, "nothing") });
      assertEquals(of("runtime").status, "problem");
      assertStringIncludes(of("runtime").fix ?? "", "Node 20.16.0");
    } finally {
      Object.assign(AbortSignal, { any });
    }
  });

  test("[C1] [C2] (real) a turn that ends as failed, when the real model is asked", async () => {
    const model = new ScriptedModel().reply(failure("insufficient_quota", "none left"));
    await using listener = await model.listen();
    await using home = await codexHome({ modelUrl: listener.url });
    const report = await examine(home.env, ["--live", "--ignore", "turn.live", "--ignore", "sandbox"]);
    assertEquals(report.of("turn.live").status, "problem");
    assertMatch(report.of("turn.live").fix ?? "", /usage limit/);
    assertEquals(report.code, 0, "what is ignored does not count");
  });

  test("[C1] homes that no server can live in", async (context) => {
    const nothing = join(temp, "nothing");
    const file = join(temp, "a-file");
    writeFileSync(file, "");
    const of = async (env: Record<string, string | undefined>) =>
      (await examine({ CODEX_BIN: nothing, CODEX_HOME: undefined, ...env })).of("home");
    assertStringIncludes((await of({ CODEX_HOME: file })).summary, "is not a folder");
    assertEquals((await of({ CODEX_HOME: "no-such-folder" })).status, "problem");
    mkdirSync(join(temp, "relative"));
    assertStringIncludes((await of({ CODEX_HOME: "relative" })).summary, "is a relative path");
    assertStringIncludes(
      (await of({ HOME: undefined, USERPROFILE: undefined })).summary,
      "Neither CODEX_HOME nor HOME",
    );
    assertEquals((await of({ HOME: mkdtempSync(join(temp, "home-")) })).status, "note");
    if (isWindows || process.getuid?.() === 0) return context.skip("this user may write everywhere: the rest holds");
    const closed = mkdtempSync(join(temp, "closed-"));
    chmodSync(closed, 0o500);
    const finding = await of({ CODEX_HOME: closed });
    assertStringIncludes(finding.summary, "cannot be written to by this user");
    assertStringIncludes(finding.fix ?? "", "chown");
  });

  test("[C1] a binary that never answers: the doctor ends, and ends it", async (context) => {
    if (isWindows) return context.skip("the binary is a shell script");
    const pids = join(temp, "pids");
    const codexBin = fakeCodex("hanging", `echo $$ >> '${pids}'; exec sleep 1000`);
    const home = mkdtempSync(join(temp, "home-"));
    const report = await examine({ CODEX_HOME: home }, ["--codex", codexBin, "--timeout", "1.5"]);
    assertEquals(report.of("server.start").status, "problem");
    assertStringIncludes(report.of("server.start").summary, "no answer within 1.5 s");
    assertEquals(report.of("turn.scripted").status, "problem");
    const started = readFileSync(pids, "utf8").trim().split("\n").map(Number);
    assertEquals(started.length, 3);
    for (const pid of started) assert(!isAlive(pid), `${pid} is still there`);
  });

  test("[C1] [C5] Ctrl-C ends it, and what it started", async (context) => {
    if (isWindows) return context.skip("the binary is a shell script");
    const pids = join(temp, "pids-2");
    const codexBin = fakeCodex("hanging-2", `echo $$ >> '${pids}'; exec sleep 1000`);
    const stop = new AbortController();
    const { io, out } = fakeIo({ env: { ...own, CODEX_HOME: temp }, cwd: temp, signal: stop.signal });
    const running = main(["doctor", "--codex", codexBin], io);
    while (!existsSync(pids) || readFileSync(pids, "utf8").split("\n").length < 4) {
      await new Promise((r) => setTimeout(r, 20));
    }
    stop.abort();
    assertEquals([await running, out()], [130, ""]);
    for (const pid of readFileSync(pids, "utf8").trim().split("\n")) assert(!isAlive(Number(pid)), pid);
  });

  test("[C1] [C5] for people: what is so, and what to do; colours only where they are wanted", async () => {
    const env = { ...own, CODEX_BIN: join(temp, "nothing") };
    const terminal = { stdin: true, stdout: true, stderr: true };
    const plain = fakeIo({ env, cwd: temp });
    assertEquals(await main(["doctor"], plain.io), 1);
    assertMatch(plain.out(), /^FAIL binary +.*\n(?: +.*\n)* +fix: .*@openai\/codex@/m);
    assertMatch(plain.out(), /\d+ problems?, \d+ warnings?\.\n$/);
    assertEquals([plain.out().includes("\x1b"), plain.err()], [false, ""]);
    const coloured = fakeIo({ env: { ...env, TERM: "xterm", NO_COLOR: "" }, cwd: temp, terminal });
    await main(["doctor"], coloured.io);
    assert(coloured.out().includes("\x1b[31mFAIL"));
    assert(coloured.err().includes("Looking for codex"), "progress on a terminal");
    const none = fakeIo({ env: { ...env, NO_COLOR: "1" }, cwd: temp, terminal });
    await main(["doctor"], none.io);
    assert(!none.out().includes("\x1b"));
  });

  test("[C1] its own help; and what it does not take", async () => {
    const help = fakeIo();
    assertEquals(await main(["doctor", "--help"], help.io), 0);
    assertStringIncludes(help.out(), "--explain");
    for (const args of [["--timeout", "soon"], ["--timeout", "0"], ["--jsn"], ["stray"], ["--explain", " "]]) {
      assertEquals(await main(["doctor", ...args], fakeIo().io), 2, args.join(" "));
    }
  });

  test("[C1] [C5] the program: a pipe that closes early, exit codes, stdin", async () => {
    const command = cliCommand();
    const explained = await runProgram([...command, "doctor", "--explain", "-"], {
      input: "StartError: The codex app-server ended before it answered initialize",
    });
    assertEquals([explained.code, explained.stderr], [0, ""]);
    assertStringIncludes(explained.stdout, "ended before it answered");
    assertEquals((await runProgram([...command, "doctor", "--explain", "hello"])).code, 1);
    assertEquals((await runProgram([...command, "no-such"])).code, 2);
    if (isWindows) return;
    const shell = await runProgram(["sh", "-c", '"$@" help | head -1', "sh", ...command]);
    assertEquals([shell.code, shell.stderr], [0, ""]);
  });
});

const isAlive = (pid: number) => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};
