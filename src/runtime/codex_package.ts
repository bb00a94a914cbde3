/**
 * The npm packages that carry the codex binary: where they may lie, and what lies in them.
 *
 * @module
 */
import { joinPath, parentPath } from "./paths.ts";
import type { Runtime } from "./runtime.ts";

/** A package that brings the binary by a package for each platform, `NAME-PLATFORM-ARCH`. */
export interface CodexPackage {
  /** The package that users install; its dependencies are the packages of the platforms. */
  readonly name: string;
  /** Where the binary may be in the package of this platform, the present layout first; empty if it has no such package. */
  binaries(platform: string, arch: string): string[];
}

const TRIPLES: Readonly<Record<string, string>> = {
  "linux-x64": "x86_64-unknown-linux-musl",
  "linux-arm64": "aarch64-unknown-linux-musl",
  "darwin-x64": "x86_64-apple-darwin",
  "darwin-arm64": "aarch64-apple-darwin",
  "win32-x64": "x86_64-pc-windows-msvc",
  "win32-arm64": "aarch64-pc-windows-msvc",
};

/** What the program file is called. */
function codexFile(platform: string): string {
  return platform === "win32" ? "codex.exe" : "codex";
}

/** The runtime as this project's own release stages it. */
export const STAGED_PACKAGE: CodexPackage = {
  name: "@codex-app-server/runtime",
  binaries: (platform) => [`bin/${codexFile(platform)}`],
};

/** The runtime as OpenAI publishes it. */
export const OPENAI_PACKAGE: CodexPackage = {
  name: "@openai/codex",
  binaries(platform, arch) {
    const triple = TRIPLES[`${platform}-${arch}`];
    // The second is where versions up to 0.137 or a little later have it.
    return triple === undefined ? [] : ["bin", "codex"].map((dir) => `vendor/${triple}/${dir}/${codexFile(platform)}`);
  },
};

/** Every `node_modules` that a module in `start` could import from, nearest first. */
export function nodeModulesAbove(platform: string, start: string): string[] {
  const folders: string[] = [];
  for (let dir: string | null = start; dir !== null; dir = parentPath(platform, dir)) {
    const modules = joinPath(platform, dir, "node_modules");
    folders.push(modules);
    // Where Deno, pnpm and Bun put what is not a direct dependency.
    for (const store of [".deno", ".pnpm", ".bun"]) folders.push(joinPath(platform, modules, store, "node_modules"));
  }
  return folders;
}

/** The places below one `node_modules` where the binary of a package may be, existing or not. */
export function binariesIn(runtime: Runtime, modules: string, wanted: CodexPackage): string[] {
  if (runtime.stat(modules).kind !== "directory") return [];
  const { platform, arch } = runtime;
  const folder = joinPath(platform, modules, `${wanted.name}-${platform}-${arch}`);
  const beside = wanted.binaries(platform, arch).map((binary) => joinPath(platform, folder, binary));
  const root = joinPath(platform, modules, wanted.name);
  const { kind } = runtime.stat(root);
  return [...beside, ...kind === "directory" ? binariesOf(runtime, root, wanted) : []];
}

/** The places where the binary of the installed package at `root` may be: package managers differ. */
export function binariesOf(runtime: Runtime, root: string, wanted: CodexPackage): string[] {
  const { platform, arch } = runtime;
  const real = runtime.realPath(root);
  const unscoped = wanted.name.slice(wanted.name.indexOf("/") + 1);
  const folders = [
    joinPath(platform, real, "node_modules", `${wanted.name}-${platform}-${arch}`),
    joinPath(platform, real, "..", `${unscoped}-${platform}-${arch}`),
    real,
  ];
  const binaries = wanted.binaries(platform, arch);
  const within = folders.flatMap((folder) => binaries.map((binary) => joinPath(platform, folder, binary)));
  // By the system's own `..`, which follows the links of a store also where they cannot be resolved.
  const beside = `${root}/../${unscoped}-${platform}-${arch}`;
  return [...within, ...binaries.map((binary) => `${beside}/${binary}`)];
}

/** A binary in the older layout. */
const OLD_LAYOUT = /[\\/]vendor[\\/][\w-]+[\\/]codex[\\/]codex(\.exe)?$/;

/**
 * The folder of the tools (`rg`) that came along with a binary, for the front of the child's `PATH`; or `null`.
 * `bin/codex` has `codex-path/` beside its folder, the older `codex/codex` has `path/`.
 */
export function toolsOf(runtime: Runtime, command: string): string | null {
  const real = runtime.realPath(command);
  const tools = joinPath(runtime.platform, real, "..", "..", OLD_LAYOUT.test(real) ? "path" : "codex-path");
  return runtime.stat(tools).kind === "directory" ? tools : null;
}
