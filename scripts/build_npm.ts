// deno-lint-ignore-file no-console -- a command line tool
/**
 * Builds the npm package from the same sources that JSR serves.
 *
 *     deno task build:npm                     # npm/ and its tarball, by Deno's own packer
 *     deno task build:npm --builder dnt       # declarations by TypeScript itself, through dnt; needs JSR
 *     deno task build:npm --out DIR
 *
 * @module
 */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import { absoluteLinks } from "./lib/absolute_links.ts";
import { bundleCode } from "./lib/bundle.ts";
import { declarePrivate, hideConstructors, keepReachable } from "./lib/declarations.ts";
import { findFiles } from "./lib/find_files.ts";
import { gatherDeclarations } from "./lib/gather.ts";
import { npmManifest } from "./lib/npm_manifest.ts";
import { packTarball } from "./lib/npm_pack.ts";
import { readManifest, ROOT, TOOLS } from "./lib/project.ts";
import { slimDeclarations } from "./lib/slim.ts";
import { must } from "./lib/subprocess.ts";

/** Who makes the declarations; the code is made by esbuild, from the sources. */
export type Builder = "pack" | "dnt";

/** What to build, and where. */
export interface BuildOptions {
  /** The folder to write; replaced if it exists. */
  readonly out: string;
  /** Default `"pack"`. */
  readonly builder?: Builder;
  /** The module to import dnt from. Default: JSR. */
  readonly dnt?: string;
  /** The folder with the sources. Default: this repository. */
  readonly root?: string;
}

/** Writes the package's folder and, beside it, its tarball. Returns the tarball's path. */
export async function buildNpm({ out, builder = "pack", root = ROOT, dnt }: BuildOptions): Promise<string> {
  const target = resolve(out);
  rmSync(target, { recursive: true, force: true });
  mkdirSync(target, { recursive: true });
  if (builder === "dnt") await (await import("./lib/build_dnt.ts")).buildWithDnt(root, target, dnt);
  else await buildWithPack(root, target);
  const manifest = readManifest(root);
  await bundleCode(root, target, manifest);
  hideConstructors(target);
  keepReachable(target, manifest);
  declarePrivate(root, target);
  slimDeclarations(target, manifest);
  gatherDeclarations(target, manifest);
  for (const document of ["README.md", "CHANGELOG.md"]) {
    const places = { repository: manifest.repository, ref: `v${manifest.version}` };
    writeFileSync(join(target, document), absoluteLinks(readFileSync(join(target, document), "utf8"), places));
  }
  writeFileSync(join(target, "package.json"), `${JSON.stringify(npmManifest(manifest), null, 2)}\n`);
  return await packTarball(target);
}

/** Names a tarball that has been built already, so that a run of many tests packs once. */
export const TARBALL_VARIABLE = "CODEX_SDK_TARBALL";

/** The tarball that the variable names, or a new one below `folder`. */
export async function npmTarball(folder: string): Promise<string> {
  return process.env[TARBALL_VARIABLE] ?? await buildNpm({ out: join(folder, "package") });
}

/** Deno's own packer: needs no network, and adds nothing of its own to the code. */
async function buildWithPack(root: string, target: string): Promise<void> {
  const temp = mkdtempSync(join(tmpdir(), "codex-sdk-pack-"));
  try {
    const tarball = join(temp, "package.tgz");
    const { command, args } = TOOLS.deno;
    await must(command, [...args, "pack", "--allow-dirty", "--no-source-maps", "--output", tarball], {
      cwd: root,
      env: { NO_COLOR: "1" },
      timeoutMs: 180_000,
    });
    await must("tar", ["-xzf", "package.tgz"], { cwd: temp, timeoutMs: 60_000 });
    for (const file of findFiles(".", join(temp, "package"))) {
      // The packer copies modules that no entry point reaches as they are; nobody could import them.
      if (file.endsWith(".ts") && !file.endsWith(".d.ts")) rmSync(join(temp, "package", file));
    }
    // Copied, not renamed: the two folders may lie on different file systems.
    rmSync(target, { recursive: true });
    cpSync(join(temp, "package"), target, { recursive: true });
  } finally {
    rmSync(temp, { recursive: true, force: true });
  }
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      out: { type: "string", default: join(ROOT, "npm/package") },
      builder: { type: "string", default: "pack" },
      dnt: { type: "string" },
    },
  });
  if (values.builder !== "pack" && values.builder !== "dnt") {
    throw new Error(`--builder must be "pack" or "dnt", got "${values.builder}"`);
  }
  const tarball = await buildNpm({
    out: values.out,
    builder: values.builder,
    ...(values.dnt === undefined ? {} : { dnt: values.dnt }),
  });
  console.log(`${tarball}: ${readFileSync(tarball).length} bytes`);
}
