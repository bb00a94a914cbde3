import { assertEquals, assertStringIncludes } from "@std/assert";
import { cpSync, existsSync, readdirSync, realpathSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import process from "node:process";
import { describe, test } from "node:test";
import { pinnedRuntime, readManifest, ROOT } from "../../scripts/lib/project.ts";
import { must } from "../../scripts/lib/subprocess.ts";
import { stageRuntime } from "../../scripts/release/stage_runtime.ts";
import { stageSdk } from "../../scripts/release/stage_sdk.ts";
import { withTemp } from "./temp.ts";

const runtimeVersion = pinnedRuntime(readManifest());

describe("a staged release", () => {
  test("[R2] [R4] (real) SDK and runtime, staged and installed together from their tarballs, run a turn", () =>
    withTemp(async (temp) => {
      const scope = dirname(realpathSync(join(ROOT, "node_modules/@openai/codex")));
      const codex = join(scope, `codex-${process.platform}-${process.arch}`);
      const sdk = await stageSdk({ stage: join(temp, "sdk"), sdkVersion: "9.9.9", runtimeVersion });
      const runtime = await stageRuntime({ stage: join(temp, "runtime"), codex, runtimeVersion });

      const root = join(temp, "project");
      cpSync(join(ROOT, "tests/consumers/programs"), root, { recursive: true });
      writeFileSync(join(root, "package.json"), JSON.stringify({ name: "consumer", private: true, type: "module" }));
      // The packages of other platforms are in no registry yet: the meta package's optional dependencies stay away.
      await must("npm", ["install", "--no-audit", "--no-fund", "--omit=optional", sdk, ...runtime], {
        cwd: root,
        timeoutMs: 180_000,
      });
      assertEquals(existsSync(join(root, "node_modules/@openai")), false);
      assertEquals(readdirSync(join(root, "node_modules/@codex-app-server")).sort(), [
        "runtime",
        `runtime-${process.platform}-${process.arch}`,
        "sdk",
      ]);
      const stdout = await must("node", ["turn.mjs"], {
        cwd: root,
        timeoutMs: 60_000,
        // Nothing but the staged runtime can be found.
        env: { CODEX_BIN: undefined, PATH: `${dirname(await nodePath())}:/usr/bin:/bin` },
      });
      const told = JSON.parse(stdout);
      assertEquals([told.version, told.status, told.answer], ["9.9.9", "completed", "it works"]);
      assertStringIncludes(told.userAgent, `/${runtimeVersion}`);
    }));
});

async function nodePath(): Promise<string> {
  return (await must("node", ["-p", "process.execPath"], { timeoutMs: 30_000 })).trim();
}
