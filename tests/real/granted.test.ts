import { assertEquals } from "@std/assert";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { describe, test } from "node:test";
import {
  allowPaths,
  type ApprovalPolicy,
  firstOf,
  policyHandlers,
  readOnlyCommands,
} from "@codex-app-server/sdk/policies";
import { applyPatch, functionCall, withAppServer } from "@codex-app-server/sdk/testing";

describe("what has been opened to the agent (real)", () => {
  test("[P6] (real) no command is judged once an answer lets the agent write to a folder of PATH", async (t) => {
    if (process.platform === "win32") return t.skip("no command is judged on Windows");
    // Not the system's temporary folder: that is open to the agent anyway.
    const base = realpathSync(mkdtempSync(join(existsSync("/var/tmp") ? "/var/tmp" : homedir(), "codex-sdk-granted-")));
    const [workspace, bin] = [join(base, "workspace"), join(base, "bin")];
    for (const folder of [workspace, bin]) mkdirSync(folder);
    const log: string[] = [];
    const person: ApprovalPolicy = (question) => {
      const wider = question.kind === "permissions" || (question.kind === "command" && question.asks === "permissions");
      return wider ? { decision: "accept", reason: "tools are to be installed", policy: "person" } : undefined;
    };
    const handlers = policyHandlers(firstOf(readOnlyCommands(), person), {
      audit: ({ decision, policy }) => void log.push(`${policy}: ${decision}`),
    });
    const permissions = { file_system: { write: [bin] } };
    const cat = () => functionCall("exec_command", { cmd: "cat a", sandbox_permissions: "require_escalated" });
    const more = { sandbox_permissions: "with_additional_permissions", additional_permissions: permissions };
    const ways = [
      functionCall("request_permissions", { permissions, reason: "to install" }),
      functionCall("exec_command", { cmd: "touch x", ...more }),
    ];
    try {
      await withAppServer({
        approvalPolicy: "on-request",
        sandboxMode: "workspace-write",
        features: { exec_permission_approvals: true, request_permissions_tool: true },
        codex: { cwd: workspace, handlers, env: { PATH: `${bin}:/usr/bin:/bin` } },
      }, async ({ codex, model }) => {
        for (const way of ways) {
          model.reply(cat()).reply(way).reply(cat()).reply("done");
          await (await codex.threadStart()).run("go");
        }
      });
    } finally {
      rmSync(base, { recursive: true, force: true });
    }
    const each = ["readOnlyCommands: accept", "person: accept", "none: decline"];
    assertEquals(log, [...each, ...each]);
  });

  test("[P6] (real) a program that an allowed change has written is the agent's, and the others are not", async (t) => {
    if (process.platform === "win32") return t.skip("no command is judged on Windows");
    const base = realpathSync(mkdtempSync(join(existsSync("/var/tmp") ? "/var/tmp" : homedir(), "codex-sdk-granted-")));
    const [workspace, bin] = [join(base, "workspace"), join(base, "bin")];
    for (const folder of [workspace, bin]) mkdirSync(folder);
    const program = join(bin, "cat");
    writeFileSync(program, "#!/bin/sh\nexit 3\n");
    chmodSync(program, 0o755);
    const log: unknown[] = [];
    const noted: ApprovalPolicy = (question, { local }) => {
      if (question.kind === "command") log.push(question.argv?.[0], local?.writable.includes(program));
      return undefined;
    };
    const handlers = policyHandlers(firstOf(noted, readOnlyCommands(), allowPaths([bin])), {
      audit: ({ decision, policy }) => void log.push(`${policy}: ${decision}`),
    });
    const run = (cmd: string) =>
      functionCall("exec_command", { cmd, login: false, sandbox_permissions: "require_escalated" });
    try {
      await withAppServer({
        approvalPolicy: "on-request",
        sandboxMode: "read-only",
        codex: { cwd: workspace, handlers, env: { PATH: `${bin}:/usr/bin:/bin` } },
      }, async ({ codex, model }) => {
        const patch = applyPatch(`*** Update File: ${program}\n@@\n-exit 3\n+echo hi > ${base}/ran`);
        model.reply(run("ls")).reply(patch).reply(run("cat a")).reply(run("ls")).reply("done");
        await (await codex.threadStart()).run("go");
        assertEquals(readFileSync(program, "utf8"), `#!/bin/sh\necho hi > ${base}/ran\n`);
      });
      assertEquals(existsSync(join(base, "ran")), false);
    } finally {
      rmSync(base, { recursive: true, force: true });
    }
    const ls = (open: boolean) => ["ls", open, "readOnlyCommands: accept"];
    assertEquals(log, [...ls(false), "allowPaths: accept", "cat", true, "none: decline", ...ls(true)]);
  });

  test("[P6] (real) a thread that was restricted only after it could write anywhere has no command judged", async (t) => {
    if (process.platform === "win32") return t.skip("no command is judged on Windows");
    const log: unknown[] = [];
    const audit = ({ decision, policy }: { decision: string; policy: string }) =>
      void log.push(`${policy}: ${decision}`);
    const codexOptions = { handlers: policyHandlers(readOnlyCommands(), { audit }), env: { PATH: "/usr/bin:/bin" } };
    const wide = { approvalPolicy: "never", sandboxMode: "danger-full-access", codex: codexOptions } as const;
    await withAppServer(wide, async ({ codex, model }) => {
      const cat = functionCall("exec_command", {
        cmd: "cat a",
        login: false,
        sandbox_permissions: "require_escalated",
      });
      const narrow = { sandbox: "read-only", approvalPolicy: "on-request" } as const;
      model.reply("I could have put a program anywhere.").reply(cat).reply("done").reply(cat).reply("done");
      const thread = await codex.threadStart();
      await thread.run("go");
      await (await codex.threadResume(thread.id, narrow)).run("look");
      await (await codex.threadStart(narrow)).run("look");
    });
    assertEquals(log, ["none: decline", "readOnlyCommands: accept"]);
  });
});
