import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { build } from "esbuild";
import { cpSync, existsSync, readdirSync, readFileSync, realpathSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import process from "node:process";
import { after, before, describe, test } from "node:test";
import { createContext, runInContext } from "node:vm";
import { gzipSync } from "node:zlib";
import { pinnedRuntime, readManifest, ROOT, TOOLS } from "../../scripts/lib/project.ts";
import { must, type RunOptions } from "../../scripts/lib/subprocess.ts";
import { plantPrograms } from "../real/hostile_files.ts";
import { modulesIn } from "../release/modules_in.ts";
import { type ConsumerProject, consumerProject } from "./project.ts";

const runtime = pinnedRuntime(readManifest());

describe("programs that left their packages behind", () => {
  let project: ConsumerProject;
  /** A folder far from any `node_modules`, where the bundled programs lie. */
  let away = "";
  /** Another place for them: a folder of the project, below which the runtime is installed. */
  let inside = "";
  before(async () => {
    project = await consumerProject();
    away = project.folder("away");
    for (const name of ["turn", "lookup"]) {
      await build({
        entryPoints: [join(project.root, `${name}.mjs`)],
        outfile: join(away, `${name}_bundle.mjs`),
        bundle: true,
        format: "esm",
        platform: "node",
        target: "node20",
        external: ["ws", "@valibot/to-json-schema"], // optional, and not installed
        logLevel: "warning",
      });
      const { command, args } = TOOLS.bun;
      const outfile = join(away, `${name}_compiled`);
      await must(command, [...args, "build", "--compile", `--outfile=${outfile}`, `${name}.mjs`], at(project.root, {}));
    }
    inside = join(project.root, "dist");
    cpSync(away, inside, { recursive: true });
  });
  after(() => project?.remove());

  const programs = (name: string, folder: string): readonly (readonly [string, readonly string[]])[] => [
    ["esbuild, on Node", ["node", join(folder, `${name}_bundle.mjs`)]],
    ["esbuild, on Deno", [process.execPath, "run", "-A", join(folder, `${name}_bundle.mjs`)]],
    ["bun build --compile", [join(folder, `${name}_compiled`)]],
  ];

  for (const [index, kind] of ["esbuild, on Node", "esbuild, on Deno", "bun build --compile"].entries()) {
    const program = (name: string, folder = away) => programs(name, folder)[index]?.[1] ?? [];

    test(`[R5] (real) ${kind}: finds the runtime of the folder where it lies, wherever it runs`, async () => {
      const [command = "", ...args] = program("lookup", inside);
      const told = JSON.parse(await must(command, args, at(away, {})));
      assertStringIncludes(told.userAgent, `/${runtime}`);
    });

    test(`[P5] [R5] ${kind}: in a repository with programs of its own none of them is started, nor by its .env`, async () => {
      const clone = project.folder(`clone-${index}`);
      const ran = join(away, `ran-${index}`);
      await plantPrograms(clone, ran);
      const [command = "", ...args] = program("lookup");
      const launcher = [dirname(realpathSync(process.execPath)), "/usr/local/bin", "/usr/bin", "/bin"];
      const PATH = ["", ".", "bin", ...launcher].join(":");
      const env = { PATH, HOME: away, DENO_DIR: join(away, "deno") };
      const start = async () => JSON.parse(await must(command, args, at(clone, env)));
      assertEquals((await start()).code, "CODEX_NOT_FOUND");
      writeFileSync(join(clone, ".env"), `CODEX_BIN="${join(clone, "codex")}"\n`);
      assertEquals((await start()).code, "CODEX_NOT_FOUND");
      assertEquals(existsSync(ran), false);
      // It would have run, had it been asked for.
      await must(command, args, at(clone, { ...env, CODEX_BIN: join(clone, "codex") }));
      assertEquals(existsSync(ran), true);
    });

    test(`[R5] (real) ${kind}: runs a turn with the runtime that CODEX_BIN names`, async () => {
      const [command = "", ...args] = program("turn");
      const told = JSON.parse(await must(command, args, at(away, { CODEX_BIN: codexBinary() })));
      assertEquals([told.status, told.answer], ["completed", "it works"]);
    });

    test(`[R5] ${kind}: without a runtime it says how to name one`, async () => {
      const [command = "", ...args] = program("lookup");
      // A PATH without codex, but with what the launcher of the program itself needs.
      const PATH = [dirname(realpathSync(process.execPath)), "/usr/local/bin", "/usr/bin", "/bin"].join(":");
      const told = JSON.parse(await must(command, args, at(away, { PATH, HOME: away, DENO_DIR: join(away, "deno") })));
      assertEquals(told.code, "CODEX_NOT_FOUND");
      for (const way of ["codexBin", "CODEX_BIN", "@openai/codex"]) assertStringIncludes(told.message, way);
    });
  }

  test("[R5] deno compile", { skip: "its base binary comes from a site that not every machine reaches" }, () => {});
});

describe("entry points that are not used", () => {
  let project: ConsumerProject;
  before(async () => void (project = await consumerProject()));
  after(() => project?.remove());

  test("[R2] importing the root loads a few files: no other entry, nothing of connections, threads and turns, no protocol", () => {
    const files = staticImports(join(project.root, "node_modules/@codex-app-server/sdk/mod.js"));
    assert(files.length <= 5, `these many files cost time: ${files.join(", ")}`);
    const modules = files.flatMap(modulesIn);
    assert(modules.includes("src/client/codex.ts") && modules.length > 40, modules.join(", "));
    const doors = /^src\/(?:ai_sdk|cli|codex_sdk|durable|otel|policies|state|testing)\//;
    assertEquals(modules.filter((module) => doors.test(module)), []);
    assertEquals(modules.filter((module) => /^src\/tools\/(?!final_response)/.test(module)), []);
    // Loaded while the server starts.
    assertEquals(
      modules.filter((module) =>
        /^src\/(?:client\/(?:connection\/session|thread\/thread_opener|turn\/turn_handle)|router\/router)/.test(module)
      ),
      [],
    );
    assertEquals(modules.filter((module) => /^gen\/(?!routing|provenance)/.test(module)), []);
    // What names a runtime is loaded with the first connection, and then the one that is there.
    assertEquals(files.filter((file) => readFileSync(file, "utf8").includes('from "node:')), []);
  });
});

describe("`./state` in a browser", () => {
  let project: ConsumerProject;
  before(async () => void (project = await consumerProject()));
  after(() => project?.remove());

  /** The whole entry as a page would load it, by each bundler. */
  const bundlers: Readonly<Record<string, () => Promise<string>>> = {
    esbuild: async () => {
      const { outputFiles } = await build({
        entryPoints: [join(project.root, "page.mjs")],
        bundle: true,
        minify: true,
        write: false,
        format: "iife",
        platform: "browser",
        logLevel: "error",
      });
      return outputFiles[0]!.text;
    },
    "bun build": async () => {
      const { command, args } = TOOLS.bun;
      const outfile = join(project.root, "page_bundle.js");
      const options = ["--minify", "--target=browser", "--format=iife", `--outfile=${outfile}`];
      await must(command, [...args, "build", ...options, "page.mjs"], at(project.root, {}));
      return readFileSync(outfile, "utf8");
    },
  };

  for (const [name, bundle] of Object.entries(bundlers)) {
    test(`[M8] ${name}: it imports nothing of a runtime, and has under 12 KB minified and gzipped`, async () => {
      const code = await bundle();
      const size = gzipSync(code).length;
      assert(size > 4_000 && size < 12_000, `${size} bytes`);
      assertEquals(code.match(/\bnode:|\b(?:Deno|Bun|Buffer)\b|\bprocess\b(?!\/)|\brequire\(/g), null);
    });

    test(`[M8] ${name}: it works where there is nothing but what a page has`, async () => {
      const page = createContext({ setTimeout, clearTimeout, AbortController });
      runInContext(await bundle(), page);
      const told = runInContext(
        `
          const at = { threadId: "t", turnId: "u", itemId: "i" };
          const delta = { method: "item/agentMessage/delta", params: { ...at, delta: "hello" } };
          const kept = state.reduce(state.emptyThread("t"), delta);
          const store = state.threadStore((async function* () {})(), "t", { state: kept });
          const stored = { id: "u", status: "completed", items: [{ type: "agentMessage", id: "i", text: "hello!" }] };
          store.update((before) => state.hydrate(before, [stored]));
          JSON.stringify([kept, store.getSnapshot()].map(({ turns }) => turns[0].items[0].item.text));
        `,
        page,
      );
      assertEquals(told, '["hello","hello!"]');
    });
  }
});

describe("the chunks of the package", () => {
  let project: ConsumerProject;
  before(async () => void (project = await consumerProject()));
  after(() => project?.remove());

  const evaluate = (code: string) => must("node", ["--input-type=module", "-e", code], at(project.root, {}));

  test("[R2] classes and functions have the names that they are exported by", async () => {
    const told = await evaluate(`
      for (const entry of ["", "/policies", "/protocol", "/testing", "/tools"]) {
        for (const [name, value] of Object.entries(await import("@codex-app-server/sdk" + entry))) {
          if (typeof value === "function" && value.name !== name) console.log(entry, name, value.name);
        }
      }
    `);
    assertEquals(told, "");
  });

  test("[R2] an error is of the same class whichever entry point it comes from", async () => {
    const told = await evaluate(`
      import { CodexError, ProtocolError } from "@codex-app-server/sdk";
      import { replayTransport } from "@codex-app-server/sdk/testing";
      import { OutputParseError, parseOutput } from "@codex-app-server/sdk/tools";
      const thrown = (act) => { try { act(); } catch (error) { return error; } };
      const replayed = thrown(() => replayTransport("no transcript"));
      const parsed = await parseOutput({ items: [] }, { "~standard": { version: 1, vendor: "x", validate: () => ({}) } })
        .catch((error) => error);
      console.log(replayed instanceof ProtocolError, parsed instanceof OutputParseError, parsed instanceof CodexError);
      console.log(replayed.name, parsed.name);
    `);
    assertEquals(told, "true true true\nProtocolError OutputParseError\n");
  });
});

/** Every file that is loaded with a module, dynamic imports aside. */
function staticImports(file: string, seen: Set<string> = new Set()): string[] {
  if (!seen.has(file)) {
    seen.add(file);
    for (const [, target = ""] of readFileSync(file, "utf8").matchAll(/\b(?:from|import)\s*"(\.[^"]+)"/g)) {
      staticImports(join(dirname(file), target), seen);
    }
  }
  return [...seen];
}

function codexBinary(): string {
  const scope = dirname(realpathSync(join(ROOT, "node_modules/@openai/codex")));
  const platform = join(scope, `codex-${process.platform}-${process.arch}`, "vendor");
  const [triple = ""] = readdirSync(platform);
  return join(platform, triple, "bin", process.platform === "win32" ? "codex.exe" : "codex");
}

const at = (cwd: string, env: RunOptions["env"]): RunOptions => ({
  cwd,
  timeoutMs: 120_000,
  env: { CODEX_BIN: undefined, NO_COLOR: "1", ...env },
});
