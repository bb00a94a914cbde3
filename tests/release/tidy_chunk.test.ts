import { assertEquals, assertRejects } from "@std/assert";
import { describe, test } from "node:test";
import { tidyChunk } from "../../scripts/lib/tidy_chunk.ts";

describe("a chunk of the npm package", () => {
  test("loses comments in classes, imports of nothing and half of its indentation, gets its classes' own names back, and imports and exports in place", async () => {
    const made = [
      'import "./e.js";',
      "// src/a.ts",
      "import {",
      "  f,",
      "  g as g2",
      '} from "./f.js";',
      "var A = class _A {",
      "  /** Makes another,",
      "   *  of the same kind. */",
      "  static next() {",
      "    // why",
      '    return new _A("// no comment");',
      "  }",
      "};",
      "// @__NO_SIDE_EFFECTS__",
      "function b2() {",
      "}",
      "async function* c() {",
      "}",
      'import { d } from "./d.js";',
      "export {",
      "  A,",
      "  b2 as b,",
      "  c,",
      "  d",
      "};",
      "",
    ];
    const expected = [
      "// src/a.ts",
      'import { f, g as g2 } from "./f.js";',
      "export var A = class A {",
      " static next() {",
      '  return new A("// no comment");',
      " }",
      "};",
      "// @__NO_SIDE_EFFECTS__",
      "function b2() {",
      "}",
      "export async function* c() {",
      "}",
      'import { d } from "./d.js";',
      "export { b2 as b, d };",
      "",
    ];
    assertEquals(await tidyChunk(made.join("\n")), expected.join("\n"));
    assertEquals(await tidyChunk("var a = 1;\n"), "var a = 1;\n");
    const withText = "function f() {\n  return `\n    a\n  `;\n}\n";
    assertEquals(await tidyChunk(withText), withText);
  });

  test("is not made of text that looks like a comment", async () => {
    await assertRejects(() => tidyChunk("var a = `\n  // text\n`;\n"), Error, "looks like a comment");
  });
});
