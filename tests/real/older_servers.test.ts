/**
 * The SDK on old servers. They are downloaded by the gate, or by `deno task test:versions --fetch`; see
 * `scripts/lib/old_codex.ts`.
 */
import {
  Codex,
  type CodexOptions,
  type Diagnostic,
  finalResponse,
  InvalidParamsError,
  MethodNotFoundError,
  ThreadBusyError,
} from "@codex-app-server/sdk";
import { SINCE } from "@codex-app-server/sdk/protocol";
import { codexHome, command, functionCall, message, ScriptedModel } from "@codex-app-server/sdk/testing";
import { tool } from "@codex-app-server/sdk/tools";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { mkdir, mkdtemp, readFile, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, test } from "node:test";
import * as v from "valibot";
import { codexAtHand, GATE_VERSIONS } from "../../scripts/lib/old_codex.ts";
import { compareVersions } from "../../src/util/versions.ts";

interface World {
  readonly model: ScriptedModel;
  readonly home: string;
  readonly diagnostics: Diagnostic[];
  /** Starts a server of the version. */
  readonly start: (options?: CodexOptions) => Promise<Codex>;
}

async function withVersion(codexBin: string, body: (world: World) => Promise<void>): Promise<void> {
  const model = new ScriptedModel();
  await using listener = await model.listen();
  await using home = await codexHome({ modelUrl: listener.url, approvalPolicy: "on-request" });
  const diagnostics: Diagnostic[] = [];
  const started: Codex[] = [];
  const start = async (options?: CodexOptions) => {
    const onDiagnostic = (diagnostic: Diagnostic) => void diagnostics.push(diagnostic);
    const codex = await Codex.start({ codexBin, env: home.env, cwd: home.path, onDiagnostic, ...options });
    started.push(codex);
    return codex;
  };
  try {
    await body({ model, home: home.path, diagnostics, start });
  } finally {
    await Promise.all(started.map((codex) => codex.close()));
  }
}

