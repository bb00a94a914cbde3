import { assert, assertEquals } from "@std/assert";
import process from "node:process";
import { describe, test } from "node:test";
import { lintDocs } from "../../scripts/lint_docs.ts";
import { ROOT } from "../../scripts/lib/project.ts";
import { run } from "../../scripts/lib/subprocess.ts";

describe("the JSR package", () => {
  test("[R3] `deno publish --dry-run` passes, without slow types", async () => {
    const args = ["publish", "--dry-run", "--allow-dirty"];
    const { code, output } = await run(process.execPath, args, {
      cwd: ROOT,
      timeoutMs: 120_000,
      env: { NO_COLOR: "1" },
    });
    assertEquals(code, 0, output);
    assert(!/warning|allow-slow-types/i.test(output), output);
    assert(!/\btests\/|\bscripts\/|\bexamples\//.test(output), "more than the package would be published");
  });

  test("[R3] [S6] every public symbol is documented", async () => {
    assertEquals(await lintDocs(), []);
  });
});
