import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { declarationsIn, entryDeclarations } from "./declarations.ts";
import { findFiles } from "./find_files.ts";
import type { Manifest } from "./project.ts";

/** What follows a comment: a blank from Deno's packer, a line break and the indentation from TypeScript. */
const BEHIND = "(?:\\n *| ?)";

/** A comment of several lines. */
const COMMENT = /\/\*\*\n(?:(?!\*\/)[\s\S])*\*\//g;

/** What generated declarations say a thousand times and their names say as well. */
const TAUTOLOGY = new RegExp(
  "/\\*\\* (?:" + [
    "(?:Validates|Part of) \\{@linkcode [^*]*",
    "\\{@linkcode \\w+\\} with [^*]*",
    "The answer to the request `[^*]*",
    "What (?:the|a client) [^*]* (?:takes|carries|request `[^*]*)\\.",
    "`[^`*]*`",
  ].join("|") + `) ?\\*/${BEHIND}`,
  "g",
);

/** The same, of what is experimental. */
const EXPERIMENTAL = /\/\*\* `[^`*]*`\n *\*\n *\* @experimental \*\//g;

/** Takes it out: each of them costs every user a few bytes. A paragraph is one line: whoever shows it breaks it. */
function slimGenerated(declarations: string): string {
  const lines = declarations.replace(
    COMMENT,
    (comment) => comment.includes("```") ? comment : comment.replace(/(?<=[^*\s])\n *\* (?=[^\s@*|>#\d-])/g, " "),
  );
  return tighten(lines).replace(TAUTOLOGY, "").replace(EXPERIMENTAL, "/** @experimental */");
}

/** Takes the documentation out of declarations that only other declarations read. */
function slimInternal(declarations: string): string {
  return declarations.replace(new RegExp(`/\\*\\*[\\s\\S]*?\\*/${BEHIND}`, "g"), "");
}

/**
 * Begins and ends comments of several lines where their text does. Not those with indented lines: the indentation is
 * counted from the first.
 */
function tighten(declarations: string): string {
  return declarations.replace(
    COMMENT,
    (comment) =>
      /\n *\* {2}/.test(comment)
        ? comment
        : comment.replace(/^\/\*\*\n *\* (?=\S)/, "/** ").replace(/(?<=\S)\n *\*\/$/, " */"),
  );
}

/**
 * Makes a package folder's declarations as small as they can be without a loss to its users: those keep their
 * documentation that an entry point exports by name.
 */
export function slimDeclarations(folder: string, manifest: Manifest): void {
  const exported = new Set(
    entryDeclarations(manifest).flatMap((entry) => [entry, ...declarationsIn(folder, entry)]),
  );
  for (const file of findFiles(".", folder)) {
    if (!file.endsWith(".d.ts")) continue;
    const slim = file.startsWith("gen/") ? slimGenerated : exported.has(file) ? tighten : slimInternal;
    writeFileSync(join(folder, file), slim(readFileSync(join(folder, file), "utf8")));
  }
}
