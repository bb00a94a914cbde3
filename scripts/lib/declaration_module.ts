import { posix } from "node:path";

/** A declaration file, taken apart. */
export interface DeclarationModule {
  /** What its first comment says of it as a whole. */
  readonly about: string;
  /** What it declares, by its name; in the order of the file. */
  readonly declarations: ReadonlyMap<string, Declaration>;
  /** What comes from other modules, and where it goes. */
  readonly statements: readonly FromStatement[];
}

/** Everything that a module declares by one name. */
export interface Declaration {
  readonly text: string;
  /** The words of its code: all names that it uses are among them. */
  readonly words: ReadonlySet<string>;
  /** Those that can be nothing but names of types. */
  readonly types: ReadonlySet<string>;
}

/** `import { name as local } from "from"`, or the same with `export`. No names: `*`. */
export interface FromStatement {
  readonly kind: "import" | "export";
  /** The declaration file, or another package. */
  readonly from: string;
  readonly names?: readonly FromName[];
}

/** What comes from another module: its name there and its name here, and whether it comes as a type alone. */
export interface FromName {
  readonly name: string;
  readonly local: string;
  readonly isType: boolean;
}

const ABOUT = /^\/\*\*(?:(?!\*\/)[\s\S])*@module\s*\*\/\s*/;
const FROM = /^(import|export)( type)? (?:\{([^}]*)\}|\*) from "([^"]+)";\n/gm;
const LIST = /^export( type)? \{([^}]*)\};\n/gm;
/** Comments and texts: what is no code. */
const PROSE = /\/\*[\s\S]*?\*\/|"(?:[^"\\\n]|\\.)*"/g;
const DECLARED =
  /^\s*(?:export )?(?:declare )?(?:abstract )?(?:type|interface|class|const|let|function|namespace|enum) (\w+)/;
const INLINE = /\bimport\(/;
const TYPE = /(?<![.\w$#])[A-Z]\w*\b(?!\??:|\()/g;

/** A keyword, or nothing more: a type may go on behind a bracket, with another sign. */
const NEXT = /\s*(?:[a-z]|$)/y;

/** Takes a declaration file apart. @throws {Error} If it has a statement of another kind than these sources have. */
export function readDeclarations(file: string, text: string): DeclarationModule {
  const about = ABOUT.exec(text)?.[0] ?? "";
  const code = text.slice(about.length);
  const declarations = new Map<string, Declaration>();
  for (const each of cut(code.replace(FROM, "").replace(LIST, ""))) {
    const words = each.replace(PROSE, "");
    const name = DECLARED.exec(words)?.[1];
    if (name === undefined || INLINE.test(words)) {
      throw new Error(`${file} has what cannot be gathered: ${words.trim()}`);
    }
    const before = declarations.get(name);
    declarations.set(name, {
      text: (before?.text ?? "") + each,
      words: new Set([...before?.words ?? [], ...words.match(/[\w$]+/g) ?? []]),
      types: new Set([...before?.types ?? [], ...words.match(TYPE) ?? []]),
    });
  }
  const statements = [...code.matchAll(FROM)].map(([, kind, type, list, path = ""]): FromStatement => ({
    kind: kind === "import" ? "import" : "export",
    from: path.startsWith(".") ? posix.join(posix.dirname(file), path).replace(/\.js$/, ".d.ts") : path,
    ...(list === undefined ? {} : { names: namesIn(list, type !== undefined) }),
  }));
  const passed = [...code.matchAll(LIST)].flatMap(([, type, list = ""]) => namesIn(list, type !== undefined));
  return {
    about,
    declarations,
    statements: [...statements, ...passed.map((each) => passedOn(file, each, statements))],
  };
}

/** Cuts code into its declarations, each with the comment before it: they end with a line, outside of all brackets. */
function* cut(code: string): Generator<string> {
  const plain = code.replace(PROSE, (prose) => prose.replace(/[^\n]/g, " "));
  let start = 0;
  let depth = 0;
  for (const { 0: token, index } of plain.matchAll(/[;}]?\n|[{([]|[})\]]/g)) {
    if (/[{([]/.test(token)) depth++;
    else if (/[})\]]/.test(token)) depth--;
    const end = index + token.length;
    NEXT.lastIndex = end;
    if (depth > 0 || token.length < 2 || !NEXT.test(plain)) continue;
    yield code.slice(start, end);
    start = end;
  }
  if (code.slice(start).trim() !== "") yield code.slice(start);
}

function namesIn(list: string, areTypes: boolean): FromName[] {
  return list.split(",").map((each) => each.trim()).filter((each) => each !== "").map((each) => {
    const [name = "", local = name] = each.replace(/^type /, "").split(" as ");
    return { name, local, isType: areTypes || each.startsWith("type ") };
  });
}

/** `export { name as local }` of something imported. */
function passedOn(
  file: string,
  { name, local, isType }: FromName,
  statements: readonly FromStatement[],
): FromStatement {
  for (const { kind, from, names = [] } of statements) {
    const had = kind === "import" ? names.find((each) => each.local === name) : undefined;
    if (had !== undefined) return { kind: "export", from, names: [{ ...had, local, isType: isType || had.isType }] };
  }
  throw new Error(`${file} exports ${name} in a list: export it where it is declared`);
}
