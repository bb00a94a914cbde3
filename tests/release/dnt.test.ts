import { assertEquals } from "@std/assert";
import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { describe, test } from "node:test";
import { npmTarball } from "../../scripts/build_npm.ts";
import { buildWithDnt, type Dnt } from "../../scripts/lib/build_dnt.ts";
import { findFiles } from "../../scripts/lib/find_files.ts";
import { readManifest, ROOT } from "../../scripts/lib/project.ts";
import { must } from "../../scripts/lib/subprocess.ts";
import { withTemp } from "./temp.ts";

// dnt itself is on JSR, which not every machine reaches. What is done with its output can be tested all the same.
describe("the dnt builder", () => {
  test("asks for ESM and inline declarations, and leaves the layout of the other packer", () =>
    withTemp(async (temp) => {
      await must("tar", ["-xzf", await npmTarball(join(temp, "packed")), "-C", temp], { timeoutMs: 30_000 });
      const packed = join(temp, "package");
      let asked: Readonly<Record<string, unknown>> = {};
      const dnt: Dnt = {
        build(options) {
          asked = options;
          const esm = join(String(options["outDir"]), "esm");
          mkdirSync(esm, { recursive: true });
          for (const name of ["gen", "src", "mod.js", "mod.d.ts"]) {
            cpSync(join(packed, name), join(esm, name), { recursive: true });
          }
          for (const name of ["package.json", "esm/package.json", ".npmignore"]) {
            writeFileSync(join(String(options["outDir"]), name), "{}");
          }
          return Promise.resolve();
        },
      };
      const target = join(temp, "target");
      await buildWithDnt(ROOT, target, () => Promise.resolve(dnt));
      // package.json is written by the caller, for both builders.
      assertEquals(findFiles(".", target), findFiles(".", packed).filter((file) => basename(file) !== "package.json"));
      assertEquals(
        [asked["scriptModule"], asked["declaration"], asked["sourceMap"], asked["test"]],
        [false, "inline", false, false],
      );
      const entries = asked["entryPoints"] as readonly { readonly name: string }[];
      assertEquals(entries.map(({ name }) => name), Object.keys(readManifest().exports));
    }));
});
