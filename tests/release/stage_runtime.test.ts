import { assert, assertEquals, assertRejects } from "@std/assert";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { must } from "../../scripts/lib/subprocess.ts";
import { sha256 } from "../../scripts/release/folders.ts";
import { Refusal } from "../../scripts/release/refusal.ts";
import { stageRuntime } from "../../scripts/release/stage_runtime.ts";
import { fakeCodex } from "./fake_codex.ts";
import { withTemp } from "./temp.ts";

const json = (path: string) => JSON.parse(readFileSync(path, "utf8"));

describe("stage-runtime", () => {
  test("[R4] stages the platform's package and the one that picks it; no package of sources", () =>
    withTemp(async (temp) => {
      const codex = fakeCodex(join(temp, "codex"));
      const stage = join(temp, "stage");
      const tarballs = await stageRuntime({ stage, codex, runtimeVersion: "1.2.3", platform: "linux-x64" });

      assertEquals(readdirSync(stage).sort(), [
        "codex-app-server-runtime-1.2.3.tgz",
        "codex-app-server-runtime-linux-x64-1.2.3.tgz",
        "runtime",
        "runtime-linux-x64",
        "staged.json",
      ]);
      const { name, version, os, cpu, libc } = json(join(stage, "runtime-linux-x64/package.json"));
      assertEquals([name, version, os, cpu], ["@codex-app-server/runtime-linux-x64", "1.2.3", ["linux"], ["x64"]]);
      assertEquals(libc, ["glibc", "musl"]);
      const { optionalDependencies, dependencies } = json(join(stage, "runtime/package.json"));
      assertEquals(Object.keys(optionalDependencies).length, 6);
      assertEquals(new Set(Object.values(optionalDependencies)), new Set(["1.2.3"]));
      assertEquals(dependencies, undefined);

      // What counts is what the tarball unpacks to.
      const unpacked = join(temp, "unpacked");
      mkdirSync(unpacked);
      await must("tar", ["-xzpf", tarballs[0] ?? "", "-C", unpacked], { timeoutMs: 30_000 });
      const root = join(unpacked, "package");
      assertEquals(readdirSync(root).sort(), [
        "LICENSE",
        "README.md",
        "bin",
        "codex-package.json",
        "codex-path",
        "codex-resources",
        "package.json",
      ]);
      for (
        const [file, mode] of [["bin/codex", 0o111], ["codex-path/rg", 0o111], [
          "codex-resources/notice.md",
          0,
        ]] as const
      ) {
        assertEquals(statSync(join(root, file)).mode & 0o111, mode, file);
      }
    }));

  test("the binary itself and an installed platform package name their package too", () =>
    withTemp(async (temp) => {
      const codex = fakeCodex(join(temp, "installed/vendor/x86_64-unknown-linux-musl"));
      for (const named of [join(codex, "bin/codex"), join(temp, "installed")]) {
        const stage = join(temp, "stage");
        await stageRuntime({ stage, codex: named, runtimeVersion: "1.2.3", pack: false });
        assert(existsSync(join(stage, "runtime-linux-x64/bin/codex")));
      }
    }));

  test("staging twice makes the same bytes, and replaces what was staged before", () =>
    withTemp(async (temp) => {
      const codex = fakeCodex(join(temp, "codex"));
      const stage = join(temp, "stage");
      const first = (await stageRuntime({ stage, codex, runtimeVersion: "1.2.3" })).map(sha256);
      const record = readFileSync(join(stage, "staged.json"), "utf8");
      writeFileSync(join(stage, "stray.txt"), "left over");
      const second = (await stageRuntime({ stage, codex, runtimeVersion: "1.2.3" })).map(sha256);
      assertEquals(second, first);
      assertEquals(readFileSync(join(stage, "staged.json"), "utf8"), record);
      assert(!existsSync(join(stage, "stray.txt")));
    }));

  for (const missing of ["codex-package.json", "bin/codex", "codex-path/rg", "codex-resources/notice.md"]) {
    test(`[R4] refuses an incomplete layout: without ${missing}`, () =>
      withTemp(async (temp) => {
        const codex = fakeCodex(join(temp, "codex"), { without: [missing] });
        const { message } = await refusal({ stage: join(temp, "stage"), codex });
        assert(message.includes("no complete codex package"), message);
        assert(!existsSync(join(temp, "stage")), "a refusal leaves nothing behind");
      }));
  }

  test("[R4] refuses links, to files and to folders", () =>
    withTemp(async (temp) => {
      for (const [index, target] of ["bin/codex", "codex-path"].entries()) {
        const codex = fakeCodex(join(temp, `codex${index}`));
        symlinkSync(join(codex, target), join(codex, "codex-resources/link"));
        const { message } = await refusal({ stage: join(temp, "stage"), codex });
        assert(message.includes("links are not staged"), message);
      }
    }));

  test("[R4] refuses folders that overlap, seen through links as well", () =>
    withTemp(async (temp) => {
      const codex = fakeCodex(join(temp, "outer/codex"));
      symlinkSync(codex, join(temp, "alias"));
      for (const stage of [codex, join(codex, "bin"), join(temp, "outer"), join(temp, "alias/stage")]) {
        const { message } = await refusal({ stage, codex });
        assert(message.includes("overlaps"), message);
      }
      assert(existsSync(join(codex, "bin/codex")), "the package is untouched");
    }));

  test("[R4] refuses a folder that holds anything else", () =>
    withTemp(async (temp) => {
      const stage = join(temp, "stage");
      mkdirSync(stage);
      writeFileSync(join(stage, "precious.txt"), "");
      const { message } = await refusal({ stage, codex: fakeCodex(join(temp, "codex")) });
      assert(message.includes("holds files that staging did not write"), message);
      assert(existsSync(join(stage, "precious.txt")));
    }));

  test("[R4] refuses a version or a platform that is not the package's", () =>
    withTemp(async (temp) => {
      const codex = fakeCodex(join(temp, "codex"));
      const stage = join(temp, "stage");
      for (
        const [options, text] of [
          [{ runtimeVersion: "1.2.4" }, "does not match"],
          [{ runtimeVersion: "" }, "is empty"],
          [{ runtimeVersion: "^1.2.3" }, "not one exact version"],
          [{ platform: "darwin-arm64" }, "does not match"],
          [{ platform: "plan9-mips" }, "is unknown"],
        ] as const
      ) {
        const { message } = await refusal({ stage, codex, ...options });
        assert(message.includes(text), message);
      }
    }));

  test("[R4] refuses what is not there", () =>
    withTemp(async (temp) => {
      const { message } = await refusal({ stage: join(temp, "stage"), codex: join(temp, "nowhere") });
      assert(message.startsWith("there is no "), message);
    }));
});

function refusal(
  options: { stage: string; codex: string; runtimeVersion?: string; platform?: string },
): Promise<Refusal> {
  return assertRejects(() => stageRuntime({ runtimeVersion: "1.2.3", pack: false, ...options }), Refusal);
}
