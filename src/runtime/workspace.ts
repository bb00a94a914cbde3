import { isAbsolutePath, joinPath, parentPath } from "./paths.ts";
import type { PathInfo, Runtime } from "./runtime.ts";
import { currentRuntime } from "./select.ts";

/** A folder that somebody means to work in. */
export interface Workspace {
  /** Its path, absolute. */
  readonly path: string;
  /** The same without links, if it is a folder. */
  readonly realPath: string;
  /** What is there. */
  readonly kind: PathInfo["kind"];
  /** The root of the Git repository in which it lies, as codex sees it: its `.git` is a file, or a folder with a `HEAD`. */
  readonly repository: string | null;
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
  if (kind !== "directory") return { path: absolute, realPath: absolute, kind, repository: null };
  const realPath = runtime.realPath(absolute);
  return { path: absolute, realPath, kind, repository: repositoryOf(runtime, realPath) };
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

function repositoryOf({ platform, stat }: Runtime, folder: string): string | null {
  for (let at: string | null = folder; at !== null; at = parentPath(platform, at)) {
    const git = joinPath(platform, at, ".git");
    const { kind } = stat(git);
    if (kind === "file") return at;
    if (kind === "directory" && stat(joinPath(platform, git, "HEAD")).kind !== "missing") return at;
  }
  return null;
}
