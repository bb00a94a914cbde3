import { copyFileSync, readdirSync, renameSync, rmdirSync } from "node:fs";
import { join } from "node:path";
import { npmManifest } from "./npm_manifest.ts";
import { readManifest } from "./project.ts";

/** The part of dnt's `build` that is used here; the module itself is on JSR and is loaded only when it is asked for. */
interface Dnt {
  build(options: Record<string, unknown>): Promise<void>;
}

/** Builds with dnt: ESM alone, no tests, no shims, since the sources name no Deno API outside of their own adapter. */
export async function buildWithDnt(root: string, target: string): Promise<void> {
  const specifier: string = "jsr:@deno/dnt@^0.42.0"; // a variable, so that nothing resolves it ahead of time
  const dnt: Dnt = await import(specifier);
  const manifest = readManifest(root);
  await dnt.build({
    entryPoints: Object.entries(manifest.exports).map(([name, path]) => ({ name, path: join(root, path) })),
    outDir: target,
    shims: {},
    scriptModule: false,
    test: false,
    typeCheck: false, // `deno task check` has done it
    skipSourceOutput: true,
    sourceMap: false,
    compilerOptions: { lib: ["ESNext", "DOM", "DOM.Iterable"], target: "ES2022" },
    importMap: join(root, "deno.json"),
    package: npmManifest(manifest),
  });
  // dnt writes into `esm/`; the package's own layout is that of the sources.
  for (const name of readdirSync(join(target, "esm"))) renameSync(join(target, "esm", name), join(target, name));
  rmdirSync(join(target, "esm"));
  for (const file of ["README.md", "LICENSE"]) copyFileSync(join(root, file), join(target, file));
}
