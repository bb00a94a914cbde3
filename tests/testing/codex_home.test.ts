import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { existsSync, realpathSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, test } from "node:test";
import { codexHome } from "@codex-app-server/sdk/testing";

describe("codexHome", () => {
  test("writes the configuration into a folder of its own, and removes it", async () => {
    let path: string;
    {
      await using home = await codexHome({ modelUrl: "http://127.0.0.1:1/v1", sandboxMode: "workspace-write" });
      path = home.path;
      assertEquals(dirname(path), realpathSync(tmpdir()));
      assertEquals(home.env["CODEX_HOME"], path);
      const config = await readFile(join(path, "config.toml"), "utf8");
      assertStringIncludes(config, `base_url = "http://127.0.0.1:1/v1"`);
      assertStringIncludes(config, `sandbox_mode = "workspace-write"`);
      assertStringIncludes(config, `approval_policy = "never"`);
      await writeFile(join(path, "left_behind.txt"), "x");
    }
    assertEquals(existsSync(path), false);
  });

  test("further configuration comes last, and removing twice is no error", async () => {
    const home = await codexHome({ modelUrl: "http://x/v1", toml: "top = 1\n[apps.x]\nenabled = true" });
    const config = await readFile(join(home.path, "config.toml"), "utf8");
    assert(config.endsWith("top = 1\n[apps.x]\nenabled = true\n"));
    // Top-level keys after a table would belong to the table.
    assertEquals(config.slice(0, config.indexOf("[apps.x]")).includes("["), false);
    await Promise.all([home.remove(), home.remove()]);
    assertEquals(existsSync(home.path), false);
  });

  test("features have an option of their own", async () => {
    await using home = await codexHome({ modelUrl: "http://x/v1", features: { goals: true } });
    const config = await readFile(join(home.path, "config.toml"), "utf8");
    assertStringIncludes(config, "features = { plugins = false, goals = true }");
    for (const toml of ["[features]\nx = true", "x = 1\nfeatures.x = true", "[ features ]", "features = {}"]) {
      await assertRejects(() => codexHome({ modelUrl: "http://x/v1", toml }), TypeError, "features");
    }
  });
});
