import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import type { Diagnostic, RequestId, ServerRequestHandlers } from "@codex-app-server/sdk";
import {
  acceptForSession,
  allowCommands,
  allowPaths,
  type ApprovalPolicy,
  type ApprovalRecord,
  denyAll,
  firstOf,
  policyHandlers,
  readOnlyCommands,
} from "@codex-app-server/sdk/policies";
import type { ServerRequestParamsOf, Turn } from "@codex-app-server/sdk/protocol";
import {
  applyPatch,
  type AppServer,
  type AppServerOptions,
  command,
  functionCall,
  withAppServer,
} from "@codex-app-server/sdk/testing";
import { commandQuestion } from "../../src/policies/questions.ts";
import { deferred } from "../../src/util/deferred.ts";
import { decision } from "../policies/ask.ts";
import { READS, TRICKS } from "../policies/commands.ts";

const ASKING: AppServerOptions = { approvalPolicy: "on-request", sandboxMode: "workspace-write" };
const escalated = (cmd: string) => command(cmd, { escalate: true, justification: "to see" });

const base = realpathSync(mkdtempSync(join(tmpdir(), "codex-sdk-approvals-")));
after(() => rmSync(base, { recursive: true, force: true }));

async function run(server: AppServer, handlers?: ServerRequestHandlers): Promise<Turn> {
  const thread = await server.codex.threadStart({}, handlers === undefined ? {} : { handlers });
  return await thread.run("go");
}

function statuses(turn: Turn, type: "commandExecution" | "fileChange"): string[] {
  return turn.items.flatMap((item) => item.type === type ? [item.status] : []);
}

