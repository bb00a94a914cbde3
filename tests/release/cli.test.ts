import { codexHome, ScriptedModel } from "@codex-app-server/sdk/testing";
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { randomUUID } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { npmTarball } from "../../scripts/build_npm.ts";
import { linkCodex } from "../../scripts/lib/node_project.ts";
import { readManifest, ROOT, type Tool, TOOLS } from "../../scripts/lib/project.ts";
import { must, run } from "../../scripts/lib/subprocess.ts";

const { name, version } = readManifest();

describe("the command line, out of the npm tarball in an empty folder", () => {
  let temp = "";
  let tarball = "";
  before(async () => {
    temp = mkdtempSync(join(tmpdir(), "codex-sdk-cli-"));
    tarball = await npmTarball(temp);
  });
  after(() => rmSync(temp, { recursive: true, force: true }));

  function project(folder: string): string {
    const root = join(temp, folder);
    mkdirSync(root);
    writeFileSync(join(root, "package.json"), JSON.stringify({ name: "consumer", private: true }));
    return root;
  }

  /** Every command, and what it says where all is well. */
  async function tryAll({ command, args }: Tool, program: readonly string[], cwd: string): Promise<void> {
    await using listener = await new ScriptedModel().listen();
    await using home = await codexHome({ modelUrl: listener.url });
    const env = { ...home.env, CODEX_BIN: undefined, NO_COLOR: "1", CODEX_VERSIONS_CACHE: join(temp, "cache") };
    const call = (...rest: string[]) => run(command, [...args, ...program, ...rest], { cwd, env, timeoutMs: 90_000 });
    assertEquals((await call("--version")).stdout.trim(), version);
    const doctor = await call("doctor", "--ignore", "sandbox");
    assertEquals(doctor.code, 0, doctor.output);
    assertStringIncludes(doctor.output, "turn.scripted");
    const diff = await call("diff", "pinned", "--exit-code");
    assertEquals(diff.code, 0, diff.output);
    assertStringIncludes(diff.output, "No differences.");
    const saved = join(temp, `${randomUUID()}.jsonl`);
    const [runtime, ...flags] = [TOOLS.node.command, ...TOOLS.node.args];
    const inspect = await call(
      "inspect",
      "--save",
      saved,
      "--",
      runtime,
      ...flags,
      join(ROOT, "tests/cli/inspect/greeter.mjs"),
    );
    assertEquals(inspect.code, 7, inspect.output);
    assertStringIncludes(inspect.output, "inspect: http://127.0.0.1:");
    assertStringIncludes(readFileSync(saved, "utf8"), "codexHome");
    assertEquals((await call("no-such-command")).code, 2);
  }

  test("[C1] [C3] [C4] [C5] (real) npx, on Node", async () => {
    const root = project("node");
    await must("npm", ["install", "--no-audit", "--no-fund", "--omit=optional", tarball], {
      cwd: root,
      timeoutMs: 240_000,
    });
    linkCodex(root);
    const program = join(root, "node_modules", name, "src/cli/main.js");
    assert(readFileSync(program, "utf8").startsWith("#!/usr/bin/env node\n"));
    assert((statSync(program).mode & 0o111) !== 0);
    await tryAll({ ...TOOLS.node, command: "npx", args: [] }, ["--no-install", name], root);
  });

  test("[C1] [C3] [C4] [C5] (real) deno run npm:, from the same folder", async () => {
    const root = join(temp, "node");
    writeFileSync(join(root, "deno.json"), JSON.stringify({ nodeModulesDir: "manual" }));
    await tryAll(TOOLS.deno, ["run", "-A", `npm:${name}`], root);
  });

  test("[C1] [C3] [C4] [C5] (real) bunx, on Bun", async () => {
    const root = project("bun");
    const { command, args } = TOOLS.bun;
    await must(command, [...args, "add", "--omit=optional", tarball], { cwd: root, timeoutMs: 240_000 });
    linkCodex(root);
    await tryAll(TOOLS.bun, ["x", "--bun", name], root);
  });

  test("[C5] the module, as JSR serves it, is the program too", async () => {
    const { command, args } = TOOLS.deno;
    const call = [...args, "run", "-A", "--config", join(ROOT, "deno.json"), join(ROOT, "src/cli/mod.ts"), "--version"];
    assertEquals((await must(command, call, { cwd: temp, timeoutMs: 90_000 })).trim(), version);
  });
});
