import { build } from "esbuild";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { findFiles } from "./find_files.ts";
import { OPTIONAL_PACKAGES } from "./npm_manifest.ts";
import { readManifest, ROOT } from "./project.ts";

/** The file that keeps the sizes. */
export const SIZE_FILE = "docs/size.md";

/** One line of the table: what was measured, in bytes. */
export interface Size {
  readonly what: string;
  readonly bytes: number;
}

/** Measures the package's tarball, its folder, and what each entry point costs in a bundle with its dependency. */
export async function measure(folder: string, tarball: string): Promise<Size[]> {
  const files = findFiles(".", folder);
  const unpacked = files.reduce((sum, file) => sum + statSync(join(folder, file)).size, 0);
  const sizes: Size[] = [
    { what: "tarball", bytes: statSync(tarball).size },
    { what: "unpacked", bytes: unpacked },
  ];
  for (const [path, source] of Object.entries(readManifest().exports)) {
    const entry = join(folder, source.replace(/\.ts$/, ".js"));
    sizes.push({ what: `\`${path}\`, bundled, minified, gzipped`, bytes: await bundled(entry) });
  }
  return sizes;
}

async function bundled(entry: string): Promise<number> {
  const temp = mkdtempSync(join(tmpdir(), "codex-sdk-size-"));
  try {
    await build({
      entryPoints: [entry],
      outdir: temp,
      entryNames: "main",
      bundle: true,
      splitting: true, // what is loaded lazily is not counted
      minify: true,
      format: "esm",
      platform: "neutral",
      external: ["node:*", ...OPTIONAL_PACKAGES],
      nodePaths: [join(ROOT, "node_modules")],
      mainFields: ["module", "main"],
      logLevel: "error",
    });
    return reachable(temp, "main.js").reduce((sum, file) => sum + gzipSync(readFileSync(join(temp, file))).length, 0);
  } finally {
    rmSync(temp, { recursive: true, force: true });
  }
}

/** The chunk and those that it imports at once. */
function reachable(folder: string, file: string, seen: Set<string> = new Set()): string[] {
  if (!seen.has(file)) {
    seen.add(file);
    const text = readFileSync(join(folder, file), "utf8");
    for (const [, chunk = ""] of text.matchAll(/(?:from|import)\s*"\.\/([^"]+)"/g)) reachable(folder, chunk, seen);
  }
  return [...seen];
}

/** The text of the table's file. */
export function sizeTable(sizes: readonly Size[]): string {
  const widths = [
    Math.max(...sizes.map(({ what }) => what.length)),
    Math.max(...sizes.map(({ bytes }) => `${bytes}`.length)),
  ];
  const row = (what: string, bytes: string) => `| ${what.padEnd(widths[0] ?? 0)} | ${bytes.padStart(widths[1] ?? 0)} |`;
  const rows = [
    row("what", "bytes"),
    `| ${"-".repeat(widths[0] ?? 0)} | ${"-".repeat((widths[1] ?? 1) - 1)}: |`,
    ...sizes.map(({ what, bytes }) => row(what, `${bytes}`)),
  ];
  return `# Size of the npm package

Written by \`deno task size\`; a test compares, with a tolerance of 10 %. A bundle holds what is loaded at once;
what is loaded when it is needed (behind \`.\` the generated protocol, and all that goes over a connection; sockets, optional
packages) is not counted.

${rows.join("\n")}
`;
}

/** Reads the table back. */
export function readSizeTable(text: string): Size[] {
  return [...text.matchAll(/^\| (.+?) +\| +(\d+) \|$/gm)].map(([, what = "", bytes]) => ({
    what,
    bytes: Number(bytes),
  }));
}
