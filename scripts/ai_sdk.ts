/**
 * Prepares the tests of `./ai-sdk`, whose packages are their own: the AI SDK in both of its versions, and Hono.
 *
 *     deno run -A scripts/ai_sdk.ts
 *
 * @module
 */
import { build } from "esbuild";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { installOwnPackages } from "./lib/own_packages.ts";
import { ROOT } from "./lib/project.ts";

/** The folder of these tests. */
export const AI_SDK = "tests/ai_sdk/";

const PEERS = ["ai6", "ai7", "hono"] as const;

/**
 * Installs what the tests need, once, and makes one module of each package: what lies in a folder of packages that is not
 * its own, Deno does not resolve.
 */
export async function prepareAiSdk(): Promise<void> {
  const folder = join(ROOT, AI_SDK);
  installOwnPackages(
    folder,
    "the AI SDK, versions 6 and 7, and Hono (45 MB, once)",
  );
  const bundles = join(folder, "node_modules/.bundles");
  const stamp = join(bundles, ".made-of");
  const wanted = readFileSync(join(folder, "package.json"), "utf8");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return;
  mkdirSync(bundles, { recursive: true });
  for (const name of PEERS) {
    const made = join(bundles, `${name}.${process.pid}.mjs`);
    await build({
      stdin: { contents: `export * from "${name}";`, resolveDir: folder },
      bundle: true,
      format: "esm",
      platform: "node",
      target: "es2022",
      outfile: made,
      logLevel: "error",
      banner: {
        js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);',
      },
    });
    renameSync(made, join(bundles, `${name}.mjs`));
  }
  writeFileSync(stamp, wanted);
}

if (import.meta.main) await prepareAiSdk();
