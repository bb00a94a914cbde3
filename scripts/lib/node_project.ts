import { copyFileSync, existsSync, mkdirSync, readdirSync, realpathSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { build, type Plugin } from "esbuild";
import { npmTarball } from "../build_npm.ts";
import { CODE } from "./bundle.ts";
import { findFiles } from "./find_files.ts";
import { readManifest, ROOT } from "./project.ts";
import { must } from "./subprocess.ts";

/** A folder in which `node --test` can run. */
export interface NodeProject {
  readonly root: string;
  /** The test files, relative to the root. */
  readonly files: readonly string[];
}

/**
 * Installs the packed package into an empty folder and puts the transpiled tests beside it, file by file. A test that
 * names the package gets the installed one. The package has no file for each module, so `../../src/x.ts` is a module
 * that was transpiled like the tests: **a second copy**, of which no class or state is the package's. What a test passes
 * to the package or takes from it, it therefore imports by the package's name.
 */
export async function prepareNodeProject(root: string, tests: readonly string[]): Promise<NodeProject> {
  mkdirSync(root, { recursive: true });
  const tarball = await npmTarball(join(root, "npm"));
  writeFileSync(join(root, "package.json"), JSON.stringify({ name: "tests", private: true, type: "module" }));
  await must("npm", ["install", "--no-audit", "--no-fund", "--prefer-offline", tarball], {
    cwd: root,
    timeoutMs: 180_000,
  });
  linkCodex(root);
  linkDevelopmentPackages(root);

  const sources = ["mod.ts", "gen", "src", "tests", "scripts", "examples"].flatMap((path) => findFiles(path));
  const entries = sources.filter((file) => file.endsWith(".ts"));
  await build({
    entryPoints: entries.map((file) => join(ROOT, file)),
    outbase: ROOT,
    outdir: root,
    ...CODE, // it bundles, so that the plugin sees every import; all become external, so each file stays a file
    sourcemap: "inline",
    plugins: [importsOf(root)],
  });
  const peers = "tests/ai_sdk/node_modules";
  if (existsSync(join(ROOT, peers))) symlinkSync(join(ROOT, peers), join(root, peers), "junction");
  for (const file of sources) {
    if (file.endsWith(".ts")) continue;
    mkdirSync(dirname(join(root, file)), { recursive: true });
    copyFileSync(join(ROOT, file), join(root, file));
  }
  return { root, files: tests.map((file) => file.replace(/\.ts$/, ".js")) };
}

/**
 * Lends the project the codex that is installed here, instead of fetching its 400 MB once more. Package by package: an
 * `npm install` that follows would empty a linked scope through its link, and with it the installation here.
 */
export function linkCodex(root: string): void {
  const installed = dirname(realpathSync(join(ROOT, "node_modules/@openai/codex")));
  const scope = join(root, "node_modules/@openai");
  mkdirSync(scope, { recursive: true });
  for (const name of readdirSync(installed)) symlinkSync(join(installed, name), join(scope, name), "junction");
}

/** Lends it what only tests import, from where Deno has installed it. */
function linkDevelopmentPackages(root: string): void {
  for (const [name, target] of Object.entries(readManifest().imports)) {
    const link = join(root, "node_modules", name);
    if (!target.startsWith("npm:") || existsSync(link)) continue;
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(realpathSync(join(ROOT, "node_modules", name)), link, "junction");
  }
}

/** Leaves every import an import, and leads it to what it means in the Node project. */
function importsOf(root: string): Plugin {
  return {
    name: "imports-of-the-node-project",
    setup(builder) {
      builder.onResolve({ filter: /.*/ }, ({ kind, path, resolveDir, importer }) => {
        if (kind === "entry-point") return undefined;
        const from = dirname(join(root, relative(ROOT, importer)));
        const lead = (target: string) => {
          const step = relative(from, target).replace(/\.ts$/, ".js");
          return { path: step.startsWith(".") ? step : `./${step}`, external: true };
        };
        if (path.startsWith("@std/")) return lead(join(root, "tests/std", path.slice("@std/".length), "mod.ts"));
        if (!path.startsWith(".")) return { path, external: true };
        return lead(join(root, relative(ROOT, resolve(resolveDir, path))));
      });
    },
  };
}
