import { readManifest, ROOT, TOOLS } from "./project.ts";
import { must } from "./subprocess.ts";

/** The file that pins the public names. */
export const PIN_FILE = "tests/house/public_names.txt";

interface DocNode {
  readonly name: string;
  readonly kind?: string;
  readonly declarations?: readonly { readonly kind: string }[];
}

/** What an entry point exports, one line a name: `class Codex`, `function textInput`. */
export async function publicNames(): Promise<string> {
  const sections: string[] = [];
  for (const [path, source] of Object.entries(readManifest().exports)) {
    // The protocol has hundreds of generated names; the schema's own tests count those.
    if (path === "./protocol") continue;
    const { command, args } = TOOLS.deno;
    const json = JSON.parse(await must(command, [...args, "doc", "--json", source], { cwd: ROOT, timeoutMs: 60_000 }));
    const lines = nodesOf(json).flatMap(({ name, kind, declarations }) =>
      (declarations ?? [{ kind: kind ?? "" }]).map((declaration) => `${declaration.kind} ${name}`)
    );
    const names = [...new Set(lines)].filter((line) => !line.startsWith("moduleDoc") && !line.startsWith("import "));
    sections.push(`[${path}]\n${names.sort().join("\n")}\n`);
  }
  return sections.join("\n");
}

function nodesOf(json: unknown): DocNode[] {
  const nodes = (json as { nodes?: unknown }).nodes;
  if (Array.isArray(nodes)) return nodes;
  return Object.values(nodes as Record<string, { symbols?: DocNode[] }>).flatMap(({ symbols }) => symbols ?? []);
}
