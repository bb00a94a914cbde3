/**
 * From what stands on the command line to a version of the protocol: the number of a published version, a binary, or a
 * folder of schemas.
 *
 * @module
 */
import { CODEX_VERSION } from "../../../gen/mod.ts";
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { locateCodex } from "../../runtime/locate.ts";
import { currentRuntime } from "../../runtime/select.ts";
import type { CliIo } from "../io.ts";
import type { Progress } from "../progress.ts";
import { runProgram } from "../run_program.ts";
import { UsageError } from "../usage_error.ts";
import { fetchCodex, newestVersion } from "./fetch_codex.ts";
import { FILES, readView, type SchemaFiles } from "./read_view.ts";
import { METHOD_FILES, type View } from "./view.ts";

const VERSION = /^\d+\.\d+\.\d+(?:-[\w.]+)?$/;

/** A file without which a folder is no output of `generate-json-schema`. */
const SIGN = METHOD_FILES.request;

/** How long a binary may take to write its schemas, in milliseconds. */
const DUMP_MS = 120_000;

/** Finds, or makes, the schemas that an argument names. */
export async function readSource(given: string, io: CliIo, progress: Progress): Promise<View> {
  const wanted = given === "latest" ? await newestVersion(io) : given === "pinned" ? CODEX_VERSION : given;
  const version = wanted.replace(/^v(?=\d)/, "");
  if (VERSION.test(version)) return await ofFolder(version, await schemasOfVersion(version, io, progress));
  const path = resolve(io.cwd, wanted);
  const found = await stat(path).catch(() => null);
  if (found === null) {
    throw new UsageError(
      `${given} is neither a version such as ${CODEX_VERSION}, nor a binary or a folder: there is no ${path}.`,
    );
  }
  if (found.isDirectory()) return await ofFolder(given, path);
  const temp = await mkdtemp(join(tmpdir(), "codex-diff-"));
  try {
    await dump(path, temp, io);
    return await ofFolder(given, temp);
  } finally {
    await rm(temp, { recursive: true, force: true });
  }
}

/** Reads a folder: `stable` and `experimental` in it, or one output alone. */
async function ofFolder(name: string, folder: string): Promise<View> {
  const view = await viewOf(name, folder);
  if (view.methods.request.size > 0) return view;
  throw new UsageError(`${folder}: its ${SIGN} names no method, so that this is no protocol to compare with.`);
}

async function viewOf(name: string, folder: string): Promise<View> {
  const [all, stable] = [join(folder, "experimental"), join(folder, "stable")];
  const has = async (path: string) => await stat(join(path, SIGN)).then(() => true, () => false);
  if (await has(all)) return readView(name, await readFiles(all), await has(stable) ? await readFiles(stable) : null);
  if (await has(folder)) return readView(name, await readFiles(folder), null);
  throw new UsageError(
    `${folder} has no ${SIGN}. Write one by: codex app-server generate-json-schema --experimental --out FOLDER`,
  );
}

async function readFiles(folder: string): Promise<SchemaFiles> {
  const read = async (name: string) => [name, await readJson(join(folder, name))] as const;
  const here = await readdir(folder);
  return new Map(await Promise.all(FILES.filter((name) => here.includes(name)).map(read)));
}

async function readJson(path: string): Promise<unknown> {
  const text = await readFile(path, "utf8");
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(`${path} is no JSON: ${error instanceof Error ? error.message : error}`);
  }
}

/** The schemas of a published version; kept, for the binary behind them is a download of 100 to 150 MB. */
async function schemasOfVersion(version: string, io: CliIo, progress: Progress): Promise<string> {
  const kept = join(cacheFolder(io.env), "protocols", version);
  if (await stat(kept).then(() => true, () => false)) return kept;
  // Beside its place, so that it gets there whole, and in one step.
  const temp = await folderBeside(kept);
  try {
    const binary = await binaryAtHand(version, io) ?? await fetchCodex(version, join(temp, "npm"), io, progress);
    progress.show(`codex ${version}: writing its schemas ...`);
    const made = join(temp, "schemas");
    await dump(binary, made, io);
    await rename(made, kept).catch(async (error) => {
      // Another process may have been faster.
      if (!await stat(kept).then(() => true, () => false)) throw error;
    });
    return kept;
  } finally {
    await rm(temp, { recursive: true, force: true });
  }
}

async function folderBeside(kept: string): Promise<string> {
  const folder = dirname(kept);
  try {
    await mkdir(folder, { recursive: true });
    return await mkdtemp(join(folder, ".new-"));
  } catch (error) {
    throw new Error(
      `The schemas of a version are kept in ${folder}, which cannot be written to: set CODEX_VERSIONS_CACHE to a folder ` +
        `that can. (${error instanceof Error ? error.message : error})`,
      { cause: error },
    );
  }
}

/** Where downloads are kept: `CODEX_VERSIONS_CACHE`, else in the user's own cache. */
function cacheFolder(env: CliIo["env"]): string {
  const named = env["CODEX_VERSIONS_CACHE"];
  if (named) return named;
  const user = env["XDG_CACHE_HOME"] || env["LOCALAPPDATA"] || join(env["HOME"] || homedir(), ".cache");
  return join(user, "codex-app-server-sdk", "codex");
}

/** A binary of that version which is on this machine already: the installed one, or one that was downloaded for tests. */
async function binaryAtHand(version: string, io: CliIo): Promise<string | null> {
  const runtime = currentRuntime();
  try {
    const { command } = locateCodex(runtime, { env: io.env, moduleUrl: import.meta.url, preferredVersion: version });
    const { stdout } = await runProgram(runtime, command, ["--version"], { env: io.env, signal: limited(io, 20_000) });
    if (stdout.trim().split(" ").includes(version)) return command;
  } catch {
    if (io.signal.aborted) throw io.signal.reason;
  }
  const folder = join(cacheFolder(io.env), version, "vendor");
  for (const triple of await readdir(folder).catch(() => [])) {
    for (const part of ["bin", "codex"]) {
      const path = join(folder, triple, part, runtime.platform === "win32" ? "codex.exe" : "codex");
      if (await stat(path).then(() => true, () => false)) return path;
    }
  }
  return null;
}

/** Lets a binary write both of its schemas. Nothing of the user's own home is read. */
async function dump(binary: string, folder: string, io: CliIo): Promise<void> {
  const runtime = currentRuntime();
  const { command } = locateCodex(runtime, { codexBin: binary, env: io.env });
  const home = await mkdtemp(join(tmpdir(), "codex-diff-home-"));
  try {
    for (const [name, flags] of [["stable", []], ["experimental", ["--experimental"]]] as const) {
      const out = join(folder, name);
      await mkdir(out, { recursive: true });
      const args = ["app-server", "generate-json-schema", ...flags, "--out", out];
      const env = { ...io.env, CODEX_HOME: home };
      const { code, stderr } = await runProgram(runtime, command, args, { env, signal: limited(io, DUMP_MS) });
      for (const file of await readdir(out)) {
        if (!FILES.includes(file)) await rm(join(out, file), { recursive: true }); // the same once more, file by file
      }
      if (code !== 0) {
        throw new Error(`${command} did not write its schemas (exit code ${code}): ${stderr.slice(-2000)}`);
      }
    }
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

function limited(io: CliIo, ms: number): AbortSignal {
  return AbortSignal.any([io.signal, AbortSignal.timeout(ms)]);
}
