import { assert, assertEquals, assertThrows } from "@std/assert";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import process from "node:process";
import { describe, test } from "node:test";
import { CLIENT_REQUESTS, SERVER_NOTIFICATIONS, SERVER_REQUESTS } from "../../gen/mod.ts";
import { CORRECTIONS } from "../../scripts/gen/corrections.ts";
import { generate } from "../../scripts/gen/generate.ts";
import { readDefinitions, readSchema, type SchemaSet } from "../../scripts/gen/json_schema.ts";
import { findRuntime, runRuntime, type RuntimeSchema } from "../../scripts/gen/runtime_schema.ts";
import { ROOT } from "../../scripts/lib/project.ts";

let cached: RuntimeSchema | undefined;

/** What the pinned runtime itself says. */
function schema(): RuntimeSchema {
  return cached ??= runRuntime(ROOT);
}

function methods(set: SchemaSet, file: string): string[] {
  const options = readSchema(set, `${file}.json`).oneOf as { properties: { method: { enum: [string] } } }[];
  return options.map((option) => option.properties.method.enum[0]).sort();
}

/** The runtime's schema with one file changed. */
function changed(file: string, change: (text: string) => string): RuntimeSchema {
  const edit = (set: SchemaSet) => {
    const text = change(set.get(file)!);
    assert(text !== set.get(file), `the change does not apply to ${file}`);
    return new Map(set).set(file, text);
  };
  return { ...schema(), stable: edit(schema().stable), experimental: edit(schema().experimental) };
}

/** The names of all properties in a node of JSON Schema. */
function propertiesOf(node: unknown): Set<string> {
  const found = new Set<string>();
  const visit = (value: unknown, parent: string) => {
    if (typeof value !== "object" || value === null) return;
    for (const [key, part] of Object.entries(value)) {
      if (parent === "properties") found.add(key);
      visit(part, parent === "properties" ? "" : key);
    }
  };
  visit(node, "");
  return found;
}