for (const version of GATE_VERSIONS) {
  const codexBin = codexAtHand(version) ?? "";
  const skip = codexBin === "" && `codex ${version} was not downloaded: deno task test:versions --fetch`;
  const has = (other: string) => compareVersions(version, other) >= 0;

  describe(`codex ${version} (real)`, { skip }, () => {
    test("[V1] [V3] starts, runs turns with approvals and tools, and keeps threads", async () => {
      await withVersion(codexBin, async ({ model, diagnostics, start }) => {
        const codex = await start({
          handlers: { "item/commandExecution/requestApproval": () => ({ decision: "accept" }) },
        });
        assertEquals(codex.server, { name: "codex", version });
        const add = tool({
          name: "add",
          description: "Adds two numbers.",
          input: v.object({ a: v.number(), b: v.number() }),
          execute: ({ a, b }) => String(a + b),
        });
        const thread = await codex.threadStart({}, { tools: [add] });
        model.reply(command("echo approved", { escalate: true }))
          .reply(functionCall("add", { a: 2, b: 3 }))
          .reply((request) => [`It is ${request.toolOutput()}`]);
        const handle = await thread.turn("add");
        let text = "";
        for await (const part of handle.text()) text += part;
        assertStringIncludes(text, "It is 5");
        const turn = await handle.run();
        assertStringIncludes(finalResponse(turn) ?? "", "It is 5");
        const ran = turn.items.find((item) => item.type === "commandExecution");
        assertEquals([ran?.status, ran?.exitCode], ["completed", 0]);
        assert(handle.usage !== null);

        await thread.setName("old");
        assertEquals((await thread.read({ includeTurns: true })).thread.turns.length, 1);
        const fork = await codex.threadFork(thread.id);
        model.reply("from the fork");
        assertEquals(finalResponse(await fork.run("go on")), "from the fork");
        await thread.archive();
        const back = await codex.threadUnarchive(thread.id);
        model.reply("back");
        assertEquals(finalResponse(await back.run("and now?")), "back");
        const resumed = await codex.threadResume(fork.id);
        assertEquals(resumed.response.thread.turns.length, 2);
        const listed: string[] = [];
        for await (const { id } of codex.threads()) listed.push(id);
        assertEquals(listed.sort(), [thread.id, fork.id].sort());
        assert((await codex.models()).data.length > 0);
        await codex.account();
        await codex.request("skills/list", {});
        await codex.request("config/read", {});

        const skew = diagnostics.filter(({ type }) => type === "version-skew");
        assertEquals(skew, [{ type: "version-skew", server: version, generated: skewTo(skew) }]);
        const drift = diagnostics.filter((each) => each.type === "drift").map(({ issue }) => issue.path);
        assert(drift.includes("thread.projectId"), drift.join());
        assertEquals(diagnostics.filter(({ type }) => type === "invalid-message"), []);
      });
    });

    test("[V1] [W5] [W6] what is asked of a busy thread is done, and nobody waits for what never comes", async () => {
      await withVersion(codexBin, async ({ model, start }) => {
        // What is found out after silence alone would not be found out here.
        const thread = await (await start({ limits: { silenceMs: 0 } })).threadStart();
        model.always(() => ["fine"]);
        for (
          const begin of [() => thread.turn("first"), () => thread.review({ type: "custom", instructions: "Look." })]
        ) {
          const gate = model.gate();
          model.reply(message(["half ", gate, "whole"]));
          const first = await begin();
          await gate.reached;
          const second = thread.run("second");
          gate.release();
          assertEquals([(await first.run()).status, (await second).status], ["completed", "completed"]);
        }
        const [, third] = await Promise.all([thread.compact(), thread.run("third")]);
        assertEquals(third.status, "completed");
        assert(model.requests.at(-1)?.userTexts.includes("third"));
      });
    });

    test("[V1] an interrupt ends a turn, and an abort", async () => {
      await withVersion(codexBin, async ({ model, start }) => {
        const thread = await (await start({ handlers: {} })).threadStart({ approvalPolicy: "never" });
        model.always(() => [command("sleep 60")]);
        const handle = await thread.turn("sleep");
        for await (const event of handle) {
          if (event.method === "item/started" && event.params.item.type === "commandExecution") break;
        }
        await handle.interrupt();
        assertEquals((await handle.run()).status, "interrupted");
        const stop = new AbortController();
        const second = await thread.turn("sleep", { signal: stop.signal });
        for await (const event of second) if (event.method === "item/started") break;
        stop.abort(new Error("enough"));
        await assertRejects(() => second.run(), Error, "enough");
        // At once, which such a server may take for the turn before.
        for (let n = 0; n < 3; n++) {
          const third = await thread.turn("sleep");
          await third.interrupt();
          assertEquals((await third.run()).status, "interrupted");
        }
      });
    });

    test("[V2] what it would ignore is refused by name and version before it is sent, and so is what it lacks", async () => {
      await withVersion(codexBin, async ({ model, start }) => {
        const codex = await start();
        const thread = await codex.threadStart();
        const says = `needs codex 0.151.0 or newer, and this server is codex ${version}`;
        const toolOutput = { name: "build", output: "Build 128 has FAILED" };
        await assertRejects(() => thread.run([], { toolOutput }), InvalidParamsError, `toolOutput ${says}`);
        await assertRejects(() => thread.run("hi", { turnTrigger: "ci" as never }), InvalidParamsError, says);
        await assertRejects(() => thread.run("hi", { serviceTierForTurn: "fast" as never }), InvalidParamsError, says);
        await assertRejects(() => codex.threadResume(thread.id, { excludeTurns: true }), InvalidParamsError, says);
        await assertRejects(() => codex.request("modelProvider/list", {}), MethodNotFoundError, "needs codex");
        assertEquals(model.requests.length, 0);
      });
    });

    test("[V2] the table is right: it knows no request that is said to be younger", async () => {
      await withVersion(codexBin, async ({ start }) => {
        const codex = await start();
        for (const [method, since] of Object.entries(SINCE.requests)) {
          // Nothing that is refused for its method alone does anything.
          if (has(since)) continue;
          await assertRejects(() => codex.requestRaw(method, {}), MethodNotFoundError, "", method);
        }
      });
    });

    test("[V4] one writer a thread, where it has the lock, and release()", async () => {
      await withVersion(codexBin, async ({ model, start }) => {
        const [first, second] = [await start(), await start()];
        model.reply("one").reply("two");
        const thread = await first.threadStart();
        await thread.run("hi");
        if (has("0.147.0")) await assertRejects(() => second.threadResume(thread.id), ThreadBusyError);
        await thread.release();
        const taken = await second.threadResume(thread.id);
        assertEquals(finalResponse(await taken.run("mine")), "two");
        assertEquals((await second.threadList({ archived: true })).data, []);
      });
    });

    test("[V5] [V7] apiKey leaves nothing on disk, and a trace does no harm", async () => {
      await withVersion(codexBin, async ({ model, home, start }) => {
        const codex = await start({
          apiKey: "sk-test-0123456789abcdef",
          config: { model_providers: { mock: { requires_openai_auth: true } } },
          traceContext: () => ({ traceparent: `00-${"1".repeat(32)}-${"2".repeat(16)}-01` }),
        });
        model.reply("hello");
        assertEquals(finalResponse(await (await codex.threadStart()).run("hi")), "hello");
        assertEquals(model.requests[0]?.headers["authorization"], "Bearer sk-test-0123456789abcdef");
        assertEquals(await readFile(join(home, "auth.json"), "utf8").catch(() => "none"), "none");
      });
    });

    test("[V1] is found in the layout of its package, with its tools", async () => {
      const root = await realpath(await mkdtemp(join(tmpdir(), "old-codex-")));
      try {
        const scope = join(root, "node_modules/@openai");
        const launcher = join(scope, "codex/bin/codex.js");
        await mkdir(dirname(launcher), { recursive: true });
        await writeFile(launcher, "#!/usr/bin/env node\n");
        // vendor/TRIPLE/bin/codex, or vendor/TRIPLE/codex/codex
        await symlink(join(codexBin, "../../../.."), join(scope, `codex-${process.platform}-${process.arch}`));
        await withVersion(launcher, async ({ start }) => {
          const codex = await start();
          assertEquals(codex.server.version, version);
          const { exitCode, stdout } = await codex.request("command/exec", {
            command: ["/bin/sh", "-c", "command -v rg"],
            sandboxPolicy: { type: "dangerFullAccess" },
          });
          assertEquals(exitCode, 0);
          assertStringIncludes(stdout, "vendor");
        });
      } finally {
        await rm(root, { recursive: true, force: true });
      }
    });
  });
}

/** The version that the SDK speaks, as the diagnostic names it. */
function skewTo(skew: readonly Diagnostic[]): string {
  return skew[0]?.type === "version-skew" ? skew[0].generated : "";
}
