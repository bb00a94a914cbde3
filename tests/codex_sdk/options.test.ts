/**
 * What the options do. The thirteen tests of `@openai/codex-sdk` that look at the arguments of `codex exec` have nothing
 * to look at here; what those arguments bring about is looked at instead, under the names of the tests there.
 *
 * @module
 */
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { command, type ModelRequest, ScriptedModel } from "@codex-app-server/sdk/testing";
import type { Thread, ThreadOptions } from "@codex-app-server/sdk/codex-sdk";
import { existsSync, mkdirSync, realpathSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { describe, test } from "node:test";
import { thrown, withWorld, type World } from "./world.ts";

/** One pixel. */
const PNG = Uint8Array.from(
  atob("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="),
  (letter) => letter.charCodeAt(0),
);

/** Runs one turn with these options; says what the model was asked, and what the server says of the thread. */
async function ask({ model, codex, here }: World, options: ThreadOptions) {
  model.reply("ok");
  const thread = codex().startThread({ ...here, ...options });
  await thread.run("go");
  return { request: model.requests.at(-1)!, response: (await thread.native).response };
}

const webSearchOf = ({ body }: ModelRequest) => body.tools?.find(({ type }) => type === "web_search");

describe("what the arguments of codex exec bring about", () => {
  test("[X3] (real) passes turn options to exec", () =>
    withWorld(async (world) => {
      const { request, response } = await ask(world, { model: "gpt-test-1", sandboxMode: "workspace-write" });
      assertEquals(request.body.model, "gpt-test-1");
      assertEquals((response as { sandbox: { type: string } }).sandbox.type, "workspaceWrite");
    }));

  test("[X3] (real) passes modelReasoningEffort to exec", () =>
    withWorld(async (world) => {
      const { request } = await ask(world, { modelReasoningEffort: "high" });
      assertEquals((request.body.reasoning as { effort: string }).effort, "high");
    }));

  test("[X2] (real) a thread is counted as the user's, as by codex exec, unless it is told what else it is", () =>
    withWorld(async (world) => {
      const sourceOf = async (options: ThreadOptions) => (await ask(world, options)).response.thread.threadSource;
      assertEquals([await sourceOf({}), await sourceOf({ threadSource: "nightly" })], ["user", "nightly"]);
    }));

  test("[X3] (real) passes networkAccessEnabled to exec", () =>
    withWorld(async (world) => {
      for (const networkAccessEnabled of [true, false]) {
        const { response } = await ask(world, { sandboxMode: "workspace-write", networkAccessEnabled });
        const { sandbox } = response as { sandbox: { type: string; networkAccess?: boolean } };
        assertEquals([sandbox.type, sandbox.networkAccess], ["workspaceWrite", networkAccessEnabled]);
      }
    }, { toml: "sandbox_workspace_write.network_access = true" }));

  test("[X3] (real) passes webSearchEnabled to exec", () =>
    withWorld(async (world) => {
      const { request } = await ask(world, { webSearchEnabled: true });
      assertEquals(webSearchOf(request)?.external_web_access, true);
    }));

  test("[X3] (real) passes webSearchMode to exec", () =>
    withWorld(async (world) => {
      assertEquals(webSearchOf((await ask(world, { webSearchMode: "live" })).request)?.external_web_access, true);
      const cached = await ask(world, { webSearchMode: "cached", webSearchEnabled: true });
      assertEquals(webSearchOf(cached.request)?.external_web_access, false);
    }));

  test("[X3] (real) passes webSearchEnabled false to exec", () =>
    withWorld(async (world) => {
      assertEquals(webSearchOf((await ask(world, { webSearchEnabled: false })).request), undefined);
      assertEquals(webSearchOf((await ask(world, { webSearchMode: "disabled" })).request), undefined);
    }));

  test("[X3] (real) passes approvalPolicy to exec", () =>
    withWorld(async (world) => {
      const policyOf = async (options: ThreadOptions) =>
        ((await ask(world, options)).response as { approvalPolicy: unknown }).approvalPolicy;
      // Whatever the configuration says, as with `codex exec`.
      assertEquals(await policyOf({}), "never");
      assertEquals(await policyOf({ approvalPolicy: "on-request" }), "on-request");
      assertEquals(await policyOf({ approvalPolicy: "on-failure" }), "never");
    }, { approvalPolicy: "on-request" }));

  test("[X3] (real) passes CodexOptions config overrides as TOML --config flags", () =>
    withWorld(async ({ model, codex, here }) => {
      model.reply("ok").reply("ok");
      const config = {
        model: "from-config",
        sandbox_workspace_write: { network_access: true, writable_roots: ["/opt", "/srv"] },
        model_reasoning_effort: "low",
        tools: {},
      };
      const thread = codex({ config }).startThread({ ...here, sandboxMode: "workspace-write" });
      await thread.run("go");
      assertEquals(model.requests[0]!.body.model, "from-config");
      const { sandbox } = (await thread.native).response as { sandbox: { writableRoots: string[] } };
      assertEquals(sandbox.writableRoots, ["/opt", "/srv"]);
      // Raw ones go before those of the object.
      await codex({ config, configOverrides: ['model="from-override"'] }).startThread(here).run("go");
      assertEquals(model.requests[1]!.body.model, "from-override");
    }));

  test("[X3] (real) lets thread options override CodexOptions config overrides", () =>
    withWorld(async ({ model, codex, here }) => {
      model.reply("ok");
      const config = { model: "from-config", model_reasoning_effort: "low", web_search: "disabled" };
      const configOverrides = ["sandbox_workspace_write.network_access=false"];
      const thread = codex({ config, configOverrides }).startThread({
        ...here,
        ...{ model: "from-thread", modelReasoningEffort: "high", webSearchMode: "live" },
        ...{ sandboxMode: "workspace-write", networkAccessEnabled: true },
      });
      await thread.run("go");
      const [request] = model.requests;
      assertEquals(request!.body.model, "from-thread");
      assertEquals((request!.body.reasoning as { effort: string }).effort, "high");
      assertEquals(webSearchOf(request!)?.external_web_access, true);
      const { sandbox } = (await thread.native).response as { sandbox: { networkAccess: boolean } };
      assertEquals(sandbox.networkAccess, true);
    }));

  test("[X3] (real) passes additionalDirectories as repeated flags", () =>
    withWorld(async (world) => {
      const additionalDirectories = ["/srv", "../shared"];
      const { response } = await ask(world, { sandboxMode: "workspace-write", additionalDirectories });
      const { sandbox } = response as { sandbox: { writableRoots: string[] } };
      // Those of the configuration stay, and what is relative begins at the thread's folder.
      assertEquals(sandbox.writableRoots, ["/srv", join(world.workspace, "../shared"), "/opt"]);
    }, { toml: 'sandbox_workspace_write.writable_roots = ["/opt"]' }));

  test("[X2] (real) additionalDirectories may be written under a profile of permissions too", () =>
    withWorld(async ({ model, codex, here, workspace }) => {
      model.always(() => ["ok"]);
      const write = { writable_roots: ["/opt"] };
      const client = codex({ config: { default_permissions: ":workspace", sandbox_workspace_write: write } });
      const folders = async (thread: Thread) => {
        await thread.run("go");
        const { content } = model.requests.at(-1)!.body.input.findLast((item) =>
          JSON.stringify(item).includes("<workspace_roots>")
        ) as { content: unknown };
        return [...JSON.stringify(content).matchAll(/<root>([^<]*)/g)].map(([, root]) => root);
      };
      const thread = client.startThread({ ...here, additionalDirectories: ["/srv"] });
      assertEquals(await folders(thread), [workspace, "/srv"]);
      assertEquals(await folders(client.resumeThread(thread.id!, here)), [workspace]);
    }));

  test("[X3] (real) writes output schema to a temporary file and forwards it", () =>
    withWorld(async ({ model, codex, here }) => {
      const schema = { type: "object", properties: { a: { type: "string" } }, required: ["a"] };
      model.reply('{"a":"b"}');
      const given = { ...schema, left: undefined, toJSON: () => schema };
      const { finalResponse } = await codex().startThread(here).run("structured", { outputSchema: given });
      assertEquals(JSON.parse(finalResponse), { a: "b" });
      const { format } = model.requests[0]!.body.text as { format: Record<string, unknown> };
      assertEquals([format.name, format.strict, format.schema], ["codex_output_schema", true, schema]);
    }));

  test("[X3] (real) forwards images to exec", () =>
    withWorld(async ({ model, codex, here, workspace }) => {
      model.reply("two pictures");
      await codex().startThread(here).run([
        { type: "text", text: "describe" },
        { type: "local_image", path: join(workspace, "first.png") },
        { type: "local_image", path: join(workspace, "second.png") },
        { type: "text", text: "the images" },
      ]);
      const { content } = model.requests[0]!.body.input.at(-1) as { content: { type: string; image_url?: string }[] };
      const images = content.filter(({ type }) => type === "input_image");
      assertEquals(images.length, 2);
      for (const { image_url } of images) assert(image_url?.startsWith("data:image/png;base64,"), image_url);
      assertStringIncludes(JSON.stringify(content.at(-1)), "describe\\n\\nthe images");
    }, { files: { "first.png": PNG, "second.png": PNG } }));

  test("[X3] (real) runs in provided working directory", () =>
    withWorld(async ({ model, codex, here, workspace }) => {
      model.reply(command("pwd")).reply((request) => [request.commandOutput() ?? ""]);
      const { finalResponse } = await codex().startThread(here).run("where are you?");
      assertStringIncludes(finalResponse, realpathSync(workspace));
    }));
});

describe("the environment", () => {
  test("[X3] (real) allows overriding the env passed to the Codex CLI: it replaces the program's own", () =>
    withWorld(async ({ model, codex, here, env }) => {
      process.env.CODEX_SDK_TEST_LEAK = "leaked";
      try {
        const echo = command('echo "${CODEX_SDK_TEST_LEAK:-nothing} $CODEX_SDK_TEST_CUSTOM"');
        model.reply(echo).reply((request) => [request.commandOutput() ?? ""]);
        const { CODEX_SDK_TEST_LEAK: _, ...others } = env;
        const client = codex({ env: { ...others, CODEX_SDK_TEST_CUSTOM: "custom" } });
        assertStringIncludes((await client.startThread(here).run("go")).finalResponse, "nothing custom");
      } finally {
        delete process.env.CODEX_SDK_TEST_LEAK;
      }
    }));

  test("[X3] (real) an API key goes to OpenAI's address, and to no file", () =>
    withWorld(async ({ codex, here, home, env }) => {
      const model = new ScriptedModel();
      await using listener = await model.listen();
      model.always(() => ["ok"]);
      // The provider that knows of keys is OpenAI's own. It would speak WebSocket; this model does not.
      const config = {
        model_provider: "keyed",
        model_providers: {
          keyed: { name: "keyed", base_url: listener.url, wire_api: "responses", requires_openai_auth: true },
        },
      };
      await codex({ apiKey: "sk-given", config }).startThread(here).run("go");
      // As `codex exec`, which reads it from there; the server does not.
      await codex({ env: { ...env, CODEX_API_KEY: "sk-from-env" }, config }).startThread(here).run("go");
      assertEquals(model.requests.map(({ headers }) => headers.authorization), [
        "Bearer sk-given",
        "Bearer sk-from-env",
      ]);
      assert(!existsSync(join(home, "auth.json")));
    }));

  test("[X3] (real) baseUrl is where OpenAI's API is, before everything that the configuration says", () =>
    withWorld(async ({ codex }) => {
      const client = codex({
        baseUrl: "https://given.example/v1",
        config: { openai_base_url: "https://config.example/v1" },
        configOverrides: ['openai_base_url="https://override.example/v1"'],
      });
      const { config } = await client.native.request("config/read", {});
      assertEquals(config.openai_base_url, "https://given.example/v1");
    }));
});

describe("what cannot be run", () => {
  test("[X2] (real) is told by the first run, never by the constructor, and nothing is lost", () =>
    withWorld(async ({ model, codex, here, workspace }) => {
      const nowhere = { ...here, workingDirectory: join(workspace, "nowhere") };
      await assertRejects(() => codex().startThread(nowhere).run("go"), Error, "is not there, or is no folder");
      const missing = codex({ codexPathOverride: join(workspace, "no-codex") }).startThread(here);
      await assertRejects(() => missing.run("go"), Error, "there is no such file");
      const wrong = codex({ config: { model_reasoning_effort: 3 } }).startThread(here);
      await assertRejects(() => wrong.run("go"), Error, "invalid type: integer `3`");
      for (const config of [{ a: null }, { a: [1, null] }, { "": 1 }, { a: NaN }, { a: () => 1 }, [], 3]) {
        // @ts-expect-error None of these is a configuration.
        await assertRejects(() => codex({ config }).startThread(here).run("go"), TypeError);
      }
      const thread = codex().startThread(here);
      for (const input of ["", " \n", [], [{ type: "text" as const, text: "\uFEFF" }]]) {
        await assertRejects(() => thread.run(input), Error, "empty or blank");
      }
      for (const outputSchema of [[], null, "{}", 1]) {
        await assertRejects(
          () => thread.run("go", { outputSchema }),
          Error,
          "outputSchema must be a plain JSON object",
        );
      }
      assertEquals([thread.id, model.requests.length], [null, 0]);
      model.reply("now");
      assertEquals((await thread.run("go")).finalResponse, "now");
    }));

  test("[X2] (real) a thread that does not exist", () =>
    withWorld(async ({ codex, here }) => {
      const thread = codex().resumeThread("0198f6f0-0000-7000-8000-000000000000", here);
      const error = await thrown(() => thread.run("go"));
      assertStringIncludes(error.message, "no rollout found");
    }));

  test("[X2] (real) what counts as a Git repository is what codex counts", () =>
    withWorld(async ({ model, codex, workspace }) => {
      const folder = (name: string, make: (path: string) => void) => {
        const path = join(workspace, name);
        mkdirSync(path, { recursive: true });
        make(path);
        return path;
      };
      const bad = [
        folder("none", () => {}),
        folder("empty", (path) => mkdirSync(join(path, ".git"))),
        folder("no-head", (path) => {
          mkdirSync(join(path, ".git"));
          writeFileSync(join(path, ".git/config"), "");
        }),
        folder("dangling", (path) => symlinkSync("/nowhere/at/all", join(path, ".git"))),
      ];
      const head = (path: string) => {
        mkdirSync(join(path, ".git"));
        writeFileSync(join(path, ".git/HEAD"), "ref: refs/heads/main\n");
      };
      const good = [
        folder("with-head", head),
        folder("with-head/sub/deep", () => {}),
        folder("file", (path) => writeFileSync(join(path, ".git"), "gitdir: ../elsewhere\n")),
      ];
      symlinkSync(good[0]!, join(workspace, "link"));
      for (const workingDirectory of bad) {
        await assertRejects(() => codex().startThread({ workingDirectory }).run("go"), Error, "trusted directory");
      }
      const client = codex();
      for (const workingDirectory of [...good, join(workspace, "link")]) {
        model.reply("ok");
        await client.startThread({ workingDirectory }).run("go");
      }
      assertEquals(model.requests.length, 4);
    }));
});

describe("the model", () => {
  test("[X2] (real) is asked under each program by the protocol's name for it", () =>
    withWorld(async ({ model, codex, here }) => {
      model.always(() => ["ok"]);
      const thread = codex().startThread(here);
      for (const cyberAccessProgram of ["standard", "daybreak_blue", "daybreak_red"] as const) {
        // Only OpenAI's own provider knows of them: what matters is that the server takes the name.
        await thread.run("go", { cyberAccessProgram });
      }
      assertEquals(model.requests.length, 3);
    }));

  test("[X2] is not asked under a program that there is not", () =>
    withWorld(async ({ model, codex, here }) => {
      const options = { cyberAccessProgram: "daybreak_green" as "daybreak_blue" };
      const error = await thrown(() => codex().startThread(here).run("go", options));
      assertStringIncludes(
        error.message,
        'must be one of standard, daybreak_blue, daybreak_red, and is "daybreak_green"',
      );
      assertEquals(model.requests.length, 0);
    }));

  test("[X2] (real) is asked as if what is empty had been left out, whatever the types say of it", () =>
    withWorld(async ({ model, codex, here }) => {
      model.always(() => ["ok"]);
      const empty = {
        approvalPolicy: "",
        model: "",
        sandboxMode: "",
        additionalDirectories: null,
        threadSource: "user",
      };
      const client = codex({ baseUrl: "", apiKey: "" });
      await client.startThread({ ...here, ...empty } as unknown as ThreadOptions).run("go");
      await client.startThread(here).run("go");
      const [first, second] = model.requests.map(({ body }) => body);
      assertEquals([first!.model, first!.tools], [second!.model, second!.tools]);
      // Of no options at all: the tests run in a repository.
      await codex().startThread(null as unknown as ThreadOptions).run("go").catch((error) => {
        assertStringIncludes(error.message, "trusted directory");
      });
    }));
});
