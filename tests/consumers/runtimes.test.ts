import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { linkCodex } from "../../scripts/lib/node_project.ts";
import { pinnedRuntime, readManifest, TOOLS } from "../../scripts/lib/project.ts";
import { LEAST_VERSIONS } from "../../src/util/too_old.ts";
import { must } from "../../scripts/lib/subprocess.ts";
import { type ConsumerProject, consumerProject } from "./project.ts";

const manifest = readManifest();

describe("the npm tarball, installed into an empty folder, runs a turn", () => {
  let project: ConsumerProject;
  before(async () => void (project = await consumerProject()));
  after(() => project?.remove());

  for (const version of ["20", "22", "24"]) {
    test(`[R2] (real) on Node ${version}`, async () => {
      // The npm package `node` brings the binaries of a version.
      const node = process.versions.node.startsWith(`${version}.`)
        ? ["node"]
        : ["npx", "-y", "-p", `node@${version}`, "node"];
      const told = check(await must(node[0] ?? "", [...node.slice(1), "turn.mjs"], at(project.root)), "node");
      assert(told.startsWith(`${version}.`), `this is Node ${told}`);
    });
  }

  const { node, bun, deno } = LEAST_VERSIONS;
  for (
    const [name, version, command] of [
      ["node", node, ["-p", `node@${node}`, "node"]],
      ["bun", bun, [`bun@${bun}`]],
      ["deno", deno, [`deno@${deno}`, "run", "--allow-all", "--node-modules-dir=manual"]],
    ] as const
  ) {
    test(`[R2] (real) on the oldest that will do: ${name} ${version}`, async () => {
      assertEquals(check(await must("npx", ["-y", ...command, "turn.mjs"], at(project.root)), name), version);
    });
  }

  test("[R2] (real) on Bun, added by `bun add`", async () => {
    const root = project.folder("bun");
    writeFileSync(join(root, "package.json"), JSON.stringify({ name: "consumer", private: true, type: "module" }));
    const { command, args } = TOOLS.bun;
    await must(command, [...args, "add", project.tarball], at(root));
    linkCodex(root);
    check(await must(command, [...args, "turn.mjs"], at(root)), "bun");
  });

  test("[R2] (real) on Deno, by npm: specifiers and with the documented permissions", async () => {
    const names = Object.keys(manifest.exports).map((path) => manifest.name + path.slice(1));
    const imports = Object.fromEntries(
      names.map((name) => [name, `npm:${name.replace(manifest.name, `${manifest.name}@${manifest.version}`)}`]),
    );
    writeFileSync(join(project.root, "deno.json"), JSON.stringify({ imports, nodeModulesDir: "manual" }));
    const allowed = ["--allow-run", "--allow-read", "--allow-env", "--allow-write", "--allow-net=127.0.0.1"];
    check(await must(TOOLS.deno.command, ["run", "--no-prompt", ...allowed, "turn.mjs"], at(project.root)), "deno");
  });
});

const at = (cwd: string) => ({ cwd, timeoutMs: 180_000, env: { CODEX_BIN: undefined, NO_COLOR: "1" } });

/** Looks at what `turn.mjs` printed. Returns the version of the runtime that ran it. */
function check(stdout: string, runtime: string): string {
  const { userAgent, runtimeVersion, ...told } = JSON.parse(stdout.trim().split("\n").at(-1) ?? "");
  assertEquals(told, {
    runtime,
    version: manifest.version,
    status: "completed",
    answer: "it works",
    items: ["userMessage", "commandExecution", "agentMessage"],
  });
  assertStringIncludes(userAgent, `/${pinnedRuntime(manifest)}`);
  return runtimeVersion;
}
