import { transform } from "esbuild";
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { findFiles } from "./find_files.ts";
import type { Manifest } from "./project.ts";

const STRING = /"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`/;
const REGEXP = /(?<=(?:[(=,:[!&|?{};]|\breturn)\s*)\/(?![*/])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+\//;
const COMMENT = /\/\*[\s\S]*?\*\/ ?|(?<=^|[\s;{},])\/\/[^\n]*/;
const TOKEN = new RegExp(`(${STRING.source}|${REGEXP.source})|${COMMENT.source}`, "gm");

/**
 * Takes comments and indentation out of a JavaScript module. Names and lines stay, so that a stack trace still says
 * something, and the declarations keep the documentation. A pattern is no parser, so a parser has the last word: code that
 * would change in any other way is left as it is.
 */
export async function slimCode(code: string): Promise<string> {
  const bare = code.replace(TOKEN, (_, literal: string | undefined) => literal ?? "").replace(/^\s*\n/gm, "");
  const expected = await normalised(code);
  for (const slim of [bare.replace(/^ +/gm, ""), bare]) if (await normalised(slim) === expected) return slim;
  return code;
}

/** The module without comments and blanks, or `null` if it is none. */
async function normalised(code: string): Promise<string | null> {
  try {
    const options = { format: "esm", minifyWhitespace: true, legalComments: "none", logLevel: "silent" } as const;
    return (await transform(code, options)).code;
  } catch {
    return null;
  }
}

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
 * Makes a package folder as small as it can be without a loss to its users: code goes without comments, and of the
 * declarations those keep their documentation that an entry point exports by name.
 */
export async function slimPackage(folder: string, { exports }: Manifest): Promise<void> {
  const entries = Object.values(exports).map((source) => normalize(source).replace(/\.ts$/, ".d.ts"));
  const exported = new Set(entries.flatMap((entry) => [entry, ...reexports(folder, entry)]));
  for (const file of findFiles(".", folder)) {
    const rewrite = async (slim: (text: string) => string | Promise<string>) =>
      writeFileSync(join(folder, file), await slim(readFileSync(join(folder, file), "utf8")));
    if (file.endsWith(".js")) await rewrite(slimCode);
    else if (file.startsWith("gen/")) await rewrite(slimGenerated);
    else if (file.endsWith(".d.ts") && !exported.has(file)) await rewrite(slimInternal);
  }
}

function reexports(folder: string, entry: string): string[] {
  const declarations = readFileSync(join(folder, entry), "utf8");
  return [...declarations.matchAll(/\bfrom "(\.[^"]+)\.js"/g)].map(([, path]) => join(dirname(entry), `${path}.d.ts`));
}
