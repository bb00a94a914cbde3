import { transform } from "esbuild";

/** Mends six habits of esbuild's that users would see, or pay for. */
export async function tidyChunk(code: string): Promise<string> {
  const plain = await lessIndented(await withoutComments(code));
  return exportInPlace(ownNames(importsInLine(plain.replace(FOR_EFFECTS, ""))));
}

/** Comments are found by their looks; that nothing else is gone with them, esbuild has to say. */
async function withoutComments(code: string): Promise<string> {
  const short = code.replace(COMMENT, "");
  if (await compact(short) === await compact(code)) return short;
  throw new Error("A chunk has text that looks like a comment of its own lines: write it in another way");
}

/** It indents by two blanks; one tells as much. A chunk with a text that is indented keeps all of its own. */
async function lessIndented(code: string): Promise<string> {
  const less = code.replace(/^(?: {2})+/gm, (blanks) => " ".repeat(blanks.length / 2));
  return await compact(less) === await compact(code) ? less : code;
}

async function compact(code: string): Promise<string> {
  return (await transform(code, { minifyWhitespace: true, legalComments: "none" })).code;
}

/** It imports chunks for the sake of their side effects: the modules here have none, and Node looks each of them up. */
const FOR_EFFECTS = /^import "\.[^"]+";\n/gm;

/** It leaves comments in classes, each on lines of its own. */
const COMMENT = /^ +(?:\/\/.*|\/\*\*[\s\S]*?\*\/)\n/gm;

/** It calls a class that names itself `_Codex`, in stack traces too. */
function ownNames(code: string): string {
  const names = [...code.matchAll(/^var (\w+) = class _\1\b/gm)].map(([, name = ""]) => name);
  return names.reduce((text, name) => text.replace(new RegExp(`\\b_${name}\\b`, "g"), name), code);
}

/** It gives every name that it imports a line. */
function importsInLine(code: string): string {
  return code.replace(
    /^import \{\n([^}]*)\n\} from /gm,
    (_, names: string) => `import { ${names.trim().replace(/\s+/g, " ")} } from `,
  );
}

/** It exports by a list at the end: for the thousand names of the protocol that is 45 KB. */
function exportInPlace(code: string): string {
  const [list, names] = /^export \{\n([\s\S]*?)\n\};\n/m.exec(code) ?? [];
  if (list === undefined || names === undefined) return code;
  const left = new Set(names.split(",").map((name) => name.trim()));
  const body = code.replace(list, "").replace(
    /^(?:var|(?:async )?function\*?) (\w+)/gm,
    (declaration, name) => left.delete(name) ? `export ${declaration}` : declaration,
  );
  return left.size === 0 ? body : `${body}export { ${[...left].join(", ")} };\n`;
}
