/**
 * Finds the `codex` binary. Nothing is downloaded and nothing is imported: `@openai/codex` has 400 MB.
 *
 * @module
 */
import { CodexNotFoundError } from "../errors.ts";
import { getEnv } from "./child_env.ts";
import { EXECUTABLE_HEAD_BYTES, executableKind, whyNotRunnable } from "./executable_kind.ts";
import { hasSeparator, isAbsolutePath, joinPath, parentPath } from "./paths.ts";
import type { Runtime } from "./runtime.ts";

/** What was found. */
export interface Located {
  /** The program's absolute path. */
  readonly command: string;
  /** The folder of tools that came with it (`rg`), for the front of the child's `PATH`; or `null`. */
  readonly pathDir: string | null;
  /** Where it was found, in words. */
  readonly source: string;
}

/** What steers the lookup. */
export interface LocateOptions {
  /** The path that the user gave; nothing else is tried then. */
  readonly codexBin?: string | undefined;
  /** The `file:` URL of the SDK's own module; a module that came over the network has no place to search from. */
  readonly moduleUrl?: string | undefined;
}

const TRIPLES: Readonly<Record<string, string>> = {
  "linux-x64": "x86_64-unknown-linux-musl",
  "linux-arm64": "aarch64-unknown-linux-musl",
  "darwin-x64": "x86_64-apple-darwin",
  "darwin-arm64": "aarch64-apple-darwin",
  "win32-x64": "x86_64-pc-windows-msvc",
  "win32-arm64": "aarch64-pc-windows-msvc",
};

/**
 * Looks for the binary: `codexBin`, else `CODEX_BIN`, else an installed package, else `codex` on `PATH`.
 *
 * @throws {CodexNotFoundError} With every place that was tried, and why each was passed over.
 */
export async function locateCodex(runtime: Runtime, options: LocateOptions = {}): Promise<Located> {
  const { platform, arch } = runtime;
  const exe = platform === "win32" ? "codex.exe" : "codex";
  const tried: string[] = [];

  const check = async (command: string, pathDir: string | null, source: string): Promise<Located | null> => {
    const problem = await whyUnusable(runtime, command);
    if (problem !== null) {
      tried.push(`${source}: ${command}: ${problem}`);
      return null;
    }
    const hasTools = pathDir !== null && await runtime.kind(pathDir) === "directory";
    return { command, pathDir: hasTools ? pathDir : null, source };
  };

  const env = options.codexBin === undefined ? runtime.env() : {};
  const named = options.codexBin !== undefined
    ? { path: options.codexBin, source: "codexBin" }
    : { path: getEnv(platform, env, "CODEX_BIN") ?? "", source: "CODEX_BIN" };
  if (options.codexBin !== undefined || named.path !== "") {
    const path = isAbsolutePath(platform, named.path) ? named.path : joinPath(platform, runtime.cwd(), named.path);
    const found = await check(path, null, named.source);
    if (found !== null) return found;
    throw new CodexNotFoundError(
      `The codex binary named by ${named.source} cannot be used.\n  ${
        tried.join("\n  ")
      }\nCorrect the path, or leave ` +
        `${named.source} out to use an installed @openai/codex.`,
      tried,
    );
  }

  for (let dir: string | null = runtime.cwd(); dir !== null; dir = parentPath(platform, dir)) {
    const modules = joinPath(platform, dir, "node_modules");
    const vendor = joinPath(
      platform,
      modules,
      "@openai",
      `codex-${platform}-${arch}`,
      "vendor",
      TRIPLES[`${platform}-${arch}`] ?? "",
    );
    if (await runtime.kind(vendor) !== "directory") continue;
    const found = await check(
      joinPath(platform, vendor, "bin", exe),
      joinPath(platform, vendor, "codex-path"),
      "@openai/codex",
    );
    if (found !== null) return found;
  }
  tried.push(`@openai/codex: not in ${runtime.cwd()}/node_modules or above`);

  for (const dir of (getEnv(platform, env, "PATH") ?? "").split(platform === "win32" ? ";" : ":")) {
    if (dir === "" || !hasSeparator(platform, dir)) continue;
    const path = joinPath(platform, dir, exe);
    if (await runtime.kind(path) !== "file") continue;
    const found = await check(path, null, "PATH");
    if (found !== null) return found;
  }
  tried.push("PATH: no codex");
  throw new CodexNotFoundError(
    `No codex binary was found. Tried:\n  ${
      tried.join("\n  ")
    }\nInstall it with \`npm install @openai/codex\`, or name ` +
      `it by the option codexBin or the environment variable CODEX_BIN.`,
    tried,
  );
}

/** Says why `path` is no program that can be run here, or `null` if it seems to be one. */
export async function whyUnusable(runtime: Runtime, path: string): Promise<string | null> {
  const kind = await runtime.kind(path);
  if (kind === "missing") return "there is no such file";
  if (kind === "directory") return "this is a folder, not a program";
  if (!await runtime.isExecutable(path)) return "it is not executable (chmod +x)";
  return whyNotRunnable(
    executableKind(await runtime.head(path, EXECUTABLE_HEAD_BYTES)),
    runtime.platform,
    runtime.arch,
  );
}
