import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { transform } from "esbuild";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import process from "node:process";
import { after, before, describe, test } from "node:test";
import { pinnedRuntime, readManifest, ROOT, type Tool, TOOLS } from "../../scripts/lib/project.ts";
import { must } from "../../scripts/lib/subprocess.ts";
import { stageRuntime } from "../../scripts/release/stage_runtime.ts";
import { stageSdk } from "../../scripts/release/stage_sdk.ts";

const manifest = readManifest();
const runtimeVersion = pinnedRuntime(manifest);
const platform = `${process.platform}-${process.arch}`;

describe("a staged release: SDK and runtime, installed together from their tarballs into an empty folder", () => {
  let temp = "";
  let tarballs: readonly string[] = [];
  let path = "";

  before(async () => {
    temp = mkdtempSync(join(tmpdir(), "codex-sdk-install-"));
    mkdirSync(join(temp, "home"));
    const scope = dirname(realpathSync(join(ROOT, "node_modules/@openai/codex")));
    const codex = join(scope, `codex-${platform}`);
    tarballs = [
      await stageSdk({ stage: join(temp, "sdk"), sdkVersion: "9.9.9", runtimeVersion }),
      ...await stageRuntime({ stage: join(temp, "runtime"), codex, runtimeVersion }),
    ];
    // No codex on the PATH, so that none but the staged one can be found.
    const node = (await must("node", ["-p", "process.execPath"], { timeoutMs: 30_000 })).trim();
    path = [dirname(node), "/usr/local/bin", "/usr/bin", "/bin"].join(":");
  });
  after(() => rmSync(temp, { recursive: true, force: true }));

  test("[R2] [R4] (real) by npm: a turn and the quickstart on Node", async () => {
    const root = project("npm");
    // The packages of other platforms are in no registry yet: what the meta package only wishes for stays away.
    await must("npm", ["install", "--no-audit", "--no-fund", "--omit=optional", ...tarballs], at(root));
    assertEquals(existsSync(join(root, "node_modules/@openai")), false);
    assert(existsSync(join(root, `node_modules/@codex-app-server/runtime-${platform}/bin`)));

    const told = JSON.parse(await must("node", ["turn.mjs"], at(root)));
    assertEquals([told.version, told.status, told.answer], ["9.9.9", "completed", "it works"]);
    assertStringIncludes(told.userAgent, `/${runtimeVersion}`);
    const { code } = await transform(readFileSync(join(root, "quickstart.ts"), "utf8"), {
      loader: "ts",
      target: "node20",
    });
    writeFileSync(join(root, "quickstart.mjs"), code);
    await quickstart(root, TOOLS.node, ["quickstart.mjs"]);
  });

  test("[R2] [R4] (real) from the same folder: the quickstart on Deno", async () => {
    const root = join(temp, "npm");
    const names = Object.keys(manifest.exports).map((entry) => manifest.name + entry.slice(1));
    const imports = Object.fromEntries(
      names.map((name) => [name, `npm:${name.replace(manifest.name, `${manifest.name}@9.9.9`)}`]),
    );
    writeFileSync(join(root, "deno.json"), JSON.stringify({ imports, nodeModulesDir: "manual" }));
    await quickstart(root, TOOLS.deno, ["run", "-A", "quickstart.ts"]);
  });

  test("[R2] [R4] (real) by bun add: the quickstart on Bun", async () => {
    const root = project("bun");
    const { command, args } = TOOLS.bun;
    await must(command, [...args, "add", "--omit=optional", ...tarballs], at(root));
    await quickstart(root, TOOLS.bun, ["quickstart.ts"]);
  });

  function project(name: string): string {
    const root = join(temp, name);
    cpSync(join(ROOT, "tests/consumers/programs"), root, { recursive: true });
    cpSync(join(ROOT, "examples/quickstart.ts"), join(root, "quickstart.ts"));
    writeFileSync(join(root, "package.json"), JSON.stringify({ name: "consumer", private: true, type: "module" }));
    return root;
  }

  async function quickstart(root: string, { command, args }: Tool, rest: readonly string[]): Promise<void> {
    const stdout = await must(command, [...args, ...rest], at(root));
    assertStringIncludes(stdout, `/${runtimeVersion}`);
    assertStringIncludes(stdout, "The turn completed");
  }

  /** A machine on which nobody has logged in. */
  const at = (cwd: string) => ({
    cwd,
    timeoutMs: 240_000,
    env: { CODEX_BIN: undefined, CODEX_HOME: join(temp, "home"), OPENAI_API_KEY: undefined, PATH: path, NO_COLOR: "1" },
  });
});