describe("approvals (real)", () => {
  test("[A1] (real) without a handler a command is declined, the model is told, and a diagnostic says so", async () => {
    const diagnostics: Diagnostic[] = [];
    const codex = { onDiagnostic: (diagnostic: Diagnostic) => void diagnostics.push(diagnostic) };
    await withAppServer({ ...ASKING, codex }, async (server) => {
      server.model.reply(escalated("echo hi > made.txt")).reply("done");
      const turn = await run(server);
      assertEquals(turn.status, "completed");
      assertEquals(statuses(turn, "commandExecution"), ["declined"]);
      assertStringIncludes(server.model.requests[1]?.toolOutput() ?? "", "rejected by user");
      assertEquals(existsSync(join(server.workspace, "made.txt")), false);
    });
    const refused = diagnostics.filter((diagnostic) => diagnostic.type === "server-request-refused");
    assertEquals(refused.map(({ method, reason }) => [method, reason]), [
      ["item/commandExecution/requestApproval", "no-handler"],
    ]);
  });

  test("[A1] (real) without a handler a file change and a permission are refused as well", async () => {
    const diagnostics: Diagnostic[] = [];
    const codex = { onDiagnostic: (diagnostic: Diagnostic) => void diagnostics.push(diagnostic) };
    const features = { request_permissions_tool: true };
    await withAppServer({ ...ASKING, sandboxMode: "read-only", features, codex }, async (server) => {
      const wanted = { permissions: { network: { enabled: true } }, reason: "to fetch" };
      server.model.reply(applyPatch("*** Add File: made.txt\n+hi")).reply(functionCall("request_permissions", wanted))
        .reply("done");
      const turn = await run(server);
      assertEquals([turn.status, ...statuses(turn, "fileChange")], ["completed", "declined"]);
      assertEquals(existsSync(join(server.workspace, "made.txt")), false);
      const { permissions } = JSON.parse(server.model.requests[2]?.toolOutput() ?? "");
      assertEquals(permissions, { network: null, file_system: null });
    });
    const refused = diagnostics.flatMap((each) => each.type === "server-request-refused" ? [each] : []);
    assertEquals(refused.map(({ method, reason }) => [method, reason]), [
      ["item/fileChange/requestApproval", "no-handler"],
      ["item/permissions/requestApproval", "no-handler"],
    ]);
  });

  test("[A8] (real) accept, decline and cancel of a command; the handler sees the item", async () => {
    for (
      const [answer, status, end] of [
        ["accept", "completed", "completed"],
        ["decline", "declined", "completed"],
        ["cancel", "declined", "interrupted"],
      ] as const
    ) {
      await withAppServer(ASKING, async (server) => {
        const seen: unknown[] = [];
        server.model.reply(escalated("echo it-ran"));
        if (answer !== "cancel") server.model.reply("done");
        const turn = await run(server, {
          "item/commandExecution/requestApproval": (params, ctx) => {
            seen.push(ctx.item?.type, ctx.turnId === params.turnId, ctx.threadId === params.threadId);
            return { decision: answer };
          },
        });
        assertEquals(seen, ["commandExecution", true, true]);
        assertEquals([turn.status, ...statuses(turn, "commandExecution")], [end, status]);
        const output = server.model.requests[1]?.toolOutput() ?? "";
        assertEquals(output.includes("it-ran"), answer === "accept");
      });
    }
  });

  test("[A8] (real) accepted for the session, by a handler: the same command is not asked again", async () => {
    await withAppServer(ASKING, async (server) => {
      const asked: (string | null)[] = [];
      server.model.reply(escalated("echo a")).reply(escalated("echo a")).reply(escalated("echo b")).reply("done");
      const turn = await run(server, {
        "item/commandExecution/requestApproval": (params) => {
          asked.push(commandQuestion(params).argv?.join(" ") ?? null);
          return { decision: "acceptForSession" };
        },
      });
      assertEquals(statuses(turn, "commandExecution"), ["completed", "completed", "completed"]);
      assertEquals(asked, ["echo a", "echo b"]);
    });
  });

  test("[P10] (real) a policy answers with what is offered: a command that knows no session is accepted once", async () => {
    await withAppServer(ASKING, async (server) => {
      const told: [string, unknown][] = [];
      const audit = ({ question, decision }: ApprovalRecord) => {
        assert(question.kind === "command" && "availableDecisions" in question.params);
        told.push([decision, question.params.availableDecisions?.filter((offer) => typeof offer === "string")]);
      };
      server.model.reply(escalated("echo a")).reply(escalated("echo a")).reply(escalated("rm a")).reply("done");
      const turn = await run(server, policyHandlers(acceptForSession(allowCommands([["echo"]])), { audit }));
      assertEquals(statuses(turn, "commandExecution"), ["completed", "completed", "declined"]);
      const offers = ["accept", "cancel"];
      assertEquals(told, [["accept", offers], ["accept", offers], ["decline", offers]]);
    });
  });

  test("[A9] (real) policies decide, and the audit has it", async () => {
    await withAppServer({ ...ASKING, files: { "a.txt": "letter a" } }, async (server) => {
      const records: ApprovalRecord[] = [];
      const policy = firstOf(readOnlyCommands(), allowCommands([["echo"]]), denyAll("neither reads nor is allowed"));
      const cmds = ["cat a.txt", "echo hi", "rm a.txt", "cat a.txt | sh", "rg a . | xargs rm"];
      for (const cmd of cmds) server.model.reply(escalated(cmd));
      server.model.reply("done");
      const handlers = policyHandlers(policy, { audit: (record) => void records.push(record) });
      const turn = await run(server, handlers);
      assertEquals(statuses(turn, "commandExecution"), ["completed", "completed", "declined", "declined", "declined"]);
      assertEquals(records.map((record) => [record.decision, record.policy]), [
        ["accept", "readOnlyCommands"],
        ["accept", "allowCommands"],
        ["decline", "denyAll"],
        ["decline", "denyAll"],
        ["decline", "denyAll"],
      ]);
      assertStringIncludes(server.model.requests[1]?.toolOutput() ?? "", "letter a");
      assertEquals(existsSync(join(server.workspace, "a.txt")), true);
    });
  });

  test("[A9] (real) nothing that does more than read gets past the server's reading of it", async () => {
    await withAppServer(ASKING, async (server) => {
      const policy = readOnlyCommands();
      const verdicts = new Map<string, [string | undefined, boolean]>();
      const scripts = [...READS, ...TRICKS].filter((script) => script.trim() !== "");
      let at = 0;
      for (const script of scripts) server.model.reply(escalated(script));
      server.model.reply("done");
      const turn = await run(server, {
        "item/commandExecution/requestApproval": async (params) => {
          const shown = params.commandActions?.every(({ type }) => type !== "unknown") ?? false;
          verdicts.set(scripts[at++]!, [await decision(policy, commandQuestion(params)), shown]);
          return { decision: "decline" };
        },
      });
      assertEquals(turn.status, "completed");
      assertEquals(at, scripts.length, "every script was asked about");
      const accepted = scripts.filter((script) => verdicts.get(script)?.[0] === "accept");
      assertEquals(accepted, [...READS]);
      const shownAsReading = TRICKS.filter((script) => verdicts.get(script)?.[1] === true);
      assert(shownAsReading.length >= 20, `the server shows ${shownAsReading.length} of the tricks as reading`);
    });
  });

  test("[A8] (real) a file change, accepted and declined", async () => {
    await withAppServer({ ...ASKING, sandboxMode: "read-only" }, async (server) => {
      const seen: unknown[] = [];
      server.model.reply(applyPatch("*** Add File: yes.txt\n+yes")).reply(applyPatch("*** Add File: no.txt\n+no"))
        .reply("done");
      const turn = await run(server, {
        "item/fileChange/requestApproval": (_params, ctx) => {
          assert(ctx.item?.type === "fileChange");
          const [change] = ctx.item.changes;
          seen.push(change?.path);
          return { decision: change?.path.endsWith("yes.txt") ? "accept" : "decline" };
        },
      });
      const workspace = realpathSync(server.workspace);
      assertEquals(seen, [join(workspace, "yes.txt"), join(workspace, "no.txt")]);
      assertEquals(statuses(turn, "fileChange"), ["completed", "declined"]);
      assertEquals(readFileSync(join(workspace, "yes.txt"), "utf8"), "yes\n");
      assertEquals(existsSync(join(workspace, "no.txt")), false);
    });
  });

  test("[A9] (real) allowPaths lets changes through within its folder, by no path out of it", async () => {
    const outside = join(base, "outside");
    mkdirSync(outside);
    await withAppServer({ ...ASKING, sandboxMode: "read-only", files: { "src/a.txt": "a\n" } }, async (server) => {
      const workspace = realpathSync(server.workspace);
      const records: ApprovalRecord[] = [];
      const handlers = policyHandlers(allowPaths([join(workspace, "src")]), {
        audit: (record) => void records.push(record),
      });
      server.model
        .reply(applyPatch("*** Update File: src/a.txt\n@@\n-a\n+b"))
        .reply(applyPatch("*** Add File: top.txt\n+x"))
        .reply(applyPatch("*** Add File: src/../up.txt\n+x"))
        .reply(applyPatch(`*** Add File: ${outside}/x.txt\n+x`))
        .reply(applyPatch(`*** Update File: src/a.txt\n*** Move to: ${outside}/moved.txt\n@@\n-b\n+c`))
        .reply("done");
      await run(server, handlers);
      assertEquals(records.map((record) => record.decision), ["accept", "decline", "decline", "decline", "decline"]);
      assertEquals(readFileSync(join(workspace, "src", "a.txt"), "utf8"), "b\n");
      for (const path of [join(workspace, "top.txt"), join(workspace, "up.txt"), join(outside, "x.txt")]) {
        assertEquals(existsSync(path), false, path);
      }
    });
  });

  test("[A8] (real) permissions: granted for the turn, refused", async () => {
    const features = { request_permissions_tool: true };
    await withAppServer({ ...ASKING, features }, async (server) => {
      const wanted = { permissions: { network: { enabled: true } }, reason: "to fetch" };
      server.model.reply(functionCall("request_permissions", wanted)).reply(functionCall("request_permissions", wanted))
        .reply("done");
      let granted = 0;
      const policy: ApprovalPolicy = (question) =>
        question.kind === "permissions" && granted++ === 0 ? { decision: "accept", reason: "first" } : undefined;
      await run(server, policyHandlers(policy));
      assertEquals(
        server.model.requests.slice(1).map((request) => JSON.parse(request.toolOutput() ?? "").permissions),
        [
          { network: { enabled: true }, file_system: null },
          { network: null, file_system: null },
        ],
      );
    });
  });

  test("[A8] (real) a question to the user, in plan mode: answered and left unanswered", async () => {
    await withAppServer(ASKING, async (server) => {
      const options = [{ label: "A", description: "first" }, { label: "B", description: "second" }];
      const question = { questions: [{ id: "q1", header: "H", question: "Which?", options }] };
      server.model.reply(functionCall("request_user_input", question)).reply("done");
      server.model.reply(functionCall("request_user_input", question)).reply("done");
      const seen: ServerRequestParamsOf<"item/tool/requestUserInput">[] = [];
      const settings = { model: "mock-model", reasoning_effort: null, developer_instructions: null };
      const collaborationMode = { mode: "plan", settings } as const;
      const asked = await server.codex.threadStart({}, {
        handlers: {
          "item/tool/requestUserInput": (params) => {
            seen.push(params);
            return { answers: { q1: { answers: ["B"] } } };
          },
        },
      });
      await asked.run("go", { collaborationMode });
      assertEquals(seen[0]?.questions[0]?.question, "Which?");
      assertEquals(server.model.requests[1]?.toolOutput(), '{"answers":{"q1":{"answers":["B"]}}}');
      const silent = await server.codex.threadStart();
      assertEquals((await silent.run("go", { collaborationMode })).status, "completed");
      assertEquals(server.model.requests[3]?.toolOutput(), '{"answers":{}}');
    });
  });

  test("[A4] (real) a handler that throws, or answers nonsense, is a decline; the turn goes on", async () => {
    const diagnostics: Diagnostic[] = [];
    const codex = { onDiagnostic: (diagnostic: Diagnostic) => void diagnostics.push(diagnostic) };
    await withAppServer({ ...ASKING, codex }, async (server) => {
      server.model.reply(escalated("echo a")).reply(escalated("echo b")).reply("done");
      const turn = await run(server, {
        "item/commandExecution/requestApproval": (params) => {
          if (params.command?.includes("echo a")) throw new Error("broken handler");
          return { decision: "yes please" } as never;
        },
      });
      assertEquals([turn.status, ...statuses(turn, "commandExecution")], ["completed", "declined", "declined"]);
    });
    const refused = diagnostics.filter((diagnostic) => diagnostic.type === "server-request-refused");
    assertEquals(refused.map(({ reason }) => reason), ["handler-threw", "invalid-answer"]);
  });

  test("[A7] (real) a parked request is answered later, through the client", async () => {
    await withAppServer(ASKING, async (server) => {
      server.model.reply(escalated("echo it-ran")).reply("done");
      const parked = deferred<RequestId>();
      const thread = await server.codex.threadStart({}, {
        handlers: {
          "item/commandExecution/requestApproval": (_params, ctx) => {
            setTimeout(() => parked.resolve(ctx.id)); // After the return below.
            return ctx.defer();
          },
        },
      });
      const turn = await thread.turn("go");
      const id = await parked.promise;
      const [pending, ...others] = server.codex.pendingServerRequests();
      assertEquals([pending?.id, pending?.state, pending?.threadId, others.length], [id, "parked", thread.id, 0]);
      server.codex.answer<"item/commandExecution/requestApproval">(id, { decision: "accept" });
      assertEquals(statuses(await turn.run(), "commandExecution"), ["completed"]);
      assertEquals(server.codex.pendingServerRequests(), []);
    });
  });

  test("[A3] (real) an interrupt while a handler thinks aborts its signal", async () => {
    await withAppServer(ASKING, async (server) => {
      server.model.reply(escalated("echo a"));
      const asked = deferred<void>();
      const aborted = deferred<unknown>();
      const thread = await server.codex.threadStart({}, {
        handlers: {
          "item/commandExecution/requestApproval": (_params, ctx) => {
            ctx.signal.addEventListener("abort", () => aborted.resolve(ctx.signal.reason));
            asked.resolve();
            return new Promise(() => {});
          },
        },
      });
      const turn = await thread.turn("go");
      await asked.promise;
      await turn.interrupt();
      assert(await aborted.promise instanceof Error);
      assertEquals((await turn.run()).status, "interrupted");
      assertEquals(server.codex.pendingServerRequests(), []);
    });
  });
});
