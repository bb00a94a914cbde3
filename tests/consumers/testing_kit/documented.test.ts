import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { npmTarball } from "../../../scripts/build_npm.ts";
import { linkCodex } from "../../../scripts/lib/node_project.ts";
import { ROOT, TOOLS } from "../../../scripts/lib/project.ts";
import { must } from "../../../scripts/lib/subprocess.ts";

/** What the document says that Deno must permit. */
const DENO_FLAGS = ["--allow-run", "--allow-read", "--allow-env", "--allow-write", "--allow-net=127.0.0.1"];

/** Of docs/testing.md: the code blocks that begin with their file's name. */
function documentedFiles(): Map<string, string> {
  const text = readFileSync(join(ROOT, "docs/testing.md"), "utf8");
  const blocks = [...text.matchAll(/^```(?:js|ts)[^\n]*\n\/\/ (\S+\.[jt]s)\n(.*?)^```$/gms)];
  return new Map(blocks.map(([, name, code]) => [name!, code!]));
}

/** A project outside of the repository, with the tarball and the files of the document. */
describe("a consumer tests an agent as docs/testing.md says, from the npm tarball", () => {
  let project = "";

  before(async () => {
    project = mkdtempSync(join(tmpdir(), "codex-sdk-consumer-"));
    const tarball = await npmTarball(join(project, "npm"));
    mkdirSync(join(project, "tmp"));
    writeFileSync(join(project, "package.json"), JSON.stringify({ name: "consumer", private: true, type: "module" }));
    const install = ["install", "--no-audit", "--no-fund", "--prefer-offline", tarball, "vitest@^3"];
    await must("npm", install, { cwd: project, timeoutMs: 180_000 });
    linkCodex(project);
    for (const [name, code] of documentedFiles()) writeFileSync(join(project, name), code);
  });
  after(() => rmSync(project, { recursive: true, force: true }));

  test("the document names the permissions that Deno needs", () => {
    assertStringIncludes(readFileSync(join(ROOT, "docs/testing.md"), "utf8"), `deno test ${DENO_FLAGS.join(" ")}`);
  });

  test("there is a program and a test for each runner, in under 30 lines", () => {
    const files = documentedFiles();
    const tests = ["agent_bun.test.ts", "agent_deno.test.ts", "agent_node.test.js", "agent_vitest.test.ts"];
    assertEquals([...files.keys()].sort(), ["agent.js", ...tests].sort());
    for (const name of tests) {
      const lines = `${files.get("agent.js")}${files.get(name)}`.split("\n");
      assert(lines.length < 30, `${name} and agent.js have ${lines.length} lines`);
    }
  });

  const runners = {
    "deno test": { ...TOOLS.deno, rest: ["test", ...DENO_FLAGS, "--node-modules-dir=manual", "agent_deno.test.ts"] },
    "bun test": { ...TOOLS.bun, rest: ["test", "./agent_bun.test.ts"] },
    "node --test": { ...TOOLS.node, rest: ["--test", "agent_node.test.js"] },
    "vitest run": { ...TOOLS.node, rest: ["node_modules/vitest/vitest.mjs", "run", "agent_vitest.test.ts"] },
  };
  function run({ command, args, rest }: (typeof runners)[keyof typeof runners]): Promise<string> {
    const env = { NO_COLOR: "1", TMPDIR: join(project, "tmp") };
    return must(command, [...args, ...rest], { cwd: project, timeoutMs: 60_000, env });
  }

  function leftovers(): string[] {
    return readdirSync(join(project, "tmp")).filter((entry) => entry.startsWith("codex-"));
  }

  for (const [name, runner] of Object.entries(runners)) {
    test(`(real) ${name}`, async () => {
      await run(runner);
      assertEquals(leftovers(), []);
    });
  }

  test("(real) the test fails when the agent does otherwise, and leaves nothing either", async () => {
    const agent = join(project, "agent.js");
    writeFileSync(agent, readFileSync(agent, "utf8").replace("finalResponse(", "String("));
    const error = await assertRejects(() => run(runners["node --test"]), Error);
    assertStringIncludes(error.message, "It has 2 lines.");
    assertEquals(leftovers(), []);
  });
});
