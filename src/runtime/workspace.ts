import { isAbsolutePath, joinPath, parentPath } from "./paths.ts";
import type { PathInfo, Runtime } from "./runtime.ts";
import { currentRuntime } from "./select.ts";

/** A folder that somebody means to work in. */
export interface Workspace {
  /** Its path, absolute. */
  readonly path: string;
  /** What is there. */
  readonly kind: PathInfo["kind"];
  /** Whether it lies in a Git repository, as codex sees it: a `.git` that is a file, or a folder with a `HEAD`. */
  readonly repository: boolean;
}

/**
 * Looks at a folder.
 *
 * @param path Relative paths are the host's. Default: the host's working directory.
 * @throws Whatever the runtime throws if it may not look there (Deno without `--allow-read`).
 */
export function lookAtWorkspace(path: string = ".", runtime: Runtime = currentRuntime()): Workspace {
  const absolute = absolutePath(path, undefined, runtime);
  const { kind } = runtime.stat(absolute);
  return {
    path: absolute,
    kind,
    repository: kind === "directory" && inRepository(runtime, runtime.realPath(absolute)),
  };
}

/** Makes a path absolute. @param base Where relative paths begin. Default: the host's working directory. */
export function absolutePath(path: string, base?: string, runtime: Runtime = currentRuntime()): string {
  const { platform } = runtime;
  if (isAbsolutePath(platform, path)) return path;
  return joinPath(platform, base ?? runtime.cwd(), path);
}

/** A variable of the host's environment. */
export function hostVariable(name: string): string | undefined {
  return currentRuntime().env()[name];
}

function inRepository({ platform, stat }: Runtime, folder: string): boolean {
  for (let at: string | null = folder; at !== null; at = parentPath(platform, at)) {
    const git = joinPath(platform, at, ".git");
    const { kind } = stat(git);
    if (kind === "file") return true;
    if (kind === "directory" && stat(joinPath(platform, git, "HEAD")).kind !== "missing") return true;
  }
  return false;
}
