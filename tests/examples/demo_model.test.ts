import { assertEquals, assertStringIncludes } from "@std/assert";
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { makeTempDir, type TempDir } from "../../src/runtime/temp_dir.ts";
import { selfCommand, selfEnv } from "../runtime/self.ts";

/** What `demoModel` decides in this environment. */
function decided(env: Readonly<Record<string, string>>): string {
  const [command, ...args] = selfCommand("examples/which_model");
  const clean = { ...selfEnv(), CODEX_DEMO_MODEL: "", OPENAI_API_KEY: "" };
  const { stdout, stderr } = spawnSync(command, args, { env: { ...clean, ...env }, encoding: "utf8" });
  return `${stdout}${stderr}`.trim();
}

async function withHome(body: (home: TempDir) => void | Promise<void>): Promise<void> {
  const home = await makeTempDir("codex-demo-");
  try {
    await body(home);
  } finally {
    await home.remove();
  }
}

describe("demoModel", () => {
  test("(real) a login of Codex means the real model", () =>
    withHome(async (home) => {
      await home.write("auth.json", JSON.stringify({ OPENAI_API_KEY: "sk-for-this-test" }));
      assertEquals(decided({ CODEX_HOME: home.path }), "false Using the real model: Codex is logged in by apiKey.");
    }));

  test("(real) no login means the script", () =>
    withHome((home) => {
      const said = decided({ CODEX_HOME: home.path });
      assertStringIncludes(said, "true Using the built-in scripted model: neither a login of Codex nor OPENAI_API_KEY");
    }));

  test("where Codex was never used, no folder of it is made", () =>
    withHome((home) => {
      const said = decided({ CODEX_HOME: "", HOME: home.path, USERPROFILE: home.path });
      assertStringIncludes(said, "true Using the built-in scripted model");
      assertEquals(existsSync(join(home.path, ".codex")), false);
    }));

  test("CODEX_DEMO_MODEL decides it without a look", () => {
    assertEquals(decided({ CODEX_DEMO_MODEL: "real" }), "false Using the real model: CODEX_DEMO_MODEL says so.");
    const scripted = decided({ CODEX_DEMO_MODEL: "scripted" });
    assertEquals(scripted, "true Using the built-in scripted model: CODEX_DEMO_MODEL says so.");
  });
});
