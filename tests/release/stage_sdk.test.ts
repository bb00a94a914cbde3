import { assert, assertEquals, assertRejects } from "@std/assert";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import process from "node:process";
import { describe, test } from "node:test";
import { pinnedRuntime, readManifest, ROOT } from "../../scripts/lib/project.ts";
import { must, run } from "../../scripts/lib/subprocess.ts";
import { sha256 } from "../../scripts/release/folders.ts";
import { Refusal } from "../../scripts/release/refusal.ts";
import { stageSdk } from "../../scripts/release/stage_sdk.ts";
import { withTemp } from "./temp.ts";

const runtimeVersion = pinnedRuntime(readManifest());

describe("stage-sdk", () => {
  test("stages both layouts with the version everywhere, and twice the same bytes", () =>
    withTemp(async (temp) => {
      const stage = join(temp, "stage");
      const tarball = await stageSdk({ stage, sdkVersion: "7.8.9-beta.1", runtimeVersion });
      const jsr = JSON.parse(readFileSync(join(stage, "jsr/deno.json"), "utf8"));
      assertEquals(jsr.version, "7.8.9-beta.1");
      assertEquals(jsr.tasks, undefined);
      assertEquals(jsr.links, undefined);
      assert(!existsSync(join(stage, "jsr/tests")) && !existsSync(join(stage, "jsr/scripts")));

      // The constant, as a program that installed the package sees it.
      await must("tar", ["-xzf", tarball, "-C", temp], { timeoutMs: 30_000 });
      const { version } = JSON.parse(readFileSync(join(temp, "package/package.json"), "utf8"));
      assertEquals(version, "7.8.9-beta.1");
      const told = await must("node", ["-e", `import("./package/mod.js").then((m) => console.log(m.VERSION))`], {
        cwd: temp,
        timeoutMs: 30_000,
      });
      assertEquals(told.trim(), "7.8.9-beta.1");

      const before = [sha256(tarball), sha256(join(stage, "staged.json"))];
      await stageSdk({ stage, sdkVersion: "7.8.9-beta.1", runtimeVersion });
      assertEquals([sha256(tarball), sha256(join(stage, "staged.json"))], before);
    }));

  const refusals: readonly (readonly [string, Parameters<typeof fakeRoot>[1], Partial<Versions>, string])[] = [
    ["a missing pin", { pins: [] }, {}, "has no pin"],
    ["a duplicate pin", { pins: ["1.2.3", "1.2.3"] }, {}, "pins the runtime 2 times"],
    ["a pin that is a range", { pins: ["^1.2.3"] }, {}, "not one exact version"],
    ["an empty pin", { pins: [""] }, {}, "is empty"],
    ["an empty SDK version", {}, { sdkVersion: "" }, "--sdk-version is empty"],
    ["an absent SDK version", {}, { sdkVersion: undefined }, "--sdk-version is empty"],
    ["an empty runtime version", {}, { runtimeVersion: " " }, "--runtime-version is empty"],
    ["a tag instead of a version", {}, { sdkVersion: "latest" }, "not one exact version"],
    ["a runtime that is not the pinned one", {}, { runtimeVersion: "1.2.4" }, "does not match"],
    ["a runtime that gen/ does not come from", { generatedFrom: "1.2.2" }, {}, "does not match"],
    ["types that were never generated", { generatedFrom: null }, {}, "run generate-types first"],
  ];
  for (const [what, root, versions, text] of refusals) {
    test(`[R4] refuses ${what}`, () =>
      withTemp(async (temp) => {
        const stage = join(temp, "stage");
        const options = { stage, root: fakeRoot(join(temp, "root"), root), ...VERSIONS, ...versions };
        const { message } = await assertRejects(() => stageSdk(options), Refusal);
        assert(message.includes(text), message);
        assert(!existsSync(stage), "a refusal leaves nothing behind");
      }));
  }

  test("[R4] refuses a folder inside the sources", async () => {
    const options = { stage: join(ROOT, "src/stage"), sdkVersion: "1.2.3", runtimeVersion };
    assert((await assertRejects(() => stageSdk(options), Refusal)).message.includes("overlaps"));
    assert(!existsSync(options.stage));
  });

  test("[R4] the command prints the refusal alone, and fails", async () => {
    const script = join(ROOT, "scripts/update_sdk_artifacts.ts");
    const args = ["run", "-A", script, "stage-sdk", "stage", "--sdk-version", "", "--runtime-version", "1.2.3"];
    const { code, output } = await run(process.execPath, args, {
      cwd: ROOT,
      timeoutMs: 60_000,
      env: { NO_COLOR: "1" },
    });
    assertEquals(code, 1);
    assertEquals(output.trim(), "--sdk-version is empty: name one exact version, as in --sdk-version 1.2.3");
  });
});

interface Versions {
  readonly sdkVersion: string | undefined;
  readonly runtimeVersion: string | undefined;
}

const VERSIONS: Versions = { sdkVersion: "0.2.0", runtimeVersion: "1.2.3" };

/** As much of a repository as the refusals look at. */
function fakeRoot(
  root: string,
  options: { readonly pins?: readonly string[]; readonly generatedFrom?: string | null },
): string {
  const { pins = ["1.2.3"], generatedFrom = "1.2.3" } = options;
  const imports = Object.fromEntries(pins.map((version, index) => [`codex${index}`, `npm:@openai/codex@${version}`]));
  const files: Record<string, string> = { "deno.json": JSON.stringify({ imports, publish: { include: [] } }) };
  if (generatedFrom !== null) files["gen/provenance.json"] = JSON.stringify({ codexVersion: generatedFrom });
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return root;
}
