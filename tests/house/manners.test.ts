import { assert, assertEquals } from "@std/assert";
import { describe, test } from "node:test";
import { findFiles } from "../../scripts/lib/find_files.ts";
import { readSources, ROOT, type Source } from "./sources.ts";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

const shipped = readSources("mod.ts", "src");
const own = [...shipped, ...readSources("tests", "scripts", "examples")];

/** Lists `path:line` for every line of code that matches. */
function places(sources: readonly Source[], pattern: RegExp): string[] {
  return sources.flatMap(({ path, code }) =>
    code.split("\n").flatMap((line, index) => pattern.test(line) ? [`${path}:${index + 1} ${line.trim()}`] : [])
  );
}

describe("manners", () => {
  test("there are files", () => assert(shipped.length >= 30 && own.length > shipped.length));

  test("only src/runtime names a runtime; the command line, a program of its own, Node's modules", () => {
    // Not behind a quote: "process.exit.code" is an attribute's name.
    const names = /(?<!["'])\b(Deno|Bun|process)\.\w|globalThis\.(Deno|Bun|process)\b|["']node:/;
    const outside = shipped.filter(({ path }) => !/^src\/(runtime|cli)\//.test(path));
    assertEquals(places(outside, names), []);
    // The bundles of `inspect` have in them what they need of src/runtime.
    const program = shipped.filter(({ path }) => /^src\/cli\/(?!inspect\/assets\.ts)/.test(path));
    assertEquals(places(program, /\b(Deno|Bun)\.\w|globalThis\.(Deno|Bun|process)\b/), []);
    assert(places(shipped, names).length > 0, "the pattern finds nothing at all");
  });

  test("[S7] `any` is not written", () => {
    const loose = /(:|<|\bas|\||&|=>|,)\s*any\b/;
    assertEquals(places(readSources("mod.ts", "src", "gen", "examples"), loose), []);
    assert(loose.test("function f(x: any): void") && loose.test("const y = x as any"));
  });

  test("nothing moves its own process: a working directory is shared by all that runs in it", () => {
    const moving = /\bchdir\(/;
    assertEquals(places([...shipped, ...readSources("tests", "scripts")], moving), []);
    assert(moving.test("process.chdir" + "(folder)"));
  });

  test("the library never prints", () => assertEquals(places(shipped, /\bconsole\./), []));

  test("no `using` in what is shipped: the packer leaves it as it is, and Node 20 does not know it", () => {
    assertEquals(places(shipped, /^\s*(await )?using /), []);
  });

  test("[W7] deadlines run on a monotonic clock: the wall clock is read only for what people and the protocol date", () => {
    const dated = [
      /^src\/policies\/handlers\.ts:\d+ .*\bat: Date\.now\(\)/, // an audit's record
      /^src\/router\/refusals\.ts:\d+ .*currentTimeAt/,
      / (\w+AtMs|.*(started|completed|emitted)AtMs): Date\.now\(\)/,
      /completedAtMs: Date\.now\(\)/,
    ];
    const read = places(shipped, /\bDate\.now\b|new Date\(\)/).filter((place) => !/:\d+ \*/.test(place));
    assert(read.length > 0, "the pattern finds nothing at all");
    assertEquals(read.filter((place) => !dated.some((pattern) => pattern.test(place))), []);
  });

  test("no default exports, enums or parameter properties", () => {
    const banned =
      /^\s*export default\b|^\s*(export |declare |const )*enum\s|constructor\(\s*(public|private|protected|readonly)\b/;
    assertEquals(places(shipped, banned), []);
  });

  test("whoever hears a signal hears it every time: it comes twice, from the terminal and from a task", () => {
    const texts = [...findFiles("examples"), ...findFiles("docs"), "README.md"].filter((path) =>
      /\.(tsx?|mjs|md)$/.test(path)
    );
    assert(texts.length > 20);
    const once = texts.filter((path) => /\.once\(\s*(?:"SIG|signal\b)/.test(readFileSync(join(ROOT, path), "utf8")));
    assertEquals(once, []);
  });

  test("a file is one thing: at most 400 lines", () => {
    const long = own.filter(({ text }) => text.split("\n").length > 401).map(({ path }) => path);
    assertEquals(long, []);
  });

  test("files are named in snake_case", () => {
    const odd = own.filter(({ path }) => !/^([a-z0-9_]+\/)*[a-z0-9_]+(\.test|\.bench|\.d)?\.ts$/.test(path));
    assertEquals(odd.map(({ path }) => path), []);
  });

  test("[S1] examples import public entry points alone", () => {
    const examples = readSources("examples");
    assert(examples.length > 0, "there are no examples");
    const entries = new Set(Object.keys(manifest().exports).map((path) => manifest().name + path.slice(1)));
    const inside = examples.flatMap(({ path, imports }) =>
      imports.filter((specifier) =>
        specifier.startsWith("..") || specifier.startsWith("@codex-app-server/") && !entries.has(specifier)
      ).map((specifier) => `${path} imports ${specifier}`)
    );
    assertEquals(inside, []);
  });

  test("[S1] code in the documents imports public entry points alone", () => {
    const entries = new Set(Object.keys(manifest().exports).map((path) => manifest().name + path.slice(1)));
    const texts = [...findFiles("docs"), ...findFiles("examples"), "README.md", "ARCHITECTURE.md", "CONTRIBUTING.md"]
      .filter((path) => /\.(md|ipynb|tsx)$/.test(path) && existsSync(join(ROOT, path)));
    const named = texts.flatMap((path) =>
      [
        ...readFileSync(join(ROOT, path), "utf8").matchAll(
          /(?:from|import\(?) \\?"(?:jsr:|npm:)?(@codex-app-server\/sdk[^"\\]*)/g,
        ),
      ].map(([, specifier = ""]) => specifier.replace(/(\/sdk)@[^/]+/, "$1"))
    );
    assert(new Set(named).size >= 10, `${new Set(named).size} entry points are shown`);
    assertEquals(named.filter((specifier) => !entries.has(specifier)), []);
  });
});

function manifest(): { name: string; exports: Record<string, string> } {
  return JSON.parse(readFileSync(join(ROOT, "deno.json"), "utf8"));
}
