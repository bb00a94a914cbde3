/**
 * One file of definitions.
 *
 * @module
 */
import { docBlock, joinDocs } from "./docs.ts";
import type { Domain } from "./domains.ts";
import { emitSchema, helpersOf, isLazy } from "./emit_schemas.ts";
import { emitType } from "./emit_types.ts";
import { HEADER, importLine } from "./emit_file.ts";
import { compare, type Definition, references } from "./model.ts";
import type { Uses } from "./uses.ts";

/** The text of `gen/<domain>.ts`. */
export function emitDomain(
  domain: Domain,
  definitions: readonly Definition[],
  homes: ReadonlyMap<string, string>,
  uses: Uses,
): string {
  const parts = definitions.map((definition) => emitDefinition(definition, uses));
  const helpers = new Set(
    definitions.flatMap(({ shape }) => [...helpersOf(shape), ...(isLazy(shape) ? ["lazy"] : [])]),
  );
  return [
    HEADER,
    docBlock(`${domain.docs}\n\n@module`),
    ...importsOf(domain, definitions, homes),
    importLine(["type Schema"], "../src/schema/schema.ts"),
    importLine([...helpers], "../src/schema/support.ts"),
    "\n",
    parts.join("\n"),
  ].join("");
}

function emitDefinition(definition: Definition, uses: Uses): string {
  const experimental = definition.experimental ? "@experimental" : "";
  const docs = joinDocs(definition.docs || uses.describe(definition.name), experimental);
  const schemaDocs = joinDocs(`Validates {@linkcode ${definition.name}}.`, experimental);
  return docBlock(docs) + emitType(definition) + docBlock(schemaDocs) + emitSchema(definition);
}

function importsOf(domain: Domain, definitions: readonly Definition[], homes: ReadonlyMap<string, string>): string[] {
  const files = new Map<string, Set<string>>();
  for (const definition of definitions) {
    for (const name of references(definition.shape)) {
      const home = homes.get(name)!;
      if (home === domain.name) continue;
      const names = files.get(home) ?? new Set();
      files.set(home, names);
      names.add(`type ${name}`).add(`${name}Schema`);
    }
  }
  return [...files].sort(([a], [b]) => compare(a, b)).map(([home, names]) => importLine([...names], `./${home}.ts`));
}
