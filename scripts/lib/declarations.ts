import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, posix } from "node:path";
import { findFiles } from "./find_files.ts";
import type { Manifest } from "./project.ts";

/** The declaration files of the entry points. */
export function entryDeclarations({ exports }: Manifest): string[] {
  return Object.values(exports).map((source) => posix.normalize(source).replace(/\.ts$/, ".d.ts"));
}

/** The declaration files that a declaration file names. */
export function declarationsIn(folder: string, file: string): string[] {
  const text = readFileSync(join(folder, file), "utf8").replace(/\/\*[\s\S]*?\*\//g, "");
  const named = text.matchAll(/(?:\bfrom|\bimport\(|\bimport)\s*"(\.[^"]+)\.js"/g);
  return [...named].map(([, path]) => posix.join(posix.dirname(file), `${path}.d.ts`));
}

/** Removes the declarations that no entry point leads to: nobody could import them, and everybody would download them. */
export function keepReachable(folder: string, manifest: Manifest): void {
  const reached = new Set<string>();
  const visit = (file: string) => {
    if (reached.has(file)) return;
    reached.add(file);
    declarationsIn(folder, file).forEach(visit);
  };
  entryDeclarations(manifest).forEach(visit);
  for (const file of findFiles(".", folder)) {
    if (file.endsWith(".d.ts") && !reached.has(file)) rmSync(join(folder, file));
  }
}

/** A constructor that users are told nothing of, up to what it takes. */
const IGNORED = /(\/\*\* @ignore(?:(?!\*\/)[\s\S])*\*\/\s*constructor\()[\s\S]*?(?=\);\n)/g;

/**
 * Nobody but the library makes a thread or a handle: what they are made of, and all the classes that this leads to, is
 * left out. `instanceof` and `InstanceType` work with such a class as with any.
 */
export function hideConstructors(folder: string): void {
  for (const file of findFiles(".", folder)) {
    if (!file.endsWith(".d.ts")) continue;
    const declarations = readFileSync(join(folder, file), "utf8");
    const hidden = declarations.replace(IGNORED, "$1internal: { readonly internal: never }");
    if (hidden !== declarations) writeFileSync(join(folder, file), hidden);
  }
}

/**
 * Says of each class that has private members that it does, as TypeScript itself does and Deno's packer does not: an
 * object that merely looks like one would pass the types of npm, and not those of JSR, and fail when it is used.
 */
export function declarePrivate(root: string, folder: string): void {
  for (const file of findFiles(".", folder)) {
    const source = join(root, file.replace(/\.d\.ts$/, ".ts"));
    if (!file.endsWith(".d.ts") || !existsSync(source)) continue;
    const declarations = readFileSync(join(folder, file), "utf8");
    const classes = classesWithPrivate(readFileSync(source, "utf8"));
    const declared = declarations.replace(
      /^(.*\bclass (\w+)\b.*\{)\n(?! +#private;)/gm,
      (whole, line, name) => classes.has(name) ? `${line}\n  #private;\n` : whole,
    );
    if (declared !== declarations) writeFileSync(join(folder, file), declared);
  }
}

/** The classes of a source, by the layout that `deno fmt` gives it. */
function classesWithPrivate(source: string): Set<string> {
  const found = source.matchAll(/^(?:export )?(?:abstract )?class (\w+)\b[\s\S]*?^\}/gm);
  const isPrivate = /^ {2}(?:(?:static|readonly|override|async|get|set|accessor) |\*)*#\w/m;
  return new Set([...found].filter(([text]) => isPrivate.test(text)).map(([, name = ""]) => name));
}
