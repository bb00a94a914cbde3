import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { must, run } from "../../scripts/lib/subprocess.ts";
import { type ConsumerProject, consumerProject } from "./project.ts";

/** The oldest TypeScript that is promised, and the newest. */
const COMPILERS = ["5.8", "7.0"];

describe("the types of the npm tarball", () => {
  let project: ConsumerProject;
  before(async () => {
    project = await consumerProject();
    const packages = COMPILERS.map((version) => `typescript-${version}@npm:typescript@~${version}`);
    await must(
      "npm",
      ["install", "--no-audit", "--no-fund", "--prefer-offline", "@types/node@20", ...packages],
      at(project.root),
    );
  });
  after(() => project?.remove());

  for (const version of COMPILERS) {
    for (const moduleResolution of ["nodenext", "bundler"]) {
      test(`[R2] resolve under ${moduleResolution}, in TypeScript ${version}, with every check on`, async () => {
        const module = moduleResolution === "nodenext" ? "nodenext" : "esnext";
        const { code, output } = await compile(version, { module, moduleResolution });
        assertEquals(code, 0, output);
      });
    }
  }

  test("a mistake in the program is still a mistake", async () => {
    const source = readFileSync(join(project.root, "types.ts"), "utf8").replace('cwd: "."', "cwd: 1");
    writeFileSync(join(project.root, "wrong.ts"), source);
    const { code, output } = await compile("5.8", { module: "nodenext", moduleResolution: "nodenext" }, "wrong.ts");
    assert(code !== 0);
    assertStringIncludes(output, "Type 'number' is not assignable to type 'string'");
  });

  async function compile(version: string, options: Record<string, string>, file: string = "types.ts") {
    const compilerOptions = {
      ...{ target: "es2022", lib: ["es2022", "esnext.disposable"], types: ["node"], noEmit: true, skipLibCheck: false },
      ...{ strict: true, exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true, isolatedModules: true },
      ...options,
    };
    writeFileSync(join(project.root, "tsconfig.json"), JSON.stringify({ compilerOptions, files: [file] }));
    const tsc = join("node_modules", `typescript-${version}`, "bin/tsc");
    return await run("node", [tsc, "--project", "."], at(project.root));
  }
});

const at = (cwd: string) => ({ cwd, timeoutMs: 180_000 });
