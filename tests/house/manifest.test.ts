import { assert, assertEquals } from "@std/assert";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { PIN_FILE, publicNames } from "../../scripts/lib/public_names.ts";
import { readManifest } from "../../scripts/lib/project.ts";
import { VERSION } from "../../src/version.ts";
import { ROOT } from "./sources.ts";

const manifest = readManifest();

describe("the manifest", () => {
  test("[S8] the version that servers are told is the package's", () => assertEquals(VERSION, manifest.version));

  test("[S8] the changelog tells of this version first", () => {
    const [, newest] = /^## (\S+)/m.exec(readFileSync(join(ROOT, "CHANGELOG.md"), "utf8")) ?? [];
    assertEquals(newest, manifest.version);
  });

  test("the pinned runtime is the one that gen/ comes from", () => {
    const { codexVersion } = JSON.parse(readFileSync(join(ROOT, "gen/provenance.json"), "utf8"));
    assertEquals(manifest.imports["@openai/codex"], `npm:@openai/codex@${codexVersion}`);
  });

  test("entry points are importable by their public names, here and under Bun", () => {
    const named = Object.fromEntries(
      Object.entries(manifest.exports).map(([path, file]) => [manifest.name + path.slice(1), file]),
    );
    for (const [name, file] of Object.entries(named)) assertEquals(manifest.imports[name], file);
    const tsconfig = readFileSync(join(ROOT, "tsconfig.json"), "utf8").replace(/^\s*\/\/.*$/gm, "");
    const { paths } = JSON.parse(tsconfig).compilerOptions as { paths: Record<string, string[]> };
    const std = Object.keys(manifest.imports).filter((name) => name.startsWith("@std/"));
    const expected = {
      ...named,
      ...Object.fromEntries(std.map((name) => [name, `./tests/std/${name.slice(5)}/mod.ts`])),
    };
    assertEquals(
      Object.entries(paths).map(([name, [file]]) => `${name} ${file}`).sort(),
      Object.entries(expected).map(([name, file]) => `${name} ${file}`).sort(),
    );
  });

  test("nothing but valibot is needed at run time", () => {
    // The core is compiled with a configuration of its own; it must mean the same valibot.
    const core = JSON.parse(readFileSync(join(ROOT, "core.deno.json"), "utf8"));
    assertEquals(core.imports["valibot"], manifest.imports["valibot"]);
  });

  test("[S1] the public names are the pinned ones", async () => {
    const names = await publicNames();
    assert(names.includes("class Codex\n"));
    assertEquals(names, readFileSync(join(ROOT, PIN_FILE), "utf8"), "meant? then run `deno task pin`");
  });
});
