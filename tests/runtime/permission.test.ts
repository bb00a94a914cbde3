import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { spawnSync } from "node:child_process";
import process from "node:process";
import { describe, test } from "node:test";
import type { DenoPermissions } from "../../src/runtime/deno_permissions.ts";
import { permissionError } from "../../src/runtime/permission.ts";

const POSIX = process.platform !== "win32";

/** What Deno says word for word; tests/real/permissions.test.ts lets Deno itself say it. */
const refused = (path: string) => new Error(`Requires run access to "${path}", run again with the --allow-run flag`);

/** The narrow flag of the advice. */
function narrow(path: string): string | undefined {
  return /, or just (--allow-run=.*)\.$/s.exec(permissionError(refused(path)).message)?.[1];
}

describe("the advice on permissions", () => {
  test("a plain path stands there as it is", () => {
    for (const path of ["/opt/codex-1.2/bin/codex", "/home/jörg/café/codex", "C:\\tools\\codex.exe"]) {
      assertEquals(narrow(path), `--allow-run=${path}`);
    }
    assertEquals(narrow("C:\\Program Files\\codex.exe"), '--allow-run="C:\\Program Files\\codex.exe"');
  });

  test("a path with a comma cannot be named: Deno takes a list there", () => {
    const { message } = permissionError(refused("/srv/a,b/codex"));
    assertEquals(narrow("/srv/a,b/codex"), undefined);
    assertStringIncludes(message, "Run the program with --allow-run.");
  });

  test("what is lacking altogether is named at once", () => {
    const granted = { run: "none", read: "none", write: "none", env: "some", net: "none" } as const;
    const message = (more: Partial<DenoPermissions>) =>
      permissionError(refused("/opt/codex"), { ...granted, ...more }).message;
    const own = "Run the program with --allow-run, or just --allow-run=/opt/codex.";
    const next = " What it may ask for next: ";
    assertStringIncludes(message({ env: "none" }), `${own}${next}--allow-read --allow-env.`);
    assertStringIncludes(message({}), `${own}${next}--allow-read.`);
    assertEquals(message({ read: "some" }).endsWith(own), true);
  });

  test("[H2] a shell reads any path as it is meant", { skip: !POSIX && "there is no POSIX shell" }, () => {
    const odd = [..." \t'\"`$\\!*?[](){}<>|&;#~ö€"];
    const paths = ["/home/some one/pröjekt/codex", ...odd.map((each) => `/home/a${each}b/$HOME/codex`), odd.join("/x")];
    for (const path of paths.map((each) => each.startsWith("/") ? each : `/${each}`)) {
      const flag = narrow(path);
      assert(flag !== undefined, path);
      const { stdout } = spawnSync("sh", ["-c", `printf %s ${flag}`], { encoding: "utf8" });
      assertEquals(stdout, `--allow-run=${path}`);
    }
  });
});
