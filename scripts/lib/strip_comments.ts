import { transform } from "esbuild";

/** A string or template, which is kept as it is, or a comment. */
const TOKEN =
  /("(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`)|\/\*[\s\S]*?\*\/ ?|(?<=^|[\s;{},])\/\/[^\n]*/gm;

/**
 * Removes the comments of a JavaScript module; everything else stays as it is written, for stack traces and readers. The
 * declarations keep the documentation. Throws if anything but comments would change: a pattern is no parser, so
 * a parser has the last word.
 */
export async function stripComments(code: string, name: string): Promise<string> {
  const stripped = code.replace(TOKEN, (_, literal: string | undefined) => literal ?? "").replace(/^[ \t]*\n/gm, "");
  const [before, after] = await Promise.all([code, stripped].map(normalised));
  if (before !== after) throw new Error(`the comments of ${name} cannot be removed without changing its code`);
  return stripped;
}

async function normalised(code: string): Promise<string> {
  return (await transform(code, { format: "esm", minifyWhitespace: true, legalComments: "none" })).code;
}
