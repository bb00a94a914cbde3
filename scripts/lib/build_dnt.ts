import { copyFileSync, cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { npmManifest } from "./npm_manifest.ts";
import { readManifest, TOOLS } from "./project.ts";
import { must } from "./subprocess.ts";

/** The version that was tried; see RELEASING.md. */
export const DNT = "jsr:@deno/dnt@^0.43.0";

/**
 * Builds with dnt: ESM alone, no tests, and neither shims nor polyfills, for the sources name a runtime's API in its own
 * adapter only, and nothing that Node 20 lacks. `dnt` is the module to import it from.
 */
export async function buildWithDnt(root: string, target: string, dnt: string = DNT): Promise<void> {
  const manifest = readManifest(root);
  const outDir = mkdtempSync(join(tmpdir(), "codex-sdk-dnt-"));
  const options = {
    entryPoints: Object.entries(manifest.exports).map(([name, path]) => ({ name, path: join(root, path) })),
    outDir,
    shims: {},
    polyfills: false,
    esModule: true,
    scriptModule: false,
    declaration: "inline",
    skipSourceOutput: true,
    skipNpmInstall: true,
    test: false,
    typeCheck: false, // `deno task check` has done it
    compilerOptions: { lib: ["ESNext", "DOM", "DOM.Iterable"], target: "Latest" },
    importMap: join(root, "deno.json"),
    package: npmManifest(manifest),
  };
  try {
    // In a process of its own, without this repository's configuration: it would write what it needs into deno.lock.
    const child = fileURLToPath(new URL("./run_dnt.ts", import.meta.url));
    const { command, args } = TOOLS.deno;
    await must(command, [...args, "run", "-A", "--no-check", "--no-config", "--no-lock", child, dnt], {
      cwd: outDir,
      env: { NO_COLOR: "1" },
      input: JSON.stringify(options),
      timeoutMs: 600_000,
    });
    // The code lies in `esm/`; what dnt puts beside it (ignore files, a manifest) is written by others here, or not at all.
    mkdirSync(target, { recursive: true });
    for (const name of readdirSync(join(outDir, "esm"))) {
      if (name !== "package.json") cpSync(join(outDir, "esm", name), join(target, name), { recursive: true });
    }
    for (const file of ["README.md", "LICENSE", "CHANGELOG.md"]) copyFileSync(join(root, file), join(target, file));
  } finally {
    rmSync(outDir, { recursive: true, force: true });
  }
}
