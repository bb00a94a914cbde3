import { checkPackage, createPackageFromTarballData } from "@arethetypeswrong/core";
import { assert, assertEquals } from "@std/assert";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, describe, test } from "node:test";
import { publint } from "publint";
import { npmTarball } from "../../scripts/build_npm.ts";
import { findFiles } from "../../scripts/lib/find_files.ts";
import { RUNTIME_PACKAGES } from "../../scripts/lib/npm_manifest.ts";
import { measure, readSizeTable, SIZE_FILE } from "../../scripts/lib/package_size.ts";
import { readManifest, ROOT } from "../../scripts/lib/project.ts";
import { must } from "../../scripts/lib/subprocess.ts";
import { modulesIn } from "./modules_in.ts";

describe("the npm package", () => {
  const manifest = readManifest();
  let temp = "";
  let folder = "";
  let tarball = "";

  before(async () => {
    temp = mkdtempSync(join(tmpdir(), "codex-sdk-package-"));
    tarball = await npmTarball(join(temp, "built"));
    await must("tar", ["-xzf", tarball, "-C", temp], { timeoutMs: 30_000 });
    folder = join(temp, "package"); // what a user gets, not what was packed
  });
  after(() => rmSync(temp, { recursive: true, force: true }));

  test("[R2] holds code, declarations and documents; no sources, tests or maps", () => {
    const files = findFiles(".", folder);
    const expected = /^(mod\.(js|d\.ts)|(gen|src)\/.+\.(js|d\.ts)|package\.json|README\.md|LICENSE|CHANGELOG\.md)$/;
    assertEquals(files.filter((file) => !expected.test(file)), []);
    assertEquals(["README.md", "LICENSE"].filter((file) => !files.includes(file)), []);
    for (const file of files) {
      const text = readFileSync(join(folder, file), "utf8");
      assert(!text.includes("sourceMappingURL"), `${file} carries a source map`);
      assert(!text.includes(ROOT), `${file} tells where it was made`);
    }
  });

  test("every module lies in one chunk, and in no other", () => {
    const code = findFiles(".", folder).filter((file) => file.endsWith(".js"));
    assert(code.length < 52, `${code.length} files`);
    const modules = code.flatMap((file) => modulesIn(join(folder, file)));
    assertEquals(modules.filter((module, index) => modules.indexOf(module) !== index), []);
    for (const part of ["src/errors.ts", "src/message/protocol.ts", "gen/turn.ts"]) {
      assert(modules.includes(part), part);
    }
  });

  test("[S8] has the version of deno.json, and any codex beside it", () => {
    const { version, dependencies, peerDependencies, peerDependenciesMeta, optionalDependencies } = packageJson();
    assertEquals(version, manifest.version);
    assertEquals(dependencies, { valibot: manifest.imports["valibot"]?.replace("npm:valibot@", "") ?? "" });
    for (const name of RUNTIME_PACKAGES) assertEquals(peerDependencies[name], "*");
    for (const name of Object.keys(peerDependencies)) assertEquals(peerDependenciesMeta[name], { optional: true });
    assertEquals(optionalDependencies, undefined, "nobody downloads 400 MB by installing a library");
  });

  test("[H6] says where it comes from, as npm wants it for provenance, and where its faults are told", () => {
    const { repository, homepage, bugs, keywords } = packageJson();
    assertEquals(repository, { type: "git", url: `git+${manifest.repository}.git` });
    assertEquals([homepage, bugs.url], [`${manifest.repository}#readme`, `${manifest.repository}/issues`]);
    assert(keywords.includes("codex") && new Set(keywords).size === keywords.length);
  });

  test("links of its documents lead somewhere from the package's page", () => {
    const found = ["README.md", "CHANGELOG.md"].flatMap((document) => {
      const text = readFileSync(join(folder, document), "utf8").replace(/^```[\s\S]*?^```/gm, "");
      return [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = ""]) => target);
    });
    assert(found.length > 20, `${found.length} links`);
    const base = new RegExp(`^${manifest.repository}/(?:blob|raw)/v${manifest.version}/([^#]+)`);
    const dead = found.filter((target) => {
      const path = base.exec(target)?.[1];
      return path === undefined ? !/^(?:https:|#)/.test(target) : !existsSync(join(ROOT, path));
    });
    assertEquals(dead, []);
    assert(found.some((target) => target.includes("/blob/")));
  });

  test("every entry point has code and declarations", () => {
    const { exports } = packageJson();
    for (const path of Object.keys(manifest.exports)) {
      for (const condition of ["types", "default"] as const) {
        const file = exports[path]?.[condition] ?? "";
        assert(file !== "" && statSync(join(folder, file)).size > 0, `${path} ${condition}`);
      }
    }
  });

  test("every relative import, of code and of declarations, leads to a file of the package", () => {
    for (const file of findFiles(".", folder)) {
      if (!/\.(?:js|d\.ts)$/.test(file)) continue;
      const text = readFileSync(join(folder, file), "utf8").replace(/\/\*[\s\S]*?\*\//g, "");
      for (const [, path = ""] of text.matchAll(/(?:\bfrom|\bimport\(|\bimport)\s*"(\.[^"]+)"/g)) {
        const target = join(folder, dirname(file), file.endsWith(".js") ? path : path.replace(/\.js$/, ".d.ts"));
        assert(existsSync(target), `${file} imports ${path}`);
      }
    }
  });

  test("publint finds nothing to say", async () => {
    const { messages } = await publint({ pkgDir: folder, pack: false, strict: true });
    assertEquals(messages, []);
  });

  test("[R2] are-the-types-wrong finds nothing wrong for nodenext and bundler", async () => {
    const result = await checkPackage(createPackageFromTarballData(readFileSync(tarball)));
    assert(result.types, "no types at all");
    // ESM alone, on purpose: `require` of it works from Node 20.19 on, and needs no second copy of every class.
    const problems = result.problems.filter((problem) =>
      !("resolutionKind" in problem && ["node10", "node16-cjs"].includes(problem.resolutionKind))
    );
    assertEquals(problems, []);
  });

  test("[S7] declarations say no `any`, and name valibot in gen/ alone", () => {
    const declarations = findFiles(".", folder).filter((file) => file.endsWith(".d.ts"));
    assert(declarations.length > 10);
    for (const file of declarations) {
      const code = readFileSync(join(folder, file), "utf8").replace(/\/\*[\s\S]*?\*\//g, "");
      assert(!/[:<|&,(]\s*any\b(?!\w)/.test(code), `${file} says any`);
      if (!file.startsWith("gen/")) assert(!/from\s*"valibot"/.test(code), `${file} names valibot`);
    }
  });

  test("weighs at most 450 KB packed, and what docs/size.md says", async () => {
    const sizes = await measure(folder, tarball);
    const written = readSizeTable(readFileSync(join(ROOT, SIZE_FILE), "utf8"));
    assertEquals(written.map(({ what }) => what), sizes.map(({ what }) => what));
    for (const [index, { what, ...measured }] of sizes.entries()) {
      for (const [column, bytes] of Object.entries(measured)) {
        const said = written[index]?.[column as keyof typeof measured] ?? 0;
        const drift = Math.abs(bytes / said - 1);
        assert(drift <= 0.1, `${what} is ${bytes} bytes, docs/size.md says ${said}: run \`deno task size\``);
      }
    }
    assert((sizes[0]?.bytes ?? Infinity) <= 450 * 1024, `the tarball has ${sizes[0]?.bytes} bytes`);
  });

  function packageJson(): PackageJson {
    return JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  }
});

interface PackageJson {
  readonly repository: unknown;
  readonly homepage: string;
  readonly bugs: { readonly url: string };
  readonly keywords: readonly string[];
  readonly version: string;
  readonly exports: Readonly<Record<string, { readonly types: string; readonly default: string }>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly optionalDependencies?: unknown;
  readonly peerDependencies: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta: Readonly<Record<string, { readonly optional: boolean }>>;
}
