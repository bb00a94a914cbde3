import { assert, assertEquals } from "@std/assert";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { detectRuntime } from "../../src/runtime/select.ts";

/** What the code cells print, cell by cell, with the scripted model. */
const PRINTS: readonly (readonly (string | RegExp)[])[] = [
  ["Using the built-in scripted model: CODEX_DEMO_MODEL says so.", /^codex_app_server_sdk\/\d+\.\d+\.\d+ /],
  [/^completed \[ "userMessage", "agentMessage" \]$/, "A crab is a crustacean with ten legs."],
  ["Sideways, mostly."],
  ["named: Crabs", "listed: true", "resumed: About crabs.", "forked: true", "archived and back: true"],
  ["legs: 10"],
  [/^\* \S+/],
  ["I see 1 image.", "I see 2 images."],
  ["models after at most three attempts: true"],
  ["streamed: one two three"],
  ["steered: A crab went home."],
  ["the count was interrupted"],
  ["closed"],
];

interface Notebook {
  readonly cells: readonly { readonly cell_type: string; readonly source: readonly string[]; readonly outputs?: [] }[];
}

describe("the notebook", () => {
  test("(real) its cells run in order, from an unrelated folder, and print what they should", (context) => {
    // Its kernel is Deno's, whose cells and whose REPL are evaluated by the same code.
    if (detectRuntime() !== "deno") return context.skip("the notebook is for Deno's kernel");
    const root = fileURLToPath(new URL("../..", import.meta.url));
    const notebook: Notebook = JSON.parse(
      readFileSync(join(root, "examples/notebooks/sdk_walkthrough.ipynb"), "utf8"),
    );
    const cells = notebook.cells.filter(({ cell_type }) => cell_type === "code");
    assertEquals(cells.flatMap(({ outputs }) => outputs ?? []), [], "it is kept without outputs");

    const folder = mkdtempSync(join(tmpdir(), "codex-notebook-"));
    try {
      const files = cells.map(({ source }, index) => {
        const file = join(folder, `cell${index}.ts`);
        writeFileSync(file, `${source.join("")}\nconsole.log("=== end of cell");\n`);
        return file;
      });
      const args = ["repl", "-A", `--config=${join(root, "deno.json")}`, `--eval-file=${files.join(",")}`];
      const env = { ...process.env, NO_COLOR: "1", CODEX_DEMO_MODEL: "scripted" };
      const { stdout, stderr } = spawnSync(process.execPath, args, { cwd: folder, env, encoding: "utf8", input: "" });
      const printed = stdout.split("=== end of cell\n").map((part) => part.split("\n"));
      PRINTS.forEach((expected, cell) => {
        const lines = printed[cell] ?? [];
        for (const line of expected) {
          const found = lines.some((text) => typeof line === "string" ? text === line : line.test(text));
          assert(found, `cell ${cell + 1} does not print ${line}:\n${stdout}\n${stderr}`);
        }
      });
      assertEquals(cells.length, PRINTS.length);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
