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
  /** Of an entry point: with all that it loads later. */
  readonly inAll?: number;
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
    sizes.push({ what: `\`${path}\``, ...await bundled(entry) });
  }
  return sizes;
}

/** What a bundler makes of an entry point, minified and gzipped: what is loaded with it, and all. */
async function bundled(entry: string): Promise<Pick<Size, "bytes" | "inAll">> {
  const temp = mkdtempSync(join(tmpdir(), "codex-sdk-size-"));
  try {
    await build({
      entryPoints: [entry],
      outdir: temp,
      entryNames: "main",
      bundle: true,
      splitting: true, // what is loaded later gets files of its own
      minify: true,
      format: "esm",
      platform: "neutral",
      external: ["node:*", ...OPTIONAL_PACKAGES],
      nodePaths: [join(ROOT, "node_modules")],
      mainFields: ["module", "main"],
      logLevel: "error",
    });
    const size = (files: readonly string[]) =>
      files.reduce((sum, file) => sum + gzipSync(readFileSync(join(temp, file))).length, 0);
    return { bytes: size(reachable(temp, "main.js")), inAll: size(findFiles(".", temp)) };
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
  const ofPackage = sizes.filter(({ inAll }) => inAll === undefined);
  const ofEntries = sizes.filter(({ inAll }) => inAll !== undefined);
  return `# Size of the npm package

Written by \`deno task size\`; a test compares, with a tolerance of 10 %.

${table(["package", "bytes"], ofPackage.map(({ what, bytes }) => [what, `${bytes}`]))}

What a bundler makes of each entry point, minified and gzipped, valibot with it where it is used. At once: what the
import itself loads. In all: with what is loaded when it is needed, so behind \`.\` all that goes over a connection,
threads and turns, the generated protocol and sockets. A program that is one file has all of it. Optional packages are
not counted.

${
    table(
      ["entry point", "at once", "in all"],
      ofEntries.map(({ what, bytes, inAll }) => [what, `${bytes}`, `${inAll}`]),
    )
  }
`;
}

/** The first column is text, the others are numbers. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]) => {
    const padded = cells.map((cell, column) =>
      column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)
    );
    return `| ${padded.join(" | ")} |`;
  };
  const rule = widths.map((width, column) => column === 0 ? "-".repeat(width) : `${"-".repeat(width - 1)}:`);
  return [line(head), line(rule), ...rows.map(line)].join("\n");
}

/** Reads the table back. */
export function readSizeTable(text: string): Size[] {
  return [...text.matchAll(/^\| (.+?) +\| +(\d+) \|(?: +(\d+) \|)?$/gm)].map(([, what = "", bytes, inAll]) => ({
    what,
    bytes: Number(bytes),
    ...(inAll === undefined ? {} : { inAll: Number(inAll) }),
  }));
}
