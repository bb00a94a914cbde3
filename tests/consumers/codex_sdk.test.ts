import { assert, assertEquals } from "@std/assert";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { after, before, describe, test } from "node:test";
import { ROOT, TOOLS } from "../../scripts/lib/project.ts";
import { must, run } from "../../scripts/lib/subprocess.ts";
import { locateCodex } from "../../src/runtime/locate.ts";
import { currentRuntime } from "../../src/runtime/select.ts";
import { type ConsumerProject, consumerProject } from "./project.ts";

/** The package whose API `./codex-sdk` has. Without its binary of 400 MB: it is given the one that is installed here. */
const THEIRS = "@openai/codex-sdk";
const VERSION = "0.163.0";
const COMPILER = "5.9";

/** What is not the same in which case, and stands in docs/migrating.md. */
const DIFFERENCES: Readonly<Record<string, (path: string) => boolean>> = {
  // The turn is interrupted, and the model told so; there the process is killed.
  "an abort in a turn": (path) => path.startsWith("asked[2].input"),
  "a break": (path) => path.startsWith("asked[1].input"),
  // The policy holds, so a question is asked, and refused when nobody is there to answer; there it is always "never".
  "a command that wants out": () => true,
};

describe(`beside ${THEIRS} ${VERSION}`, () => {
  let project: ConsumerProject;
  let programs: string;
  let typed: string;
  let theirPath: string;
  before(async () => {
    project = await consumerProject();
    programs = join(project.root, "codex_sdk");
    typed = join(programs, "types");
    const peer = join(dirname(project.root), "peer");
    mkdirSync(peer);
    writeFileSync(join(peer, "package.json"), JSON.stringify({ name: "peer", private: true }));
    const flags = ["--ignore-scripts", "--omit=optional", "--no-audit", "--no-fund", "--prefer-offline"];
    await must("npm", ["install", ...flags, `${THEIRS}@${VERSION}`, `typescript@~${COMPILER}`, "@types/node@20"], {
      cwd: peer,
      timeoutMs: 180_000,
    });
    // For the compiler; the programs that run are told where it is.
    const link = (target: string, name: string) => {
      const path = join(project.root, "node_modules", name);
      mkdirSync(dirname(path), { recursive: true });
      symlinkSync(target, path, "junction");
    };
    link(join(peer, "node_modules", THEIRS), THEIRS);
    for (const name of ["typescript", "@types/node"]) link(join(peer, "node_modules", name), name);
    // Their types name those of this package, which they do not bring.
    link(realpathSync(join(ROOT, "node_modules/@modelcontextprotocol/sdk")), "@modelcontextprotocol/sdk");
    theirPath = join(peer, "node_modules", THEIRS, "dist/index.js");
  });
  after(() => project?.remove());

  describe("the types", () => {
    test("[X1] every name is here, and every type is assignable in both directions", () => compile(["types.ts"], {}));

    const sources = () => readdirSync(join(typed, "programs")).map((name) => join("programs", name));
    /** The same programs with the import changed, and nothing else. */
    const changed = () => {
      mkdirSync(join(typed, "changed"), { recursive: true });
      return sources().map((path) => {
        const source = readFileSync(join(typed, path), "utf8");
        const parts = source.split(`"${THEIRS}"`);
        assertEquals(parts.length, 2, path);
        writeFileSync(
          join(typed, path.replace("programs", "changed")),
          parts.join('"@codex-app-server/sdk/codex-sdk"'),
        );
        return path.replace("programs", "changed");
      });
    };
    for (
      const [moduleResolution, name] of [["nodenext", "loose"], ["bundler", "strict"], [
        "nodenext",
        "strictest",
      ]] as const
    ) {
      test(`[X1] programs compile with the import changed alone: ${moduleResolution}, ${name}`, async () => {
        const module = moduleResolution === "bundler" ? "esnext" : "nodenext";
        assert(sources().length >= 5);
        await compile([...sources(), ...changed()], { ...STRICTNESS[name], moduleResolution, module });
      });
    }

    test("[X1] what is wrong with theirs is wrong with this", async () => {
      const wrong = readFileSync(join(typed, "wrong.ts"), "utf8");
      writeFileSync(join(typed, "wrong_here.ts"), wrong.replace(`"${THEIRS}"`, '"@codex-app-server/sdk/codex-sdk"'));
      await compile(["wrong.ts", "wrong_here.ts", "types.ts"], STRICTNESS.strictest);
    });

    async function compile(files: readonly string[], options: Readonly<Record<string, unknown>>): Promise<void> {
      const compilerOptions = {
        ...{
          target: "es2022",
          module: "nodenext",
          lib: ["es2022", "dom"],
          types: ["node"],
          strict: true,
          noEmit: true,
        },
        // They name types that they do not bring, so nobody has it otherwise.
        skipLibCheck: true,
        ...options,
      };
      writeFileSync(join(typed, "tsconfig.json"), JSON.stringify({ compilerOptions, files }));
      const tsc = join(project.root, "node_modules/typescript/bin/tsc");
      const { code, output } = await run("node", [tsc, "--project", "."], { cwd: typed, timeoutMs: 180_000 });
      assertEquals(code, 0, output);
    }
  });

  /** Everything, done with one of them. Theirs on Node alone: on Bun it ends a program whose codex does not start. */
  const play = async (runtime: "node" | "bun" | "deno", sdk: string): Promise<Map<string, unknown>> => {
    const { command: codex } = locateCodex(currentRuntime(), {});
    const { command, args } = TOOLS[runtime];
    const flags = runtime === "deno" ? ["run", "-A", "--node-modules-dir=manual"] : [];
    const temp = mkdtempSync(join(dirname(project.root), "temp-"));
    const stdout = await must(command, [...args, ...flags, "compare.mjs", sdk, codex], {
      cwd: programs,
      timeoutMs: 240_000,
      env: { TMPDIR: temp, CODEX_BIN: undefined, NO_COLOR: "1" },
    });
    return new Map(
      stdout.trim().split("\n").map((line) => JSON.parse(line)).map(({ name, did }: { name: string; did: unknown }) => [
        name,
        did,
      ]),
    );
  };
  let official: Promise<Map<string, unknown>> | undefined;
  for (const runtime of ["node", "bun", "deno"] as const) {
    test(`[X2] (real) does the same and tells the same on ${runtime}, but for what stands in the documents`, async () => {
      const theirs = await (official ??= play("node", theirPath));
      const ours = await play(runtime, "@codex-app-server/sdk/codex-sdk");
      assert(ours.size >= 45, `${ours.size} cases`);
      assertEquals([...ours.keys()], [...theirs.keys()]);
      const unexpected: string[] = [];
      const expected = new Set<string>();
      for (const [name, did] of ours) {
        for (const { path, text } of differences(theirs.get(name), did)) {
          if (DIFFERENCES[name]?.(path)) expected.add(name);
          else unexpected.push(`${name}: ${path}: ${text}`);
        }
      }
      assertEquals(unexpected, []);
      // What has become the same no longer belongs into the documents.
      assertEquals([...expected].sort(), Object.keys(DIFFERENCES).sort());
    });
  }
});

const STRICTNESS = {
  loose: { strict: false },
  strict: { strict: true },
  strictest: {
    ...{ strict: true, exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true },
    ...{ noImplicitOverride: true, isolatedModules: true },
  },
};

/** Where two values differ, and what stands there in each. */
function differences(theirs: unknown, ours: unknown, path = ""): { readonly path: string; readonly text: string }[] {
  if (JSON.stringify(theirs) === JSON.stringify(ours)) return [];
  if (typeof theirs !== "object" || typeof ours !== "object" || theirs === null || ours === null) {
    return [{ path, text: `theirs ${JSON.stringify(theirs)}, ours ${JSON.stringify(ours)}` }];
  }
  const names = new Set([...Object.keys(theirs), ...Object.keys(ours)]);
  const found = [...names].flatMap((name) =>
    differences(
      (theirs as Record<string, unknown>)[name],
      (ours as Record<string, unknown>)[name],
      Array.isArray(theirs) ? `${path}[${name}]` : path === "" ? name : `${path}.${name}`,
    )
  );
  return found.length > 0 ? found : [{ path, text: `the order of ${[...names].join(", ")}` }];
}
