import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { findFiles } from "./find_files.ts";
import type { Manifest } from "./project.ts";

/** What generated declarations say a thousand times and their names say as well. */
const TAUTOLOGY = new RegExp(
  "/\\*\\* (?:" + [
    "(?:Validates|Part of) \\{@linkcode [^*]*",
    "\\{@linkcode \\w+\\} with [^*]*",
    "The answer to the request `[^*]*",
    "What (?:the|a client) [^*]* (?:takes|carries|request `[^*]*)\\.",
    "`[^`*]*`",
  ].join("|") + ") ?\\*/ ?",
  "g",
);

/** Takes it out: each of them costs every user a few bytes. */
function slimGenerated(declarations: string): string {
  return declarations.replace(TAUTOLOGY, "");
}

/** Takes the documentation out of declarations that only other declarations read. */
function slimInternal(declarations: string): string {
  return declarations.replace(/\/\*\*[\s\S]*?\*\/ ?/g, "");
}

/**
 * Makes a package folder's declarations as small as they can be without a loss to its users: those keep their
 * documentation that an entry point exports by name.
 */
export function slimDeclarations(folder: string, { exports }: Manifest): void {
  const entries = Object.values(exports).map((source) => normalize(source).replace(/\.ts$/, ".d.ts"));
  const exported = new Set(entries.flatMap((entry) => [entry, ...reexports(folder, entry)]));
  for (const file of findFiles(".", folder)) {
    if (!file.endsWith(".d.ts") || exported.has(file) && !file.startsWith("gen/")) continue;
    const slim = file.startsWith("gen/") ? slimGenerated : slimInternal;
    writeFileSync(join(folder, file), slim(readFileSync(join(folder, file), "utf8")));
  }
}

function reexports(folder: string, entry: string): string[] {
  const declarations = readFileSync(join(folder, entry), "utf8");
  return [...declarations.matchAll(/\bfrom "(\.[^"]+)\.js"/g)].map(([, path]) => join(dirname(entry), `${path}.d.ts`));
}
