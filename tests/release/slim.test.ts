import { assertEquals } from "@std/assert";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { after, before, describe, test } from "node:test";
import { readManifest } from "../../scripts/lib/project.ts";
import { slimDeclarations } from "../../scripts/lib/slim.ts";
import { makeTemp, removeTemp } from "./temp.ts";

describe("comments in the declarations of the npm package", () => {
  let folder = "";
  before(() => folder = makeTemp());
  after(() => removeTemp(folder));

  const manifest = { ...readManifest(), exports: { ".": "./mod.ts", "./protocol": "./gen/mod.ts" } };

  function slim(file: string, text: string): string {
    for (const [name, content] of [["mod.d.ts", 'export * from "./src/a.js";\n'], ["gen/mod.d.ts", ""], [file, text]]) {
      mkdirSync(dirname(join(folder, name!)), { recursive: true });
      writeFileSync(join(folder, name!), content!);
    }
    slimDeclarations(folder, manifest);
    return readFileSync(join(folder, file), "utf8");
  }

  test("of generated ones: a paragraph is a line; lists, tables, tags and programs are as they were", () => {
    const kept = " * - one\n * - two\n *\n * | a |\n * | - |\n *\n * 1. first\n *\n * @deprecated no";
    assertEquals(
      slim("gen/turn.d.ts", `/**\n * A turn, which\n * goes on.\n *\n${kept} */ export type A = 1;\n`),
      `/** A turn, which goes on.\n *\n${kept} */ export type A = 1;\n`,
    );
    const program = "/**\n * A\n * turn.\n *\n * ```ts\n *   a\n * b\n * ```\n */ export type A = 1;\n";
    assertEquals(slim("gen/turn.d.ts", program), program);
  });

  test("of generated ones: what the name says as well goes, on however many lines it is said", () => {
    const text =
      "/** Validates {@linkcode A}. */ a;\n/**\n * Part of {@linkcode A}, {@linkcode\n * B} and others.\n */ b;\n" +
      "/**\n * `turn/start`\n *\n * @experimental\n */ c;\n/** Says more. */ d;\n";
    assertEquals(slim("gen/turn.d.ts", text), "a;\nb;\n/** @experimental */ c;\n/** Says more. */ d;\n");
  });

  test("of what an entry exports: all are kept, line by line; of what none does, none", () => {
    const indented = "/**\n * List:\n * - one,\n *   of which more\n */ export type B = 1;\n";
    const text = `/**\n * A,\n * B.\n */ export type A = 1;\n${indented}`;
    assertEquals(slim("src/a.d.ts", text), `/** A,\n * B. */ export type A = 1;\n${indented}`);
    assertEquals(slim("src/b.d.ts", text), "export type A = 1;\nexport type B = 1;\n");
  });
});
