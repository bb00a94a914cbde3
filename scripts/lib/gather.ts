import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, posix } from "node:path";
import { type DeclarationModule, readDeclarations } from "./declaration_module.ts";
import { entryDeclarations } from "./declarations.ts";
import { findFiles } from "./find_files.ts";
import type { Manifest } from "./project.ts";

/**
 * Makes one declaration file of a room's, with what an entry leads to: every name is then written once, where a hundred
 * files name in imports what others declare. What an entry passes on whole becomes a part of the entry; all else becomes
 * `declarations.d.ts` beside it. Nobody could import the files one by one.
 */
export function gatherDeclarations(folder: string, manifest: Manifest): void {
  const files = findFiles(".", folder).filter((file) => file.endsWith(".d.ts"));
  const modules = new Map(
    files.map((file) => [file, readDeclarations(file, readFileSync(join(folder, file), "utf8"))]),
  );
  const gathered = new Gathering(modules, entryDeclarations(manifest)).texts();
  for (const file of files) rmSync(join(folder, file));
  for (const [file, text] of gathered) writeFileSync(join(folder, file), text);
}

/** Who declares something, and how it is called there. A module of another package stands for itself. */
interface Home {
  readonly module: string;
  readonly name: string;
}

class Gathering {
  readonly #modules: ReadonlyMap<string, DeclarationModule>;
  /** The file that each module becomes a part of. */
  readonly #files = new Map<string, string>();
  /** By module, the names of what an entry leads to. */
  readonly #needed = new Map<string, Set<string>>();

