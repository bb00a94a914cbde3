import { build, type BuildOptions, type Plugin, transform } from "esbuild";
import { chmodSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { findFiles } from "./find_files.ts";
import { PROGRAMS } from "./npm_manifest.ts";
import type { Manifest } from "./project.ts";
import { tidyChunk } from "./tidy_chunk.ts";

/** How TypeScript becomes the JavaScript that npm's users run: readable, and with nothing from this machine in it. */
export const CODE: BuildOptions = {
  bundle: true,
  format: "esm",
  target: "es2022",
  legalComments: "none",
  logLevel: "warning",
  tsconfigRaw: {}, // the repository's own is for Bun
};

/** The entry points that stand alone: `.`, and those that use nothing of it. */
const ALONE: readonly string[] = [".", "./protocol", "./state"];

/** What is loaded when a server is, and so comes before what opens threads, and what plays the server. */
const SESSION = "./src/client/connection/session.ts";
const AFTER_SESSION: readonly string[] = ["./src/client/thread/thread_opener.ts", "./src/testing/mod.ts"];

/** The protocol's file in the package, also for imports whose own place is not known yet. */
const PROTOCOL = "gen/mod.js";

/**
 * Replaces the package folder's modules by a few chunks, made from the sources: Node takes half a millisecond for every
 * file that it loads, and there are sixty behind `.`. Entry points keep their places, and lazy modules stay lazy.
 */
export async function bundleCode(root: string, folder: string, { exports }: Manifest): Promise<void> {
  for (const file of findFiles(".", folder)) if (file.endsWith(".js")) rmSync(join(folder, file));
  // The source tree of a test has no programs.
  const programs = Object.entries(PROGRAMS).filter(([, source]) => existsSync(join(root, source)));
  await build({
    ...CODE,
    absWorkingDir: root,
    entryPoints: [...Object.entries(exports), ...programs].map(([name, source]) => ({
      in: ALONE.includes(name) ? source : `after:${source}`,
      out: source.replace(/\.ts$/, ""),
    })),
    outdir: folder,
    splitting: true,
    chunkNames: "src/chunks/[name]-[hash]",
    platform: "neutral",
    packages: "external",
    plugins: [fewChunks(root, exports["."] ?? "")],
  });
  for (const file of findFiles(".", folder)) {
    if (!file.endsWith(".js")) continue;
    const path = join(folder, file);
    const protocol = relative(dirname(file), PROTOCOL).replaceAll("\\", "/").replace(/^(?!\.)/, "./");
    const chunk = await tidyChunk(readFileSync(path, "utf8").replaceAll(`"${PROTOCOL}"`, `"${protocol}"`));
    writeFileSync(path, isOfPrograms(chunk) ? await minified(chunk) : chunk);
  }
  for (const [, source] of programs) {
    const path = join(folder, source.replace(/\.ts$/, ".js"));
    writeFileSync(path, `#!/usr/bin/env node\n${readFileSync(path, "utf8")}`);
    chmodSync(path, 0o755);
  }
}

/**
 * Whether a chunk is the command line's, through which nobody steps. Its modules are those that the same entry points
 * reach, so one tells for all; comments name them.
 */
function isOfPrograms(chunk: string): boolean {
  return /^\/\/ src\/cli\/\S+\.ts$/m.test(chunk);
}

async function minified(chunk: string): Promise<string> {
  return (await transform(chunk, { minify: true, format: "esm", target: "es2022", legalComments: "none" })).code;
}

/**
 * esbuild makes a chunk of the modules that the same entry points and lazy modules reach. So that this is one chunk for
 * all that `.` loads, and not one for each way to share a part of it, what is loaded after `.` says that it imports `.`;
 * and one for all that a connection takes, in the same way.
 */
function fewChunks(root: string, main: string): Plugin {
  return {
    name: "few-chunks",
    setup(builder) {
      // The whole protocol stays the one file of its entry point.
      builder.onResolve(
        { filter: /\/gen\/mod\.ts$/ },
        ({ kind }) => kind === "entry-point" ? undefined : { path: PROTOCOL, external: true },
      );
      builder.onResolve(
        { filter: /^after:/ },
        ({ path }) => ({ path: path.slice("after:".length), namespace: "after" }),
      );
      builder.onResolve(
        { filter: /^\./ },
        ({ kind, path, resolveDir }) =>
          kind === "dynamic-import"
            ? { path: `./${relative(root, resolve(resolveDir, path)).replaceAll("\\", "/")}`, namespace: "after" }
            : undefined,
      );
      builder.onLoad({ filter: /.*/, namespace: "after" }, ({ path }) => ({
        contents: [main, ...AFTER_SESSION.includes(path) ? [SESSION] : []].map((before) =>
          `import "${before}";`
        ).join("") +
          `export * from "${path}";`,
        resolveDir: root,
      }));
    },
  };
}
