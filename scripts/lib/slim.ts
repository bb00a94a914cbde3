import { transform } from "esbuild";

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

/** Takes out of generated declarations what they say a thousand times: which type a schema validates or is part of. */
export function slimDeclarations(declarations: string): string {
  return declarations.replace(/\/\*\* (?:Validates|Part of) \{@linkcode [^*]*\*\/ ?/g, "");
}