  constructor(modules: ReadonlyMap<string, DeclarationModule>, entries: readonly string[]) {
    this.#modules = modules;
    for (const entry of entries) this.#passOn(entry, entry);
    const rooms = entries.map((entry) => posix.dirname(entry)).sort((a, b) => b.length - a.length);
    for (const module of modules.keys()) {
      if (this.#files.has(module)) continue;
      const room = rooms.find((each) => module.startsWith(`${each}/`)) ?? "src";
      this.#files.set(module, `${room}/declarations.d.ts`);
    }
    for (const entry of entries) {
      for (const { kind, from, names = [] } of modules.get(entry)?.statements ?? []) {
        if (kind === "export") { for (const { name } of names) this.#need(this.#homeOf(from, name)); }
      }
    }
  }

  /** What an entry passes on whole is a part of it, and what that passes on. */
  #passOn(module: string, entry: string): void {
    if (this.#files.has(module)) return;
    this.#files.set(module, entry);
    const { declarations, statements } = this.#modules.get(module)!;
    for (const { kind, names, from } of statements) {
      if (kind === "export" && names === undefined) this.#passOn(from, entry);
    }
    for (const name of declarations.keys()) this.#need({ module, name });
  }

  /** Keeps a declaration, and those that it names. */
  #need({ module, name }: Home): void {
    const needed = this.#needed.get(module) ?? new Set();
    const declaration = this.#modules.get(module)?.declarations.get(name);
    if (declaration === undefined || needed.has(name)) return;
    this.#needed.set(module, needed.add(name));
    const names = this.#namesOf(module);
    for (const word of declaration.words) if (names.has(word)) this.#need(names.get(word)!);
  }

  /** The files, and what stands in them. */
  texts(): [file: string, text: string][] {
    const files = [...new Set(this.#files.values())];
    return files.map((file): [string, string] => [file, this.#textOf(file)]).filter(([, text]) => text !== "");
  }

  #textOf(file: string): string {
    const modules = [...this.#modules.keys()].filter((module) => this.#fileOf(module) === file);
    const lists = new Map<string, Set<string>>();
    const list = (kind: string, local: string, { module, name }: Home) => {
      const place = this.#fileOf(module);
      if (place === file && name === local) return;
      const statement = `${kind} { … } from "${pathTo(file, place)}";\n`;
      lists.set(statement, (lists.get(statement) ?? new Set()).add(name === local ? local : `${name} as ${local}`));
    };
    for (const [local, home] of this.#meaningsIn(file, modules)) list("import", local, home);
    for (const { kind, from, names = [] } of this.#modules.get(file)?.statements ?? []) {
      if (kind === "import") continue;
      for (const { name, local, isType } of names) list(isType ? "export type" : kind, local, this.#homeOf(from, name));
    }
    const statements = [...lists].map(([statement, names]) => statement.replace("…", [...names].sort().join(", ")));
    const about = this.#modules.get(file)?.about ?? "";
    // Else what is said of all would be said of the first declaration.
    if (about !== "" && statements.length === 0) statements.push("export {};\n");
    const declarations = modules.flatMap((module) => this.#keptOf(module).map(([, { text }]) => text));
    return [about, ...statements, ...declarations].join("");
  }

  /** What the names mean that a file's declarations use: one thing each. @throws {Error} If one would mean two. */
  #meaningsIn(file: string, modules: readonly string[]): Map<string, Home> {
    const meanings = new Map<string, Home>();
    const uses = modules.flatMap((module) => {
      const names = this.#namesOf(module);
      return this.#keptOf(module).map(([name, declaration]) => ({ module, name, names, declaration }));
    });
    for (const { module, name, names, declaration } of uses) {
      for (const word of new Set([name, ...declaration.words])) {
        const [home, other] = [names.get(word), meanings.get(word)];
        if (home === undefined) continue;
        if (other !== undefined && (other.module !== home.module || other.name !== home.name)) {
          throw new Error(
            `${module}: ${word} is ${home.name} of ${home.module}, and in ${file} ${other.name} of ${other.module}. ` +
              "Give one another name",
          );
        }
        meanings.set(word, home);
      }
    }
    for (const { module, names, declaration } of uses) {
      const global = [...declaration.types].find((type) => meanings.has(type) && !names.has(type));
      if (global === undefined) continue;
      throw new Error(
        `${module}: ${global} is a global, and in ${file} ${meanings.get(global)?.module} has it. Rename it`,
      );
    }
    return meanings;
  }

  /** The declarations of a module that an entry leads to. */
  #keptOf(module: string) {
    const needed = this.#needed.get(module);
    return [...this.#modules.get(module)!.declarations].filter(([name]) => needed?.has(name));
  }

  /** What the names mean that a module declares or imports. */
  #namesOf(module: string): Map<string, Home> {
    const { declarations, statements } = this.#modules.get(module)!;
    const imports = statements.filter(({ kind }) => kind === "import");
    return new Map([
      ...[...declarations.keys()].map((name) => [name, { module, name }] as const),
      ...imports.flatMap(({ from, names = [] }) =>
        names.map(({ name, local }) => [local, this.#homeOf(from, name)] as const)
      ),
    ]);
  }

  /** The file that a module is in; that of another package is itself. */
  #fileOf(module: string): string {
    return this.#files.get(module) ?? module;
  }

  /** Who declares what a module has under a name. */
  #homeOf(module: string, name: string): Home {
    return this.#find(module, name, new Set()) ?? { module, name };
  }

  #find(module: string, name: string, seen: Set<string>): Home | undefined {
    const found = this.#modules.get(module);
    if (found === undefined || found.declarations.has(name)) return { module, name };
    if (seen.has(module)) return undefined;
    seen.add(module);
    for (const { kind, names, from } of found.statements) {
      if (kind === "import") continue;
      const passed = names === undefined ? name : names.find(({ local }) => local === name)?.name;
      const home = passed === undefined ? undefined : this.#find(from, passed, seen);
      if (home !== undefined) return home;
    }
    return undefined;
  }
}

function pathTo(file: string, other: string): string {
  if (!other.endsWith(".d.ts")) return other; // a package
  return posix.relative(posix.dirname(file), other).replace(/\.d\.ts$/, ".js").replace(/^(?!\.)/, "./");
}
