import { lstat, realpath } from "node:fs/promises";
import { basename, dirname, isAbsolute, join, normalize, sep } from "node:path";

/** Where a write to a path would land. */
export interface RealTarget {
  /** The path with every symbolic link resolved; of what does not exist yet, the existing part. */
  readonly path: string;
  /** What separates its segments. */
  readonly separator: string;
}

/**
 * Says where a write to an absolute path would really land, or `null` if that cannot be said: the path is relative or
 * holds `..`, ends in a dangling link, or names a file that has further names elsewhere (hard links).
 *
 * True at the time of asking only: links may change before the write.
 */
export async function realTarget(path: string): Promise<RealTarget | null> {
  // `a/link/..` is the link target's parent, not `a`: no lexical clean-up is right, so none is done.
  if (!isAbsolute(path) || path.includes("\0") || path.split(/[\\/]/).includes("..")) return null;
  const missing: string[] = [];
  for (let at = normalize(path);; at = dirname(at)) {
    const found = await lstat(at).catch(absent);
    if (found !== null) {
      if (missing.length === 0 && found.isFile() && found.nlink > 1) return null;
      const real = await realpath(at).catch(absent);
      // It is there, yet resolves to nothing: a dangling link, which a write would follow.
      return real === null ? null : { path: join(real, ...missing), separator: sep };
    }
    if (dirname(at) === at) return null;
    missing.unshift(basename(at));
  }
}

function absent(error: unknown): null {
  const code = (error as { code?: unknown } | null)?.code;
  if (code === "ENOENT" || code === "ENOTDIR" || code === "ELOOP") return null;
  throw error;
}
