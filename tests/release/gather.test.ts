import { assertEquals, assertThrows } from "@std/assert";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, test } from "node:test";
import { findFiles } from "../../scripts/lib/find_files.ts";
import { gatherDeclarations } from "../../scripts/lib/gather.ts";
import { readManifest } from "../../scripts/lib/project.ts";
import { makeTemp, removeTemp } from "./temp.ts";

/** A package of three entries: all of it, a protocol that is passed on whole, and a door. */
const PACKAGE: Readonly<Record<string, string>> = {
  "mod.d.ts":
    '/**\n * All.\n *\n * @module\n */ export { Codex, type Options as CodexOptions } from "./src/codex.js";\n' +
    'export type { Exit } from "./src/child.js";\n',
  "gen/mod.d.ts":
    '/**\n * The protocol.\n *\n * @module\n */ export * from "./turn.js";\nexport type * from "../src/kind.js";\n',
  "gen/turn.d.ts": '/**\n * Turns.\n *\n * @module\n */ import type { Kind } from "../src/kind.js";\n' +
    "export type Turn = {\n  id: string;\n}\n/** Or none: { */\n | null;\nexport declare const TurnKind: Kind<Turn>;\n",
  "src/kind.d.ts": "export interface Kind<T> {\n  readonly of: T;\n}\n",
  "src/codex.d.ts":
    'import type { Turn as WireTurn } from "../gen/mod.js";\nimport { type Exit } from "./child.js";\n' +
    '/** A client.\n * @example\n * import { Codex } from "codex";\n */\nexport declare class Codex {\n' +
    "  last(): WireTurn | Exit;\n}\nexport interface Options {\n}\n",
  "src/child.d.ts": 'import type { Exit } from "./util/exit.js";\nexport type Child = Exit;\nexport type { Exit };\n',
  "src/util/exit.d.ts": "/** How it ended. */ export interface Exit {\n}\nexport {};\n",
  "src/door/mod.d.ts": 'export { open } from "./open.js";\nexport type { Tracer } from "./tracer.js";\n',
  "src/door/open.d.ts": 'import type { Codex } from "../../mod.js";\nimport type { Tracer } from "./tracer.js";\n' +
    "export declare function open(codex: Codex): Tracer;\n",
  "src/door/tracer.d.ts": 'export type { Tracer } from "traces";\n',
};

const MANIFEST = {
  ...readManifest(),
  exports: { ".": "./mod.ts", "./protocol": "./gen/mod.ts", "./door": "./src/door/mod.ts" },
};

function gathered(files: Readonly<Record<string, string>>): Record<string, string> {
  const folder = makeTemp();
  try {
    for (const [file, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, file)), { recursive: true });
      writeFileSync(join(folder, file), text);
    }
    gatherDeclarations(folder, MANIFEST);
    return Object.fromEntries(findFiles(".", folder).map((file) => [file, readFileSync(join(folder, file), "utf8")]));
  } finally {
    removeTemp(folder);
  }
}

describe("the declarations of the npm package", () => {
  test("become a file for each room with what an entry leads to; a name is what it was in the module that it was in", () => {
    assertEquals(gathered(PACKAGE), {
      "mod.d.ts": '/**\n * All.\n *\n * @module\n */ export { Codex } from "./src/declarations.js";\n' +
        'export type { Exit, Options as CodexOptions } from "./src/declarations.js";\n',
      "gen/mod.d.ts": "/**\n * The protocol.\n *\n * @module\n */ export {};\n" +
        "export type Turn = {\n  id: string;\n}\n/** Or none: { */\n | null;\nexport declare const TurnKind: Kind<Turn>;\n" +
        "export interface Kind<T> {\n  readonly of: T;\n}\n",
      "src/declarations.d.ts": 'import { Turn as WireTurn } from "../gen/mod.js";\n' +
        '/** A client.\n * @example\n * import { Codex } from "codex";\n */\nexport declare class Codex {\n' +
        "  last(): WireTurn | Exit;\n}\nexport interface Options {\n}\n/** How it ended. */ export interface Exit {\n}\n",
      "src/door/mod.d.ts": 'export { open } from "./declarations.js";\nexport type { Tracer } from "traces";\n',
      "src/door/declarations.d.ts": 'import { Codex } from "../declarations.js";\nimport { Tracer } from "traces";\n' +
        "export declare function open(codex: Codex): Tracer;\n",
    });
  });

  test("are not gathered where a name would mean something else, or where a statement is not understood", () => {
    const refused = (more: Readonly<Record<string, string>>, message: string) =>
      void assertThrows(() => gathered({ ...PACKAGE, ...more }), Error, message);
    const more = (before: string, type: string) => ({
      "mod.d.ts": PACKAGE["mod.d.ts"] + 'export type { More } from "./src/more.js";\n',
      "src/more.d.ts": `${before}export interface More {\n  of: ${type};\n}\n`,
    });
    refused(more("export type Options = string;\n", "Options"), "Options is Options of src/more.d.ts, and in");
    refused(more('import type { Turn as Codex } from "../gen/mod.js";\n', "Codex"), "Give one another name");
    refused(more("", "Exit"), "Exit is a global");
    refused({ "src/inline.d.ts": 'export type A = import("./codex.js").Codex;\n' }, "cannot be gathered");
    refused({ "src/all.d.ts": 'import type * as all from "./codex.js";\n' }, "cannot be gathered");
    refused({ "src/list.d.ts": "declare class A {\n}\nexport { A };\n" }, "export it where it is declared");
  });
});
