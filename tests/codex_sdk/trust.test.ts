/**
 * Folders that a thread may write to, and what they configure.
 *
 * @module
 */
import { assertEquals, assertStringIncludes } from "@std/assert";
import type { Codex, ThreadOptions } from "@codex-app-server/sdk/codex-sdk";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { withWorld, type World } from "./world.ts";

/** A folder as it may come from anybody. */
const CLONE = {
  ".git/HEAD": "ref: refs/heads/main\n",
  ".codex/config.toml": 'model = "of-the-folder"\n',
  "AGENTS.md": "what the folder says",
};

/** What a new thread is asked with: the model, the sandbox that it is told of, and whether the folder has its say. */
async function asked({ model, here }: World, codex: Codex, options: ThreadOptions, native = false): Promise<unknown[]> {
  model.reply("ok");
  const thread = codex.startThread({ ...here, ...options });
  await (native ? await thread.native : thread).run("go");
  const { body } = model.requests.at(-1)!;
  const text = JSON.stringify(body.input);
  return [body.model, /`sandbox_mode` is `([\w-]+)`/.exec(text)?.[1], text.includes(CLONE["AGENTS.md"])];
}

const WRITES = { sandboxMode: "workspace-write" } as const;

describe("a folder that is written to", () => {
  const isLeft = (what: string, files: Record<string, string>) =>
    test(`[X2] (real) is not trusted for it, as it is not by codex exec: ${what}`, () =>
      withWorld(async (world) => {
        const configured = () => readFileSync(join(world.home, "config.toml"), "utf8");
        const before = configured();
        const codex = world.codex();
        const seen = ["mock-model", "workspace-write", true];
        assertEquals(await asked(world, codex, WRITES), seen);
        assertEquals(await asked(world, codex, WRITES, true), seen);
        if (files === CLONE) {
          const everywhere = { sandboxMode: "danger-full-access" } as const;
          assertEquals(await asked(world, codex, everywhere), ["mock-model", "danger-full-access", true]);
          const profiled = world.codex({ config: { default_permissions: ":workspace" } });
          assertEquals(await asked(world, profiled, {}), seen);
        }
        assertEquals(configured(), before);
      }, { files }));
  isLeft("a repository that configures something", CLONE);
  const { ".codex/config.toml": _config, ...plain } = CLONE;
  isLeft("a repository", plain);
  const { ".git/HEAD": _head, ...loose } = CLONE;
  isLeft("a folder that configures something", loose);

  test("[X2] (real) is trusted if somebody has said so", () =>
    withWorld(async (world) => {
      const codex = world.codex({ config: { projects: { [world.workspace]: { trust_level: "trusted" } } } });
      assertEquals(await asked(world, codex, WRITES), ["of-the-folder", "workspace-write", true]);
    }, { files: CLONE }));

  test("[X2] (real) is written to under all that is asked for, and all that is configured", () =>
    withWorld(async (world) => {
      const write = { writable_roots: ["/opt"], exclude_slash_tmp: true };
      const codex = world.codex({ config: { sandbox_workspace_write: write, project_doc_max_bytes: 4 } });
      const options = { ...WRITES, networkAccessEnabled: true, additionalDirectories: ["/srv", "~/kept"] };
      world.model.reply("ok");
      const { items } = await codex.startThread({ ...world.here, ...options }).run("go");
      const said = items.filter((item) => item.type === "error" && item.message.startsWith("Loaded only"));
      assertEquals(said.length, 1);
      const folders = ["/srv", join(world.home, "kept"), "/opt"];
      const { input } = world.model.requests[0]!.body;
      for (const folder of folders) assertStringIncludes(JSON.stringify(input), `<root>${folder}</root>`);
      assertEquals(turnContext(world.home).sandbox_policy, {
        type: "workspace-write",
        writable_roots: folders,
        network_access: true,
        exclude_tmpdir_env_var: true,
        exclude_slash_tmp: true,
      });
    }, { files: CLONE }));

  test("[X2] (real) by a client that forgoes what is experimental is what the server makes of it", () =>
    withWorld(async (world) => {
      const codex = world.codex({ native: { experimentalApi: false } });
      assertEquals(await asked(world, codex, WRITES), ["of-the-folder", "workspace-write", true]);
    }, { files: CLONE }));
});

/** What the only turn of a home ran under. */
function turnContext(home: string): Record<string, unknown> {
  const sessions = join(home, "sessions");
  const file = readdirSync(sessions, { recursive: true }).map(String).find((name) => name.endsWith(".jsonl"));
  const lines = readFileSync(join(sessions, file!), "utf8").trim().split("\n").map((line) => JSON.parse(line));
  return lines.find(({ type }) => type === "turn_context").payload;
}
