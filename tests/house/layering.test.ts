import { assert, assertArrayIncludes, assertEquals } from "@std/assert";
import { describe, test } from "node:test";
import { OPTIONAL_PACKAGES } from "../../scripts/lib/npm_manifest.ts";
import { importsOf, readSources, resolveImport, stripComments } from "./sources.ts";

/** From the ground up: a file may import from its own room and from those before it. */
const ROOMS: readonly (readonly string[])[] = [
  ["src/schema/"],
  ["gen/"],
  ["src/errors.ts", "src/version.ts", "src/util/"],
  ["src/runtime/"],
  ["src/transport/"],
  ["src/frame/"],
  ["src/message/"],
  ["src/router/"],
  ["src/tools/"],
  ["src/client/"],
  ["mod.ts"],
  ["src/policies/"],
  ["src/state/"],
  ["src/codex_sdk/"],
  ["src/durable/"],
  ["src/testing/"],
];

/**
 * The doors: rooms with an entry of their own, above the client. Of the rooms below they use what everybody can use:
 * the names that `mod.ts` exports, and the protocol. A door that needs more shows what the public API lacks. The helpers
 * in `src/util/`, which know nothing of Codex, are everybody's.
 *
 * Two entries are not among them. `src/tools/` lies below the client, which lends tools to threads. `src/testing/` plays
 * the other end of the wire, for which `mod.ts` has no names.
 */
const DOORS: readonly string[] = ROOMS.slice(ROOMS.findIndex(([room]) => room === "mod.ts") + 1).flat()
  .filter((room) => room !== "src/testing/");

/** What a room may import beside files of the repository. */
const BARE: Readonly<Record<string, RegExp>> = {
  "src/runtime/": /^(valibot|ws|node:[a-z_/]+)$/,
  // Optional, and imported only when a valibot schema is to become a JSON Schema.
  "src/tools/json_schema.ts": /^@valibot\/to-json-schema$/,
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

  test("a door uses of the rooms below it only what `mod.ts` exports", () => {
    const entry = sources.find(({ path }) => path === "mod.ts")!;
    const exported = new Set(namesOf(entry.code).map(({ name, from }) => `${resolveImport("mod.ts", from)} ${name}`));
    assert(exported.size >= 60, `only ${exported.size} names were found in mod.ts`);
    const broken: string[] = [];
    for (const { path, code } of sources) {
      const door = DOORS.find((room) => path.startsWith(room));
      if (door === undefined) continue;
      for (const { name, from } of namesOf(code)) {
        const target = resolveImport(path, from);
        if (target === null || target.startsWith(door) || OPEN_TO_DOORS.has(target)) continue;
        if (target.startsWith("src/util/")) continue;
        if (!exported.has(`${target} ${name}`)) broken.push(`${path} imports ${name} from ${target}`);
      }
    }
    assertEquals(broken, []);
    const code =
      `import { type A, b as c } from "./x.ts";\nexport type {\n  D,\n} from "./y.ts"; import * as e from "./z.ts";
      const f = await import("./w.ts");`;
    assertEquals(namesOf(code).map(({ name, from }) => name + from[2]), ["Ax", "bx", "Dy", "*z", "*w"]);
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

/** Entries, all of whose names are public, and what a door may ask of the machine. */
const OPEN_TO_DOORS: ReadonlySet<string> = new Set([
  "mod.ts",
  "gen/mod.ts",
  "src/errors.ts",
  "src/tools/mod.ts",
  ...DOORS.map((room) => `${room}mod.ts`),
  // The machine itself, where no other room may name it: the terminal, files, programs, the links of a path.
  "src/runtime/ask_line.ts",
  "src/runtime/files.ts",
  "src/runtime/find_program.ts",
  "src/runtime/real_target.ts",
  "src/runtime/workspace.ts",
]);

/** What is imported or re-exported, by its name where it was declared; `*` stands for a whole module. */
function namesOf(code: string): { readonly name: string; readonly from: string }[] {
  const lists = code.matchAll(/\b(?:import|export)\s+(?:type\s+)?(?:\{([^}]*)\}|\*[^"']*?)\s*from\s*["']([^"']+)["']/g);
  const named = [...lists].flatMap(([, list, from]) =>
    (list ?? "*").split(",").map((entry) => entry.trim().replace(/^type\s+/, "").split(/\s+as\s+/)[0]!)
      .filter((name) => name !== "").map((name) => ({ name, from: from! }))
  );
  const whole = [...code.matchAll(/\bimport\(\s*["']([^"']+)["']/g)].map(([, from]) => ({ name: "*", from: from! }));
  return [...named, ...whole];
}

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
