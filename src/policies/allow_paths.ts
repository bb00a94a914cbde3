import { callback, checkOptions, type OptionChecks } from "../util/options.ts";
import { named } from "./combine.ts";
import type { ApprovalPolicy } from "./question.ts";

/** Says where a write to a path would land: the path with all links resolved, or `null` if that cannot be said. */
export type ResolveTarget = (path: string) => Promise<{ readonly path: string; readonly separator: string } | null>;

/** Options of {@linkcode allowPaths}. */
export interface AllowPathsOptions {
  /** Resolves links. Default: asks the file system of this machine; Deno then needs `--allow-read` for the folders. */
  readonly resolve?: ResolveTarget | undefined;
}

const ALLOW_PATHS_OPTIONS: OptionChecks<AllowPathsOptions> = { resolve: callback };

/**
 * Folders in which a file changes what tools do by themselves: hooks, settings, instructions. Compared without case, as
 * some file systems do.
 */
const GUARDED: ReadonlySet<string> = new Set([".git", ".codex", ".agents"]);

/**
 * Accepts file changes that stay within the given folders: every path of the change, and where it moves to, links
 * resolved. Changes in a `.git`, `.codex` or `.agents` folder are not judged, nor is what asks for a whole folder.
 *
 * Links are resolved when the question is asked; who can change them before the write can get past this.
 *
 * @throws {TypeError} If a folder is not an absolute path.
 *
 * @example
 * ```ts
 * import { allowPaths } from "@codex-app-server/sdk/policies";
 *
 * const policy = allowPaths(["/srv/app/src", "/srv/app/tests"]);
 * ```
 */
export function allowPaths(folders: readonly string[], options: AllowPathsOptions = {}): ApprovalPolicy {
  checkOptions("allowPaths", options, ALLOW_PATHS_OPTIONS);
  for (const folder of folders) {
    if (!/^(?:[/\\]|[A-Za-z]:[/\\])/.test(folder)) {
      throw new TypeError(`A folder of allowPaths must be an absolute path; got ${JSON.stringify(folder)}`);
    }
  }
  return named("allowPaths", async (question) => {
    if (question.kind !== "fileChange" || question.grantRoot !== null) return undefined;
    const { paths } = question;
    if (paths === null || paths.length === 0) return undefined;
    const resolve = options.resolve ?? await onThisMachine();
    const roots = (await Promise.all(folders.map(resolve))).filter((root) => root !== null);
    for (const path of paths) {
      const target = await resolve(path);
      if (target === null || !roots.some((root) => holds(root.path, target.path, target.separator))) return undefined;
    }
    return { decision: "accept", reason: `within ${folders.join(", ")}: ${paths.join(", ")}` };
  });
}

/** Whether `path` lies below `root`, and not in a guarded folder there. Both have their links resolved. */
export function holds(root: string, path: string, separator: string): boolean {
  const base = root.endsWith(separator) ? root : root + separator;
  if (!path.startsWith(base)) return false;
  return !path.slice(base.length).split(separator).some((segment) => GUARDED.has(segment.toLowerCase()));
}

async function onThisMachine(): Promise<ResolveTarget> {
  return (await import("../runtime/real_target.ts")).realTarget;
}