describe("gen/ and the pinned runtime (real)", () => {
  test("[R1] generating again gives the same bytes, and the same files", () => {
    const files = generate(schema());
    for (const [name, text] of files) {
      assert(readFileSync(join(ROOT, "gen", name), "utf8") === text, `gen/${name} is stale: run deno task gen`);
    }
    assertEquals([...files.keys()], readdirSync(join(ROOT, "gen")).sort());
  });

  test(
    "[R1] the tables hold every method of the schema: 184 requests, 86 notifications, 11 of the server",
    () => {
      const { experimental, stable } = schema();
      assertEquals(Object.keys(CLIENT_REQUESTS), methods(experimental, "ClientRequest"));
      assertEquals(Object.keys(SERVER_NOTIFICATIONS), methods(experimental, "ServerNotification"));
      assertEquals(Object.keys(SERVER_REQUESTS), methods(experimental, "ServerRequest"));
      const counts = [CLIENT_REQUESTS, SERVER_NOTIFICATIONS, SERVER_REQUESTS].map((table) => Object.keys(table).length);
      assertEquals(counts, [184, 86, 11]);

      const isStable = ([, entry]: [string, { readonly experimental: boolean }]) => !entry.experimental;
      const names = (table: object) => Object.entries(table).filter(isStable).map(([name]) => name);
      assertEquals(names(CLIENT_REQUESTS), methods(stable, "ClientRequest"));
      assertEquals(names(SERVER_REQUESTS), methods(stable, "ServerRequest"));
    },
  );

  test("[R1] the command writes what the test compares, and its check says what to run", () => {
    const folder = mkdtempSync(join(tmpdir(), "codex-gen-"));
    try {
      const script = join(ROOT, "scripts/generate.ts");
      const run = (...args: readonly string[]) =>
        spawnSync(process.execPath, ["run", "-A", script, "--out", folder, ...args], { cwd: ROOT, encoding: "utf8" });
      assertEquals(run().status, 0);
      assertEquals(run("--check").status, 0);
      writeFileSync(join(folder, "turn.ts"), "// stale\n");
      rmSync(join(folder, "item.ts"));
      writeFileSync(join(folder, "old.ts"), "");
      const { status, stderr } = run("--check");
      assertEquals(status, 1);
      for (
        const part of ["item.ts is missing", "old.ts is not generated any more", "turn.ts differs", "deno task gen"]
      ) {
        assert(stderr.includes(part), `${part} is not in: ${stderr}`);
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test("[R1] a request whose result cannot be derived stops the generator, with what to do", () => {
    const renamed = changed("ClientRequest.json", (text) => text.replaceAll('"account/logout"', '"account/leave"'));
    assertThrows(() => generate(renamed), Error, "scripts/gen/results.ts");
    const unclaimed = changed(
      "ServerNotification.json",
      (text) => text.replace('"skills/changed"', '"talents/changed"'),
    );
    assertThrows(() => generate(unclaimed), Error, "talents/changed: no domain claims this method");
  });

  test("[S4] a new field of the protocol appears by generating again, in one file", () => {
    const bundle = "codex_app_server_protocol.schemas.json";
    const before = generate(schema());
    const after = generate(changed(bundle, (text) => {
      const parsed = JSON.parse(text);
      parsed.definitions.v2.TurnStartParams.properties.mood = {
        type: ["string", "null"],
        description: "How it feels.",
      };
      return JSON.stringify(parsed);
    }));
    const touched = [...after].filter(([name, text]) => before.get(name) !== text).map(([name]) => name);
    assertEquals(touched, ["provenance.json", "turn.ts"]);
    assert(after.get("turn.ts")!.includes("  /** How it feels. */\n  mood?: string | null;\n"));
    assert(after.get("turn.ts")!.includes("  mood: maybe(string),\n"));
  });

  test(
    "[R1] where the runtime's JSON Schema and its own TypeScript name a field differently, a correction stands",
    {},
    () => {
      const folder = mkdtempSync(join(tmpdir(), "codex-ts-"));
      try {
        const args = ["app-server", "generate-ts", "--experimental", "--out", folder];
        const env = { ...process.env, CODEX_HOME: folder };
        assertEquals(spawnSync(findRuntime(ROOT).binary, args, { env, stdio: "ignore" }).status, 0);
        const files = readdirSync(folder, { recursive: true, encoding: "utf8" });
        const types = new Map(files.map((file) => [basename(file, ".ts"), join(folder, file)]));
        const names = (text: string, name: string) => new RegExp(`\\b${name}\\b`).test(text);
        const wrong: string[] = [];
        for (const [definition, node] of readDefinitions(schema().experimental)) {
          const path = types.get(definition);
          if (path === undefined) continue;
          const text = readFileSync(path, "utf8");
          for (const field of propertiesOf(node)) {
            const camel = field.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
            if (camel !== field && !names(text, field) && names(text, camel)) wrong.push(`${definition}.${field}`);
          }
        }
        const corrected = Object.entries(CORRECTIONS).flatMap(([definition, { rename }]) =>
          Object.keys(rename ?? {}).map((field) => `${definition}.${field}`)
        );
        assertEquals(wrong.sort(), corrected.sort());
      } finally {
        rmSync(folder, { recursive: true });
      }
    },
  );

  test("what only the experimental schema has is marked, and nothing else", () => {
    const { experimental, stable } = schema();
    const definitions = (set: SchemaSet) => {
      const bundle: { definitions: { v2: object } } = JSON.parse(set.get("codex_app_server_protocol.schemas.json")!);
      return { ...bundle.definitions, ...bundle.definitions.v2 } as Record<string, { properties?: object }>;
    };
    const [all, known] = [definitions(experimental), definitions(stable)];
    const text = [...generate(schema()).values()].join("\n");
    const marked = (pattern: RegExp) => new Set([...text.matchAll(pattern)].map((match) => match[1]!));
    const markedTypes = marked(/@experimental\n \*\/\nexport type (\w+) =/g);
    const plain = Object.keys(all).filter((name) => text.includes(`\nexport type ${name} =`));
    for (const name of plain) assertEquals(markedTypes.has(name), !(name in known), name);

    const start = all["TurnStartParams"]!.properties!;
    const block = text.slice(
      text.indexOf("export type TurnStartParams ="),
      text.indexOf("export const TurnStartParamsSchema"),
    );
    for (const field of Object.keys(start)) {
      const docs = new RegExp(`@experimental\\n   \\*/\\n  ${field}\\??:`).test(block);
      assertEquals(docs, !(field in known["TurnStartParams"]!.properties!), field);
    }
  });

  test("the output is sorted, and imports go one way", () => {
    const files = generate(schema());
    const imports = new Map<string, string[]>();
    for (const [name, text] of files) {
      const found = [...text.matchAll(/^(?:import|export|\}).* from "\.{1,2}\/(?:src\/schema\/)?(\w+\.ts)";$/gm)].map((
        match,
      ) => match[1]!);
      imports.set(name, found);
      const types = [...text.matchAll(/^export type (\w+) =/gm)].map((match) => match[1]!);
      if (!["methods.ts", "schema.ts"].includes(name)) assertEquals(types, [...types].sort(), name);
    }
    assert([...imports.values()].flat().length > 100, "the imports were not found");
    const done = new Set<string>();
    const visit = (name: string, path: readonly string[]) => {
      assert(!path.includes(name), `import cycle: ${[...path, name].join(" -> ")}`);
      if (done.has(name)) return;
      for (const next of imports.get(name) ?? []) visit(next, [...path, name]);
      done.add(name);
    };
    for (const name of imports.keys()) visit(name, []);
  });
});
