import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { Codex, InvalidRequestError, ThreadSettingsError, websocketTransport } from "@codex-app-server/sdk";
import type { ThreadResumeResponse } from "@codex-app-server/sdk/protocol";
import { command, message, withAppServer } from "@codex-app-server/sdk/testing";
import { listeningServer } from "./listening_server.ts";

const WIDE = { sandboxMode: "danger-full-access", approvalPolicy: "never" } as const;

const heldBy = (response: unknown) => {
  const { sandbox, approvalPolicy, approvalsReviewer, cwd, model } = response as ThreadResumeResponse;
  return { sandbox: sandbox.type, approvalPolicy, approvalsReviewer, cwd, model };
};

describe("resuming a thread that is loaded (real)", () => {
  test("[P16] (real) what is asked for holds in the next turn", async () => {
    await withAppServer(WIDE, async ({ codex, model, workspace }) => {
      model.reply("ok");
      const thread = await codex.threadStart();
      await thread.run("Hello.");
      const asked = {
        sandbox: "read-only",
        approvalPolicy: "on-request",
        approvalsReviewer: "user",
        cwd: `${workspace}/`,
        model: "another",
      } as const;
      const careful = await codex.threadResume(thread.id, asked);
      assertEquals(heldBy(careful.response), { ...asked, sandbox: "readOnly", cwd: heldBy(careful.response).cwd });
      assertEquals(heldBy(careful.response).cwd.replace(/\/$/, ""), workspace);
      model.reply(command("echo x > written.txt", { escalate: true })).reply(command("echo x > written.txt")).reply(
        "done",
      );
      await careful.run("Write a file.");
      assert(!existsSync(join(workspace, "written.txt")));
      assertEquals(model.requests.at(-1)?.body.model, "another");
      // Without anything asked for, what holds goes on to hold.
      assertEquals(heldBy((await codex.threadResume(thread.id)).response).sandbox, "readOnly");
    });
  });

  test("[P16] (real) a mode is what the configuration makes of it, and not what a turn has made of the thread", async () => {
    const toml = `sandbox_workspace_write = { network_access = true, writable_roots = ["/opt"] }\n`;
    await withAppServer({ toml }, async ({ codex, model }) => {
      model.reply("ok").reply("ok");
      const thread = await codex.threadStart({ sandbox: "workspace-write" });
      const begun = (thread.response as ThreadResumeResponse).sandbox;
      await thread.run("Hello.");
      assertEquals((await codex.threadResume(thread.id, { sandbox: "workspace-write" })).response, {
        ...(await codex.threadResume(thread.id)).response,
      });
      const wide = { type: "workspaceWrite", writableRoots: ["/"], networkAccess: true } as const;
      await thread.run("Hello.", { sandboxPolicy: { ...wide, writableRoots: ["/"] } });
      const again = await codex.threadResume(thread.id, { sandbox: "workspace-write" });
      assertEquals((again.response as ThreadResumeResponse).sandbox, begun);
    });
  });

  test("[P16] (real) what only a load takes is refused, unless it is what it was given; nothing is changed then", async () => {
    await withAppServer(WIDE, async ({ codex, model }) => {
      model.always(() => ["ok"]);
      const given = { baseInstructions: "Be brief.", config: { model_reasoning_effort: "high" } };
      const thread = await codex.threadStart(given);
      await thread.run("Hello.");
      await codex.threadResume(thread.id, given);
      const asked = { ...given, baseInstructions: "Be careful.", sandbox: "read-only" } as const;
      const error = await assertRejects(() => codex.threadResume(thread.id, asked), ThreadSettingsError, "is loaded");
      assertEquals([error.threadId, error.asked], [thread.id, {
        baseInstructions: "Be careful.",
        sandbox: "read-only",
      }]);
      assertEquals(error.holds["sandbox"], { type: "dangerFullAccess" });
      assertEquals(error.holds["baseInstructions"], "Be brief.");
      assertEquals(heldBy((await codex.threadResume(thread.id)).response).sandbox, "dangerFullAccess");
      await assertRejects(
        () => codex.threadResume(thread.id, { modelProvider: "openai" }),
        ThreadSettingsError,
        "mock",
      );

      // Once it is not loaded any more, it takes them.
      await codex.threadArchive(thread.id);
      await codex.request("thread/unarchive", { threadId: thread.id });
      const careful = await codex.threadResume(thread.id, asked);
      assertEquals(heldBy(careful.response).sandbox, "readOnly");
      await careful.run("Hello.");
      assertStringIncludes(JSON.stringify(model.requests.at(-1)?.body.input), "Be careful.");
    });
  });

  test("[P16] (real) while a turn runs, it rejects and says what the turn runs under; what holds already is no difference", async () => {
    await withAppServer(WIDE, async ({ codex, model }) => {
      const gate = model.gate();
      model.reply("ok").reply(message(["on ", gate, "and on"]));
      const thread = await codex.threadStart();
      await thread.run("Hello.");
      const turn = await thread.turn("go on");
      await gate.reached;
      const error = await assertRejects(
        () => codex.threadResume(thread.id, { sandbox: "read-only", approvalPolicy: "never" }),
        ThreadSettingsError,
        "a turn of it runs",
      );
      assertEquals([error.asked, error.holds], [{ sandbox: "read-only" }, { sandbox: { type: "dangerFullAccess" } }]);
      await codex.threadResume(thread.id, { sandbox: "danger-full-access", approvalPolicy: "never" });
      gate.release();
      assertEquals((await turn.run()).status, "completed");
      assertEquals(
        heldBy((await codex.threadResume(thread.id, { sandbox: "read-only" })).response).sandbox,
        "readOnly",
      );
    });
  });

  test("[P16] (real) also where another client has loaded it, and where two resume it at once", async () => {
    await using server = await listeningServer();
    server.model.always(() => ["ok"]);
    await using one = new Codex({ transport: websocketTransport(server.address) });
    await using other = new Codex({ transport: websocketTransport(server.address) });
    const thread = await one.threadStart({
      cwd: server.workspace,
      sandbox: "danger-full-access",
      approvalPolicy: "never",
    });
    await thread.run("Hello.");
    const asked = { sandbox: "read-only", approvalPolicy: "on-request" } as const;
    const both = await Promise.all([other.threadResume(thread.id, asked), other.threadResume(thread.id, asked)]);
    for (const { response } of both) {
      assertEquals(heldBy(response), { ...heldBy(response), sandbox: "readOnly", approvalPolicy: "on-request" });
    }
    await assertRejects(
      () => other.threadResume(thread.id, { baseInstructions: "Else." }),
      ThreadSettingsError,
      "not told",
    );
  });

  test("[P16] (real) a turn that joins a running one restricts nothing, and says so before anything is sent", async () => {
    await withAppServer(WIDE, async ({ codex, model, workspace }) => {
      const gate = model.gate();
      model.reply(message(["on ", gate, "and on"]));
      const thread = await codex.threadStart();
      const turn = await thread.turn("go on");
      await gate.reached;
      for (const asked of [{ sandboxPolicy: { type: "readOnly" } }, { approvalPolicy: "on-request" }] as const) {
        const error = await assertRejects(() => thread.run("write", asked), ThreadSettingsError, turn.id);
        assertEquals(error.asked, asked);
      }
      model.reply("done"); // before it is asked for: what is added may make the server ask at once
      const joined = await thread.turn("and so on", { model: "mock-model" });
      assertEquals(joined.id, turn.id);
      gate.release();
      await turn.run();
      model.reply(command("echo x > written.txt")).reply("done");
      await thread.run("write", { sandboxPolicy: { type: "readOnly" } });
      assert(!existsSync(join(workspace, "written.txt")));
    });
  });

  test("[P16] (real) a client that cannot change settings rejects; a thread that there is not is an error of its own", async () => {
    await withAppServer({ ...WIDE, codex: { experimentalApi: false } }, async ({ codex, model }) => {
      model.reply("ok");
      const thread = await codex.threadStart();
      await thread.run("Hello.");
      const asked = { sandbox: "read-only" } as const;
      await assertRejects(() => codex.threadResume(thread.id, asked), ThreadSettingsError, "experimentalApi");
      const nowhere = "00000000-0000-0000-0000-000000000000";
      await assertRejects(() => codex.threadResume(nowhere, asked), InvalidRequestError);
    });
  });
});
