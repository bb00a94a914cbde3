import { mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { currentRuntime } from "../../runtime/select.ts";
import type { CliIo } from "../io.ts";
import type { Progress } from "../progress.ts";
import { type ProgramEnd, runProgram } from "../run_program.ts";

/** How long npm may take, in milliseconds. */
const NPM_MS = 900_000;

/** The newest published version of codex. */
export async function newestVersion(io: CliIo): Promise<string> {
  const { stdout } = await npm(["view", "@openai/codex", "version"], io);
  return stdout.trim();
}

/** Fetches the binary of a published version into a folder by npm, and returns its path. Nothing of it is run. */
export async function fetchCodex(version: string, folder: string, io: CliIo, progress: Progress): Promise<string> {
  await progress.say(`codex ${version}: fetching it by npm (100 to 150 MB) ...`);
  const { platform, arch } = currentRuntime();
  await mkdir(folder, { recursive: true });
  // A cache of its own: npm would keep each download a second time, for good.
  const flags = ["--no-audit", "--no-fund", "--no-save", "--ignore-scripts", "--prefix", folder];
  const wanted = `codex@npm:@openai/codex@${version}-${platform}-${arch}`;
  await npm(["install", ...flags, "--cache", join(folder, "cache"), wanted], io);
  const vendor = join(folder, "node_modules", "codex", "vendor");
  for (const triple of await readdir(vendor)) {
    for (const part of ["bin", "codex"]) {
      const files = await readdir(join(vendor, triple, part)).catch(() => []);
      const file = files.find((name) => /^codex(?:\.exe)?$/.test(name));
      if (file !== undefined) return join(vendor, triple, part, file);
    }
  }
  throw new Error(`The package of codex ${version} for ${platform}-${arch} has no binary where one is expected`);
}

async function npm(args: readonly string[], io: CliIo): Promise<ProgramEnd> {
  const runtime = currentRuntime();
  // npx names the script itself: on Windows there is no program called npm, but a batch file.
  const script = io.env["npm_execpath"];
  const [program, ...before] = runtime.name === "node" && script?.endsWith("npm-cli.js") === true
    ? [process.execPath, script]
    : ["npm"];
  const signal = AbortSignal.any([io.signal, AbortSignal.timeout(NPM_MS)]);
  let end: ProgramEnd;
  try {
    end = await runProgram(runtime, program!, [...before, ...args], { env: io.env, cwd: io.cwd, signal });
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    throw new Error(
      "npm could not be started, which fetches published versions: install Node, or give the path of a codex binary, or a " +
        "folder with its schemas",
      { cause: error },
    );
  }
  if (end.code === 0) return end;
  const why = /notarget|E404|No matching version/i.test(end.stderr)
    ? "there is no such version for this platform"
    : end.stderr.trim().split("\n").slice(-5).join("\n");
  throw new Error(`npm ${args[0]} failed for ${args.at(-1)}: ${why}`);
}
