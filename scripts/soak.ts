// deno-lint-ignore-file no-console -- a command line tool
/**
 * Runs the soak on one runtime, or on all three side by side.
 *
 *     deno task soak                # a minute on Deno
 *     deno task soak 60 bun
 *     deno task soak 60 all
 *
 * @module
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { prepareNodeProject } from "./lib/node_project.ts";
import { ROOT, TOOLS } from "./lib/project.ts";
import { run } from "./lib/subprocess.ts";
import { leaveDevices } from "./lib/temp_folder.ts";

const SOAK = "tests/soak/soak.ts";

const [minutes = "1", runtime = "deno"] = process.argv.slice(2);
if (!(Number(minutes) > 0)) throw new RangeError(`so many minutes are none: ${minutes}`);
const runtimes = runtime === "all" ? ["deno", "bun", "node"] : [runtime];

leaveDevices();
const temp = mkdtempSync(join(tmpdir(), "soak-"));
try {
  const codes = await Promise.all(runtimes.map(soak));
  process.exitCode = Math.max(...codes);
} finally {
  rmSync(temp, { recursive: true, force: true });
}

async function soak(name: string): Promise<number> {
  const { command, args, cwd } = await planOf(name);
  const timeoutMs = (Number(minutes) + 5) * 60_000;
  const { code, output } = await run(command, [...args, minutes], { cwd, timeoutMs });
  console.log(output.trim());
  return code;
}

/** The garbage is collected at will; Bun needs no flag for it. */
async function planOf(name: string): Promise<{ command: string; args: readonly string[]; cwd: string }> {
  const { deno, bun, node } = TOOLS;
  switch (name) {
    case "deno":
      return { ...deno, args: [...deno.args, "run", "-A", "--no-check", "--v8-flags=--expose-gc", SOAK], cwd: ROOT };
    case "bun":
      return { ...bun, args: [...bun.args, SOAK], cwd: ROOT };
    case "node": {
      const { root, files } = await prepareNodeProject(join(temp, "project"), [SOAK]);
      return { ...node, args: [...node.args, "--expose-gc", ...files], cwd: root };
    }
    default:
      throw new TypeError(`unknown runtime ${name}: expected deno, bun, node or all`);
  }
}
