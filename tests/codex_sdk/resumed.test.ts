/**
 * Threads that are gone on with by their ids.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import type { Thread, ThreadOptions } from "@codex-app-server/sdk/codex-sdk";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { withWorld } from "./world.ts";

describe("a thread that is resumed", () => {
  test("[X2] (real) has what is asked for, and else what the configuration says: nothing sticks to it", () =>
    withWorld(async ({ model, codex, here }) => {
      model.always(() => ["ok"]);
      const client = codex({ config: { model: "configured" } });
      const seen = async (id: string, options: ThreadOptions) => {
        const thread = client.resumeThread(id, { ...here, ...options });
        await thread.run("go");
        const { body } = model.requests.at(-1)!;
        const { sandbox } = (await thread.native).response as { sandbox: { type: string } };
        return [body.model, (body.reasoning as { effort?: string }).effort, sandbox.type];
      };
      const thread = client.startThread({
        ...here,
        ...{ model: "chosen", modelReasoningEffort: "high", sandboxMode: "danger-full-access" },
      });
      await thread.run("go");
      assertEquals(await seen(thread.id!, {}), ["configured", undefined, "workspaceWrite"]);
      assertEquals(await seen(thread.id!, { model: "other", sandboxMode: "read-only" }), [
        "other",
        undefined,
        "readOnly",
      ]);
      assertEquals(await seen(thread.id!, { modelReasoningEffort: "low" }), ["configured", "low", "workspaceWrite"]);
      // The first one has kept its own.
      await thread.run("go");
      assertEquals(model.requests.at(-1)!.body.model, "chosen");
    }, { sandboxMode: "workspace-write" }));

  test("[X2] (real) may write to the folders of its own run, not to those that a run before it was given", () =>
    withWorld(async ({ model, codex, here, workspace }) => {
      model.always(() => ["ok"]);
      const client = codex();
      const folders = async (thread: Thread) => {
        await thread.run("go");
        const { runtimeWorkspaceRoots, sandbox } = (await thread.native).response as {
          runtimeWorkspaceRoots: string[];
          sandbox: { writableRoots: string[] };
        };
        return [...new Set([...runtimeWorkspaceRoots, ...sandbox.writableRoots])];
      };
      const thread = client.startThread({ ...here, additionalDirectories: ["/srv"] });
      assertEquals(await folders(thread), [workspace, "/srv", "/opt"]);
      const resumed = (options: ThreadOptions) => folders(client.resumeThread(thread.id!, { ...here, ...options }));
      assertEquals(await resumed({}), [workspace, "/opt"]);
      assertEquals(await resumed({ additionalDirectories: ["sub"] }), [workspace, join(workspace, "sub"), "/opt"]);
      assertEquals(await resumed({ workingDirectory: join(workspace, "sub") }), [join(workspace, "sub"), "/opt"]);
    }, {
      files: { "sub/file": "" },
      sandboxMode: "workspace-write",
      toml: 'sandbox_workspace_write.writable_roots = ["/opt"]',
    }));

  test("[X2] (real) by a client that forgoes what is experimental", () =>
    withWorld(async ({ model, codex, here }) => {
      model.reply("one").reply("two");
      const thread = codex().startThread(here);
      await thread.run("go");
      const stable = codex({ native: { experimentalApi: false } }).resumeThread(thread.id!, here);
      assertEquals((await stable.run("go")).finalResponse, "two");
    }));

  test("[X2] (real) without a word on it anywhere, runs in the sandbox that a new thread would have", () =>
    withWorld(async ({ model, codex, here, home }) => {
      model.always(() => ["ok"]);
      const file = join(home, "config.toml");
      writeFileSync(file, readFileSync(file, "utf8").replace(/^sandbox_mode.*\n/m, ""));
      const sandboxOf = async () => {
        const client = codex();
        const thread = client.startThread({ ...here, sandboxMode: "danger-full-access" });
        await thread.run("go");
        const resumed = codex().resumeThread(thread.id!, here);
        await client.native.close();
        await resumed.run("go");
        return ((await resumed.native).response as { sandbox: { type: string } }).sandbox.type;
      };
      assertEquals(await sandboxOf(), "readOnly");
      const path = JSON.stringify(here.workingDirectory);
      writeFileSync(file, `${readFileSync(file, "utf8")}\n[projects.${path}]\ntrust_level = "trusted"\n`);
      assertEquals(await sandboxOf(), "workspaceWrite");
    }));

  test("[X2] (real) is told once that its model is another than before", () =>
    withWorld(async ({ model, codex, here }) => {
      model.always(() => ["ok"]);
      const thread = codex().startThread({ ...here, model: "first" });
      await thread.run("go");
      const resumed = codex().resumeThread(thread.id!, { ...here, model: "second" });
      const told = async () => {
        const { items } = await resumed.run("go");
        return items.filter((item) => item.type === "error" && item.message.includes("recorded with model")).length;
      };
      assertEquals([await told(), await told()], [1, 0]);
    }));

  test("[X2] (real) without an id, which the types do not let be, is a new one", () =>
    withWorld(async ({ model, codex, here }) => {
      model.always(() => ["ok"]);
      for (const id of ["", null, undefined]) {
        const thread = codex().resumeThread(id as string, here);
        assertEquals(thread.id, null);
        await thread.run("go");
        assert(thread.id);
      }
    }));
});
