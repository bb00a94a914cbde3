import { transform } from "esbuild";

const STRING = /"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`/;
const REGEXP = /(?<=(?:[(=,:[!&|?{};]|\breturn)\s*)\/(?![*/])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+\//;
const COMMENT = /\/\*[\s\S]*?\*\/ ?|(?<=^|[\s;{},])\/\/[^\n]*/;
const TOKEN = new RegExp(`(${STRING.source}|${REGEXP.source})|${COMMENT.source}`, "gm");

/**
 * Removes the comments of a JavaScript module; everything else stays as it is written, for stack traces and readers. The
 * declarations keep the documentation. A pattern is no parser, so a parser has the last word: code that would
 * change in any other way keeps its comments.
 */
export async function stripComments(code: string): Promise<string> {
  const stripped = code.replace(TOKEN, (_, literal: string | undefined) => literal ?? "").replace(/^[ \t]*\n/gm, "");
  return await normalised(stripped) === await normalised(code) ? stripped : code;
}

/** The module without comments and blanks, or `null` if it is none. */
async function normalised(code: string): Promise<string | null> {
  try {
    return (await transform(code, { format: "esm", minifyWhitespace: true, legalComments: "none", logLevel: "silent" }))
      .code;
  } catch {
    return null;
  }
}
