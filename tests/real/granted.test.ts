import { assertEquals } from "@std/assert";
import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { describe, test } from "node:test";
import { type ApprovalPolicy, firstOf, policyHandlers, readOnlyCommands } from "@codex-app-server/sdk/policies";
import { functionCall, withAppServer } from "@codex-app-server/sdk/testing";

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
});
