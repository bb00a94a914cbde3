import { assert, assertArrayIncludes, assertEquals } from "@std/assert";
import { describe, test } from "node:test";
import { OPTIONAL_PACKAGES } from "../../scripts/lib/npm_manifest.ts";
import { importsOf, readSources, resolveImport, stripComments } from "./sources.ts";

/** From the ground up: a file may import from its own room and from those before it. */
const ROOMS: readonly (readonly string[])[] = [
  ["gen/"],
  ["src/errors.ts", "src/version.ts", "src/util/"],
  ["src/runtime/"],
  ["src/transport/"],
  ["src/frame/"],
  ["src/message/"],
  ["src/router/"],
  ["src/client/"],
  ["src/testing/"],
  ["mod.ts"],
];

/** What a room may import beside files of the repository. */
const BARE: Readonly<Record<string, RegExp>> = {
  "gen/": /^valibot$/,
  "src/runtime/": /^(valibot|ws|node:[a-z_/]+)$/,
  // Optional, and imported only when a valibot schema is to become a JSON Schema.
  "src/client/json_schema.ts": /^@valibot\/to-json-schema$/,
};

const floorOf = (path: string) =>
  ROOMS.findIndex((room) => room.some((entry) => entry.endsWith("/") ? path.startsWith(entry) : path === entry));

const sources = readSources("mod.ts", "src", "gen");

describe("layering", () => {
  test("there are files, and the reader sees their imports", () => {
    assert(sources.length >= 40, `only ${sources.length} files were found`);
    assert(sources.flatMap(({ imports }) => imports).length >= sources.length);
    const code = stripComments(`
      import { a } from "./a.ts"; // import "./not.ts"
      import type { B } from "./b.ts";
      export * from './c.ts';
      import "./d.ts";
      /** import { x } from "./nor.ts"; */
      export { type E,
        e } from "./e.ts";
      const f = await import("./f.ts"); type G = typeof import("./g.ts");
    `);
    assertEquals(importsOf(code).map((path) => path[2]).sort(), ["a", "b", "c", "d", "e", "f", "g"]);
  });

  test("every file lives in a room, and no room is empty", () => {
    assertEquals(sources.filter(({ path }) => floorOf(path) < 0).map(({ path }) => path), []);
    const floors = new Set(sources.map(({ path }) => floorOf(path)));
    assertArrayIncludes([...floors], ROOMS.map((_, floor) => floor));
  });

  test("imports go to the own room or to one nearer the ground", () => {
    const broken: string[] = [];
    for (const { path, imports } of sources) {
      for (const specifier of imports) {
        const target = resolveImport(path, specifier);
        if (target !== null && (floorOf(target) < 0 || floorOf(target) > floorOf(path))) {
          broken.push(`${path} imports ${target}`);
        }
      }
    }
    assertEquals(broken, []);
  });

  test("only what ships is imported: valibot, and in src/runtime the host's own modules", () => {
    const broken: string[] = [];
    for (const { path, imports, code } of sources) {
      const room = Object.keys(BARE).find((entry) => path.startsWith(entry)) ?? "";
      for (const specifier of imports) {
        if (specifier.startsWith(".") || specifier === "valibot" || BARE[room]?.test(specifier)) continue;
        // Optional packages are loaded when they are needed, so that nobody must have them.
        const lazily = OPTIONAL_PACKAGES.includes(specifier) && code.includes(`await import("${specifier}")`) &&
          !code.includes(`from "${specifier}"`);
        if (!lazily) broken.push(`${path} imports ${specifier}`);
      }
    }
    assertEquals(broken, []);
  });

  test("the adapters of the three runtimes do not know each other", () => {
    const adapters = ["src/runtime/deno.ts", "src/runtime/bun.ts", "src/runtime/node.ts"];
    const found = sources.filter(({ path }) => adapters.includes(path));
    assertEquals(found.length, adapters.length);
    for (const { path, imports } of found) {
      const targets = imports.map((specifier) => resolveImport(path, specifier) ?? "");
      assertEquals(targets.filter((target) => adapters.includes(target)), [], path);
    }
  });

  test("no import cycles, type imports included", () => {
    const graph = new Map(sources.map(({ path, imports }) => [
      path,
      imports.map((specifier) => resolveImport(path, specifier)).filter((target) => target !== null),
    ]));
    // The protocol's own types refer to each other in rings, and its files with them: types alone, erased at run time.
    for (const path of [...graph.keys()]) if (path.startsWith("gen/")) graph.delete(path);
    assertEquals(findCycle(graph), []);
    assertEquals(findCycle(new Map([["a", ["b"]], ["b", ["c"]], ["c", ["b"]]])), ["b", "c", "b"]);
  });
});

/** The first ring of imports, or an empty list. */
function findCycle(graph: ReadonlyMap<string, readonly string[]>): string[] {
  const done = new Set<string>();
  const visit = (path: string, trail: readonly string[]): string[] => {
    if (trail.includes(path)) return [...trail.slice(trail.indexOf(path)), path];
    if (done.has(path)) return [];
    for (const next of graph.get(path) ?? []) {
      const cycle = visit(next, [...trail, path]);
      if (cycle.length > 0) return cycle;
    }
    done.add(path);
    return [];
  };
  for (const path of graph.keys()) {
    const cycle = visit(path, []);
    if (cycle.length > 0) return cycle;
  }
  return [];
}
