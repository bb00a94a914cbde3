import { assert, assertEquals } from "@std/assert";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
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

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const NOTEBOOK = join(ROOT, "examples/notebooks/sdk_walkthrough.ipynb");

/** A Python that has a Jupyter client; `JUPYTER_PYTHON` names another. */
const PYTHON = process.env["JUPYTER_PYTHON"] || "python3";

interface Notebook {
  readonly cells: readonly { readonly cell_type: string; readonly source: readonly string[]; readonly outputs?: [] }[];
}

/** What a cell shows, as a Jupyter client keeps it. */
interface Output {
  readonly output_type: string;
  readonly text?: string;
  readonly data?: Readonly<Record<string, string>>;
}

/** Why no Jupyter client can be asked; `false` if one can. */
function withoutClient(): string | false {
  if (detectRuntime() !== "deno") return "the notebook is for Deno's kernel";
  const { status } = spawnSync(PYTHON, ["-c", "import nbclient, nbformat"]);
  return status !== 0 && `${PYTHON} has no nbclient: pip install nbclient, or name another in JUPYTER_PYTHON`;
}

/** Asserts that a code cell has printed what it should. */
function assertPrinted(cell: number, lines: readonly string[], all: string): void {
  for (const line of PRINTS[cell] ?? []) {
    const found = lines.some((text) => typeof line === "string" ? text === line : line.test(text));
    assert(found, `cell ${cell + 1} does not print ${line}:\n${all}`);
  }
}

describe("the notebook", () => {
  test("(real) its cells run in order, from an unrelated folder, and print what they should", (context) => {
    // Its kernel is Deno's, whose cells and whose REPL are evaluated by the same code.
    if (detectRuntime() !== "deno") return context.skip("the notebook is for Deno's kernel");
    const notebook: Notebook = JSON.parse(readFileSync(NOTEBOOK, "utf8"));
    const cells = notebook.cells.filter(({ cell_type }) => cell_type === "code");
    assertEquals(cells.flatMap(({ outputs }) => outputs ?? []), [], "it is kept without outputs");

    const folder = mkdtempSync(join(tmpdir(), "codex-notebook-"));
    try {
      const files = cells.map(({ source }, index) => {
        const file = join(folder, `cell${index}.ts`);
        writeFileSync(file, `${source.join("")}\nconsole.log("=== end of cell");\n`);
        return file;
      });
      const args = ["repl", "-A", `--config=${join(ROOT, "deno.json")}`, `--eval-file=${files.join(",")}`];
      const env = { ...process.env, NO_COLOR: "1", CODEX_DEMO_MODEL: "scripted" };
      const { stdout, stderr } = spawnSync(process.execPath, args, { cwd: folder, env, encoding: "utf8", input: "" });
      const printed = stdout.split("=== end of cell\n").map((part) => part.split("\n"));
      PRINTS.forEach((_, cell) => assertPrinted(cell, printed[cell] ?? [], `${stdout}\n${stderr}`));
      assertEquals(cells.length, PRINTS.length);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  const shows = "text, tables, a plot, a picture, a text that grows";
  test(`[H5] (real) a Jupyter client gets all that the cells show: ${shows}`, { skip: withoutClient() }, () => {
    const folder = mkdtempSync(join(tmpdir(), "codex-jupyter-"));
    try {
      const kernel = join(folder, "data/kernels/deno");
      mkdirSync(kernel, { recursive: true });
      const argv = [process.execPath, "jupyter", "--kernel", "--conn", "{connection_file}"];
      writeFileSync(
        join(kernel, "kernel.json"),
        JSON.stringify({ argv, display_name: "Deno", language: "typescript" }),
      );
      const places = {
        JUPYTER_PATH: join(folder, "data"),
        JUPYTER_RUNTIME_DIR: join(folder, "run"),
        IPYTHONDIR: folder,
      };
      const env = { ...process.env, ...places, NO_COLOR: "1", CODEX_DEMO_MODEL: "scripted" };
      const program = fileURLToPath(new URL("./run_notebook.py", import.meta.url));
      const run = spawnSync(PYTHON, [program, NOTEBOOK, ROOT], { env, encoding: "utf8" });
      assertEquals(run.status, 0, run.stderr);
      const { cells, updates }: { cells: Output[][]; updates: number } = JSON.parse(
        run.stdout.trim().split("\n").at(-1)!,
      );

      assertEquals(cells.length, PRINTS.length);
      const kinds = cells.map((outputs) => outputs.flatMap(({ data }) => Object.keys(data ?? {})));
      cells.forEach((outputs, cell) => {
        const text = outputs.map(({ text, data }) => text ?? `${data?.["text/plain"] ?? ""}\n`).join("");
        assertPrinted(cell, text.split("\n"), JSON.stringify(cells));
      });
      assert(kinds[2]?.includes("text/html") && kinds[2].includes("image/svg+xml"), "no table or plot of the tokens");
      assert(kinds[5]?.includes("text/html"), "no table of the models");
      assertEquals(kinds[6], ["image/png"]);
      const grown = cells[8]?.filter(({ data }) => data !== undefined) ?? [];
      assertEquals(grown.map(({ data }) => data?.["text/markdown"]), ["one two three"], "not one display");
      assert(updates > 0, "the text did not grow");
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  test("[H5] says what it needs, and no turn is without a deadline", () => {
    const { cells }: Notebook = JSON.parse(readFileSync(NOTEBOOK, "utf8"));
    const text = (kind: string) =>
      cells.filter(({ cell_type }) => cell_type === kind).map(({ source }) => source.join("")).join("\n");
    for (const need of ["deno jupyter --install", "400 MB", "pip install jupyterlab", "stop button"]) {
      assert(text("markdown").includes(need), need);
    }
    const turns = [...text("code").matchAll(/\.(?:run|turn)\((?!\))([\s\S]*?)\)\)?[;)]/g)].map(([call]) => call);
    assert(turns.length >= 9, `${turns.length} turns`);
    assertEquals(turns.filter((call) => !/\blimit\b|timeoutMs/.test(call)), []);
  });
});
