import { existsSync, readFileSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import { fileURLToPath } from "node:url";
import { findFiles } from "../../scripts/lib/find_files.ts";

/** The repository's folder. */
export const ROOT: string = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** One TypeScript file, as the house tests look at it. */
export interface Source {
  /** Relative to the root, with `/`. */
  readonly path: string;
  readonly text: string;
  /** The text without its comments. */
  readonly code: string;
  /** Every specifier that it imports or re-exports, types and dynamic imports included. */
  readonly imports: readonly string[];
}

/** Reads the TypeScript files at or below the paths. */
export function readSources(...paths: readonly string[]): Source[] {
  const files = paths.filter((path) => existsSync(join(ROOT, path))).flatMap((path) => findFiles(path, ROOT));
  return files.filter((file) => file.endsWith(".ts")).map((path) => {
    const text = readFileSync(join(ROOT, path), "utf8");
    const code = stripComments(text);
    return { path, text, code, imports: importsOf(code) };
  });
}

/** Removes comments; strings and templates are stepped over, so that a `//` inside them stays. */
export function stripComments(text: string): string {
  return text.replace(
    /("(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`)|\/\*[\s\S]*?\*\/|\/\/[^\n]*/g,
    (_, literal: string | undefined) => literal ?? " ",
  );
}

/** Lists the specifiers of `import ... from`, `export ... from`, `import "x"`, `import("x")` and `typeof import("x")`. */
export function importsOf(code: string): string[] {
  const found = code.matchAll(
    /(?:^|[\s;}])(?:import|export)\s*(?:[\w*{][^;"'`]*?\sfrom\s*|\s*)["']([^"']+)["']|\bimport\(\s*["']([^"']+)["']/g,
  );
  return [...found].map(([, plain, dynamic]) => plain ?? dynamic ?? "");
}

/** Where a relative specifier leads, relative to the root; `null` for a bare one. */
export function resolveImport(from: string, specifier: string): string | null {
  return specifier.startsWith(".") ? posix.normalize(posix.join(posix.dirname(from), specifier)) : null;
}
