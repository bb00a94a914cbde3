/**
 * The first hour, walked as the README says: in folders as the runtimes themselves make them, with what it says to install
 * (the packed tarball from a registry of its own; the server of this repository, which is not downloaded again) and with
 * its first program as it is written there, whose output is looked at.
 *
 * @module
 */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { type CodexHome, codexHome, message, type ModelListener, ScriptedModel } from "@codex-app-server/sdk/testing";
import { npmTarball } from "../../scripts/build_npm.ts";
import { linkCodex } from "../../scripts/lib/node_project.ts";
import { pinnedRuntime, readManifest, ROOT, TOOLS } from "../../scripts/lib/project.ts";
import { must, type Outcome, run } from "../../scripts/lib/subprocess.ts";
import { ANSWER, PRINTED, readmeProgram } from "../testing/readme.ts";
import { type Registry, serveRegistry } from "./registry.ts";

const README = readFileSync(join(ROOT, "README.md"), "utf8");
const SDK = readManifest().name;

describe("the README, walked by a newcomer", () => {
  let temp = "";
  let registry: Registry;
  let listener: ModelListener;
  let home: CodexHome;

  before(async () => {
    temp = mkdtempSync(join(tmpdir(), "codex-sdk-walk-"));
    mkdirSync(join(temp, "t"));
    const tarball = await npmTarball(join(temp, "built"));
    await must("tar", ["-xzf", tarball, "-C", temp], { timeoutMs: 60_000 });
    registry = await serveRegistry(tarball, JSON.parse(readFileSync(join(temp, "package/package.json"), "utf8")));
    listener = await new ScriptedModel().always(() => [message(ANSWER)]).listen();
    // The home of the user stays, for the caches below it; so no shell may begin, which would read its profile.
    home = await codexHome({ modelUrl: listener.url, features: { shell_snapshot: false } });
  });
  after(async () => {
    await listener?.close();
    await home?.remove();
    await registry?.[Symbol.asyncDispose]();
    rmSync(temp, { recursive: true, force: true });
  });

  test("[R2] (real) npm init -y, npm install, npx tsx main.mts; with Node 24 node main.mts", async () => {
    const root = folder("on node");
    await must("npm", ["init", "-y"], at(root));
    await must("npm", ["install", "--no-audit", "--no-fund", ...packages("npm install")], at(root));
    linkCodex(root);
    saveProgram(root);
    finished(await walk("npx", ["-y", "tsx", "main.mts"], root));
    finished(await walk("npx", ["-y", "-p", "node@24", "node", "main.mts"], root));

    // What everybody tries first. The words stand in the troubleshooting.
    writeFileSync(join(root, "main.ts"), readmeProgram());
    const { code, output } = await walk("npx", ["-y", "tsx", "main.ts"], root);
    assert(code !== 0, output);
    assertStringIncludes(output, 'Top-level await is currently not supported with the "cjs" output format');
    assertStringIncludes(
      readFileSync(join(ROOT, "docs/troubleshooting.md"), "utf8"),
      'Top-level await is currently not supported with the "cjs" output format',
    );
  });

  test("[R2] (real) bun init, bun add, bun main.mts", async () => {
    const root = folder("on bun");
    const { command, args } = TOOLS.bun;
    await must(command, [...args, "init", "-y"], at(root));
    await must(command, [...args, "add", ...packages("bun add")], at(root));
    linkCodex(root);
    saveProgram(root);
    finished(await walk(command, [...args, "main.mts"], root));
  });

  test("[R2] (real) deno init, deno add, deno run -A main.mts; with the documented flags as well", async () => {
    const root = folder("on deno");
    const { command, args } = TOOLS.deno;
    await must(command, [...args, "init"], at(root));
    // JSR has no stand-in: what npm would serve is the same code.
    const [jsr, ...rest] = packages("deno add");
    assertEquals(jsr, `jsr:${SDK}`);
    await must(command, [...args, "add", ...rest, `npm:${SDK}`], at(root));
    linkCodex(root);
    saveProgram(root);
    finished(await walk(command, [...args, "run", "-A", "main.mts"], root));
    const { flags = "" } = /`deno run (?<flags>.*) main\.mts`/.exec(
      readFileSync(join(ROOT, "docs/getting-started.md"), "utf8"),
    )?.groups ?? {};
    finished(await walk(command, [...args, "run", "--no-prompt", ...flags.split(" "), "main.mts"], root));
    // All that is lacking is named at once. (Without any flag of its kind, Deno would lend a child its own permissions.)
    const none = ["run", "--no-prompt", "--allow-net=127.0.0.1", "main.mts"];
    const { code, output } = await walk(command, [...args, ...none], root);
    assert(code !== 0, output);
    const message = output.split("\n").find((line) => line.includes("Deno did not permit")) ?? output;
    for (const flag of flags.split(" ")) assertStringIncludes(message, flag);
  });

  test("npm takes another codex beside the package", async () => {
    const root = folder("beside another codex");
    await must("npm", ["init", "-y"], at(root));
    const others = ["@openai/codex@0.166.0", SDK];
    await must("npm", ["install", "--package-lock-only", "--no-audit", "--no-fund", ...others], at(root));
    const { packages: locked } = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8"));
    assertEquals(locked["node_modules/@openai/codex"].version, "0.166.0");
  });

  /** A folder of the walker's own, with the registry in place of the public one for this package. */
  function folder(name: string): string {
    const root = join(temp, name);
    mkdirSync(root);
    writeFileSync(join(root, ".npmrc"), registry.npmrc);
    return root;
  }

  const at = (cwd: string) => {
    const { HOME: _home, ...rest } = home.env;
    // tsx leaves a folder there.
    const env = { ...rest, TMPDIR: join(temp, "t"), CODEX_BIN: undefined, OPENAI_API_KEY: undefined, NO_COLOR: "1" };
    return { cwd, timeoutMs: 240_000, env };
  };

  function walk(command: string, args: readonly string[], root: string): Promise<Outcome> {
    return run(command, args, at(root));
  }
});

/** What the README's command of this beginning installs, but for the server, which is lent. */
function packages(command: string): string[] {
  const line = README.split("\n").find((each) => each.startsWith(`${command} `)) ?? "";
  const names = line.replace(/#.*/, "").slice(command.length).trim().split(/\s+/);
  const server = names.filter((name) => name.includes("@openai/codex"));
  assertEquals(server.map((name) => name.replace("npm:", "")), [`@openai/codex@${pinnedRuntime(readManifest())}`]);
  return names.filter((name) => !server.includes(name));
}

function saveProgram(root: string): void {
  assertStringIncludes(README, "Save it as `main.mts`");
  writeFileSync(join(root, "main.mts"), readmeProgram());
}

/** The text as one, then how it ended; nothing else but warnings, which are of the machine. */
function finished({ code, stdout, output }: Outcome): void {
  assertEquals(code, 0, output);
  assertEquals(stdout, PRINTED.join(""), output);
}
