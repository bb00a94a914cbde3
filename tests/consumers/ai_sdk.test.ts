import { assert, assertEquals } from "@std/assert";
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { after, before, describe, test } from "node:test";
import { AI_SDK } from "../../scripts/ai_sdk.ts";
import { ROOT, TOOLS } from "../../scripts/lib/project.ts";
import { must, run } from "../../scripts/lib/subprocess.ts";
import { type ConsumerProject, consumerProject } from "./project.ts";

/** The packages of tests/ai_sdk, and what compiles. */
const { dependencies } = JSON.parse(readFileSync(join(ROOT, AI_SDK, "package.json"), "utf8"));
const PEERS = { ...dependencies, typescript: "~5.9", "@types/node": "20" } as Readonly<Record<string, string>>;

describe("beside the AI SDK", () => {
  let project: ConsumerProject;
  before(async () => {
    project = await consumerProject();
    const peer = join(dirname(project.root), "peer");
    mkdirSync(peer);
    writeFileSync(join(peer, "package.json"), JSON.stringify({ name: "peer", private: true, dependencies: PEERS }));
    await must("npm", ["install", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline"], {
      cwd: peer,
      timeoutMs: 180_000,
    });
    for (const name of Object.keys(PEERS)) {
      const path = join(project.root, "node_modules", name);
      mkdirSync(dirname(path), { recursive: true });
      symlinkSync(join(peer, "node_modules", name), path, "junction");
    }
  });
  after(() => project?.remove());

  test("[I7] what it gives is what ai 6 and ai 7 take, by their own types", async () => {
    const folder = join(project.root, "ai_sdk");
    const compilerOptions = {
      ...{ target: "es2022", lib: ["es2023", "dom", "dom.iterable", "dom.asynciterable"], types: ["node"] },
      ...{ strict: true, noEmit: true, skipLibCheck: true, module: "nodenext", moduleResolution: "nodenext" },
      ...{ exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true },
    };
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, files: ["types.ts"] }));
    const tsc = join(project.root, "node_modules/typescript/bin/tsc");
    const { code, output } = await run("node", [tsc, "--project", "."], { cwd: folder, timeoutMs: 180_000 });
    assertEquals(code, 0, output);
  });

  test("[I7] it is imported where there is no AI SDK, and nothing of the package names one", async () => {
    const root = project.folder("without");
    mkdirSync(join(root, "node_modules/@codex-app-server"), { recursive: true });
    for (const name of ["@codex-app-server/sdk", "valibot"]) {
      symlinkSync(join(project.root, "node_modules", name), join(root, "node_modules", name), "junction");
    }
    const program = `import { codexModel, createChatHandler, toUIMessageStream } from "@codex-app-server/sdk/ai-sdk";
      console.log(typeof codexModel, typeof createChatHandler, typeof toUIMessageStream);`;
    writeFileSync(join(root, "without.mjs"), program);
    for (const runtime of ["node", "bun"] as const) {
      const { command, args } = TOOLS[runtime];
      const stdout = await must(command, [...args, "without.mjs"], { cwd: root, timeoutMs: 60_000 });
      assertEquals(stdout.trim(), "function function function");
    }
    const folder = join(project.root, "node_modules/@codex-app-server/sdk");
    const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) =>
      /\.(js|d\.ts)$/.test(name)
    );
    assert(files.length > 50, `${files.length} files`);
    const naming = files.filter((name) =>
      /(from|import)\s*\(?\s*["'](ai|@ai-sdk\/[^"']+|react)["']/.test(readFileSync(join(folder, name), "utf8"))
    );
    assertEquals(naming, []);
  });
});
