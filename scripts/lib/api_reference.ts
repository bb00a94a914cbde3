import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { readManifest, ROOT, TOOLS } from "./project.ts";
import { must } from "./subprocess.ts";

/** The document that is made of the doc comments. */
export const API_REFERENCE = "docs/api-reference.md";

interface Comment {
  readonly doc?: string;
  readonly tags?: readonly {
    readonly kind: string;
    readonly doc?: string;
    readonly tsType?: { readonly repr?: string };
    readonly name?: string;
  }[];
}

interface Place {
  readonly filename: string;
  readonly line: number;
}

interface Member {
  readonly name: string;
  readonly jsDoc?: Comment;
  readonly location: Place;
  readonly accessibility?: string;
}

interface Declaration {
  readonly kind: string;
  readonly jsDoc?: Comment;
  readonly location: Place;
  readonly def?: {
    readonly constructors?: readonly Member[];
    readonly methods?: readonly Member[];
    readonly properties?: readonly Member[];
  };
}

interface Symbol {
  readonly name: string;
  readonly declarations: readonly Declaration[];
}

/** Writes the reference of every entry point but the protocol's, whose names are generated. */
export async function apiReference(): Promise<string> {
  const { name, exports } = readManifest();
  const entries = Object.entries(exports).filter(([path]) => path !== "./protocol");
  const { command, args } = TOOLS.deno;
  const parts: string[] = [INTRODUCTION];
  for (const [path, source] of entries) {
    const json = JSON.parse(await must(command, [...args, "doc", "--json", source], { cwd: ROOT, timeoutMs: 60_000 }));
    const [module] = Object.values(json.nodes) as { module_doc?: Comment; symbols: Symbol[] }[];
    if (module === undefined) throw new Error(`deno doc says nothing of ${source}`);
    const declared = module.symbols.flatMap(({ name, declarations }) =>
      declarations.map((declaration) => ({ name, declaration }))
    );
    parts.push(`## \`${name}${path.slice(1)}\`\n`, text(module.module_doc));
    for (const kind of ["class", "function", "variable"]) {
      // An overloaded function has several declarations; the last one, without words, is for nobody to call.
      const ofKind = declared.filter(({ declaration }) => declaration.kind === kind && declaration.jsDoc !== undefined);
      for (const [index, { name, declaration }] of ofKind.entries()) {
        parts.push(whole(name, declaration, name === ofKind[index - 1]?.name));
      }
    }
    const types = declared.filter(({ declaration: { kind } }) => kind === "interface" || kind === "typeAlias");
    parts.push("### Types\n", types.map(({ name, declaration }) => asType(name, declaration)).join("\n"), "");
  }
  const input = parts.join("\n");
  return await must(command, [...args, "fmt", "--ext", "md", "-"], { cwd: ROOT, timeoutMs: 60_000, input });
}

const INTRODUCTION = `# API reference

<!-- Made by \`deno task docs:api\` from the doc comments. Do not edit. -->

What each entry point exports, in the words of the doc comments. The same with every type and example:
\`deno doc --html --name=codex-app-server-sdk mod.ts\`, or \`deno doc mod.ts Codex\` in the terminal. The types of
\`@codex-app-server/sdk/protocol\` are generated from the server's own schema: see [the protocol](protocol.md).
`;

/** A class with its members, or a function. */
function whole(name: string, { kind, jsDoc, location, def = {} }: Declaration, isNext: boolean): string {
  const members = [...def.constructors ?? [], ...def.properties ?? [], ...def.methods ?? []].filter(isPublic);
  const lines = members.map(({ jsDoc, location }) => {
    const errors = thrown(jsDoc).map((error) => `\`${error}\``).join(", ");
    return `- ${signature(location)}: ${oneLine(first(jsDoc?.doc))}${errors === "" ? "" : ` Throws ${errors}.`}`;
  });
  const title = isNext ? "" : kind === "class" ? `### class \`${name}\`` : `### \`${name}\``;
  return [title, signature(location), text(jsDoc), throws(jsDoc), lines.join("\n"), ""].join("\n\n");
}

const isPublic = ({ name, jsDoc, accessibility }: Member) =>
  accessibility === undefined && !name.startsWith("#") && jsDoc?.doc !== undefined &&
  jsDoc?.tags?.some(({ kind }) => kind === "ignore") !== true;

function asType(name: string, { jsDoc, def = {} }: Declaration): string {
  const fields = [...def.properties ?? [], ...def.methods ?? []].map(({ name }) => `\`${name}\``);
  return `- \`${name}\`: ${oneLine(first(jsDoc?.doc))}${fields.length === 0 ? "" : ` Has ${fields.join(", ")}.`}`;
}

const text = (comment: Comment | undefined) => `${linked(comment?.doc ?? "").trim()}\n`;
const first = (doc = "") => linked(doc).split(/\n\s*\n/)[0] ?? "";
const linked = (doc: string) => doc.replace(/\{@link(?:code)? ([^}]+)\}/g, "`$1`");
const oneLine = (doc: string) => doc.replace(/\s+/g, " ").trim();

function thrown(comment: Comment | undefined): string[] {
  const kinds = (comment?.tags ?? []).filter(({ kind }) => kind === "throws").map(({ tsType }) => tsType?.repr ?? "");
  return [...new Set(kinds)].filter((kind) => kind !== "");
}

function throws(comment: Comment | undefined): string {
  const tags = (comment?.tags ?? []).filter(({ kind }) => kind === "throws");
  return tags.map(({ tsType, doc }) => `- Throws \`${tsType?.repr ?? ""}\`: ${oneLine(linked(doc ?? ""))}`).join("\n") +
    "\n";
}

/** A declaration as it stands in the source, up to its body, as code within a line. */
function signature(place: Place): string {
  const code = oneLine(declaration(place)).replace(/^export (default )?/, "").replace(/,? ([)\]])/g, "$1").replace(
    /([([]) /g,
    "$1",
  );
  return `\`${code}\``;
}

function declaration({ filename, line }: Place): string {
  const path = filename.startsWith("file:") ? fileURLToPath(filename) : join(ROOT, filename);
  const rest = readFileSync(path, "utf8").split("\n").slice(line).join("\n");
  let depth = 0;
  for (const { 0: token, index } of rest.matchAll(/=>|[()[\]{};]|\/\/.*|\/\*[\s\S]*?\*\/|"[^"\n]*"/g)) {
    if ("([".includes(token)) depth++;
    else if (")]".includes(token)) depth--;
    else if (token === ";" && depth === 0) return rest.slice(0, index).trim();
    else if (token === "{") {
      // A type in braces stands behind one of these; a body does not.
      if (depth === 0 && !/[:|&<,=]\s*$/.test(rest.slice(0, index))) return rest.slice(0, index).trim();
      depth++;
    } else if (token === "}") depth--;
  }
  throw new Error(`No declaration was found at ${path}:${line + 1}`);
}
