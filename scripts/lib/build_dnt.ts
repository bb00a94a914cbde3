import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { npmManifest } from "./npm_manifest.ts";
import { readManifest } from "./project.ts";

/** The part of dnt that is used here. */
export interface Dnt {
  build(options: Readonly<Record<string, unknown>>): Promise<void>;
}

/** Builds with dnt: ESM alone, no tests, and no shims, for the sources name a runtime's API in its own adapter only. */
export async function buildWithDnt(root: string, target: string, load: () => Promise<Dnt> = fromJsr): Promise<void> {
  const dnt = await load();
  const manifest = readManifest(root);
  const outDir = mkdtempSync(join(tmpdir(), "codex-sdk-dnt-"));
  try {
    await dnt.build({
      entryPoints: Object.entries(manifest.exports).map(([name, path]) => ({ name, path: join(root, path) })),
      outDir,
      shims: {},
      esModule: true,
      scriptModule: false,
      declaration: "inline",
      sourceMap: false,
      skipSourceOutput: true,
      skipNpmInstall: true,
      test: false,
      typeCheck: false, // `deno task check` has done it
      compilerOptions: { lib: ["ESNext", "DOM", "DOM.Iterable"], target: "ES2022" },
      importMap: join(root, "deno.json"),
      package: npmManifest(manifest),
    });
    // The code lies in `esm/`; what dnt puts beside it (ignore files, a manifest) is written by others here, or not at all.
    mkdirSync(target, { recursive: true });
    for (const name of readdirSync(join(outDir, "esm"))) {
      if (name !== "package.json") renameSync(join(outDir, "esm", name), join(target, name));
    }
    for (const file of ["README.md", "LICENSE", "CHANGELOG.md"]) copyFileSync(join(root, file), join(target, file));
  } finally {
    rmSync(outDir, { recursive: true, force: true });
  }
}

async function fromJsr(): Promise<Dnt> {
  const specifier: string = "jsr:@deno/dnt@^0.42.0"; // a variable, so that nothing resolves it ahead of time
  return await import(specifier);
}
