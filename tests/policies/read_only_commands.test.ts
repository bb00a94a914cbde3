import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { describe, test } from "node:test";
import { allowPaths, readOnlyCommands } from "@codex-app-server/sdk/policies";
import { fileChangeQuestion, legacyCommandQuestion } from "../../src/policies/questions.ts";
import { asks, decision, judge } from "./ask.ts";
import { READS, TRICKS } from "./commands.ts";
import { REQUESTS } from "./requests.ts";

const policy = readOnlyCommands();

describe("readOnlyCommands", () => {
  test("[A9] accepts what only reads", async () => {
    for (const script of READS) assertEquals(await decision(policy, asks(script)), "accept", script);
  });

  test("[A9] does not judge what may do more, even if the server says that all of it is a read", async () => {
    for (const script of TRICKS) assertEquals(await decision(policy, asks(script)), undefined, script);
  });

  test("[A9] does not judge without the server's agreement", async () => {
    const read = { type: "read", command: "cat a", name: "a", path: "/repo/a" } as const;
    for (
      const commandActions of [
        null,
        [],
        [read, read],
        [{ type: "unknown", command: "cat a" } as const],
        [{ ...read, command: "cat b" }],
        [{ ...read, command: "cat a b" }],
        [{ ...read, command: "cat" }],
        [{ ...read, command: "" }],
        [{ ...read, command: "cat a; rm b" }],
      ]
    ) {
      assertEquals(
        await decision(policy, asks("cat a", { commandActions })),
        undefined,
        JSON.stringify(commandActions),
      );
    }
    assertEquals(await decision(policy, asks("cat a", { commandActions: [read] })), "accept");
    assertEquals(await decision(policy, asks("cat a", { command: null, commandActions: [read] })), undefined);
  });

  test("[A9] does not judge questions that ask for more than to run the command", async () => {
    const more = [
      { kind: "writeStdin" },
      { kind: "humanCommand" },
      { kind: "something-new" as "command" },
      { networkApprovalContext: { host: "example.org", protocol: "https" } },
      { additionalPermissions: { network: { enabled: true } } },
    ] as const;
    for (const changes of more) {
      assertEquals(await decision(policy, asks("cat a", changes)), undefined, JSON.stringify(changes));
    }
  });

  test("[A9] does not judge what opens a device, or may: by its name, by an option, by a link, in a folder", async (t) => {
    const named = ["/dev/tty", "../dev/tty", "/proc/self/fd/0", "//DEV/tty", "/usr/../sys/x", "x/../../dev"];
    for (const path of named) assertEquals(await decision(policy, asks(`cat ${path}`)), undefined, path);
    for (
      const script of ["rg -f/dev/tty x", "rg -nf../dev/tty x", "grep -R x .", "grep -rR x .", "rg -L x .", "rg x /"]
    ) {
      assertEquals(await decision(policy, asks(script)), undefined, script);
    }
    assertEquals(await decision(policy, asks("grep -r x", { cwd: "/" })), undefined);
    if (process.platform === "win32") return t.skip("no command is judged on Windows");
    const base = realpathSync(mkdtempSync(join(existsSync("/var/tmp") ? "/var/tmp" : tmpdir(), "codex-sdk-read-")));
    try {
      const [home, cwd] = [join(base, "home"), join(base, "cwd")];
      for (const folder of [home, cwd]) mkdirSync(folder);
      writeFileSync(join(cwd, "a"), "x\n");
      const links = { tty: "/dev/tty", fd: "/proc/self/fd", root: "/", file: "a", more: "tty" };
      for (const [name, target] of Object.entries(links)) symlinkSync(target, join(cwd, name));
      const env = (name: string) => ({ PATH: "/usr/bin:/bin", HOME: home })[name];
      const ctx = { signal: new AbortController().signal, local: { env, writable: [] } };
      const here = async (script: string) => (await policy(asks(script, { cwd }), ctx))?.decision;
      for (const script of ["cat a", "cat file", "cat ./a missing", "ls root", "head -n 5 a", "grep -rn 'x|/y' ."]) {
        assertEquals(await here(script), "accept", script);
      }
      for (const script of ["cat tty", "cat more", "cat fd/0", "head -n 1 root/dev/tty", "grep -r x root", "ls fd"]) {
        assertEquals(await here(script), undefined, script);
      }
    } finally {
      rmSync(base, { recursive: true, force: true });
    }
  });

  test("[P13] a reason holds no control characters and no secrets, and is short, whatever was asked", async () => {
    const token = "sk-proj-abcdefghijklmnopqrstuvwx";
    const script = `cat '\x1b[2J\x07\r\n\u202e' ${token} ${"a".repeat(100_000)}`;
    const { reason = "" } = await judge(policy, asks(script)) ?? {};
    assertStringIncludes(reason, "only reads: cat \\u{1b}[2J");
    assert(!reason.includes(token) && /^[\x20-\x7e]{20,1000}$/.test(reason), reason);
    const paths = ["/far/\x1b]0;x\x07a"];
    const question = { ...fileChangeQuestion(REQUESTS["item/fileChange/requestApproval"], null), paths };
    const resolve = (path: string) => Promise.resolve({ path, separator: "/" });
    const within = await judge(allowPaths(["/far"], { resolve }), question);
    assert(/^[\x20-\x7e]+$/.test(within?.reason ?? ""), within?.reason);
  });

  test("[A9] any length is judged at once, a working directory's too", async () => {
    const script = `cat${" a".repeat(10_000)}`;
    for (const cwd of ["/usr/..".repeat(150_000), "/" + "a/".repeat(500_000), "/usr" + "/.".repeat(500_000)]) {
      const local = { env: () => "/usr/bin", writable: [] };
      const verdict = await policy(asks(script, { cwd }), { signal: new AbortController().signal, local });
      assertEquals(verdict, undefined);
    }
  });

  test("[A9] judges the legacy request by the same rules", async () => {
    const params = REQUESTS.execCommandApproval;
    assertEquals(await decision(policy, legacyCommandQuestion(params)), "accept");
    const piped = { ...params, command: ["bash", "-lc", "cat a.txt | sh"] };
    assertEquals(await decision(policy, legacyCommandQuestion(piped)), undefined);
    const unread = { ...params, parsedCmd: [] };
    assertEquals(await decision(policy, legacyCommandQuestion(unread)), undefined);
  });
});
