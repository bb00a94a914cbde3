import { isDenied } from "./permission.ts";

/** A path with every symbolic link resolved; of what does not exist yet, the existing part. */
export interface RealPath {
  /** The path. */
  readonly path: string;
  /** What separates its segments. */
  readonly separator: string;
}

/** Where a change of a path would land. */
export interface RealTarget extends RealPath {
  /** What is gone if the path is removed or moved: as `path`, but for a link at its end, which is that link itself. */
  readonly entry: string;
}

/** How the system gets to a path: name by name, link by link. */
export interface Way extends RealTarget {
  /** Every folder, resolved, in which it looks a name up. Who can change one of them can make the way lead elsewhere. */
  readonly folders: readonly string[];
  /** `missing` if a part of it does not exist yet. */
  readonly kind: "file" | "directory" | "other" | "missing";
  /** How many names the file has; 0 if it is missing. */
  readonly links: number;
  /** Whether the file may be executed by anybody. */
  readonly executable: boolean;
}

const fs = () => builtin<typeof import("node:fs")>("node:fs");
const paths = () => builtin<typeof import("node:path")>("node:path");

/** Loaded when it is asked for: policies are also of use where there are no files. */
function builtin<T>(name: string): T {
  const { process } = globalThis;
  if (process?.getBuiltinModule === undefined) throw new TypeError("There are no files here that could be looked at");
  return process.getBuiltinModule(name) as T;
}

/** As many as Linux follows. */
const LINKS_MAX = 40;

/** A longer one opens nothing on Linux and macOS; so nobody waits for a look at each of its names. */
const PATH_MAX = 4_096;

/**
 * What leads elsewhere in every process (`/proc/self/cwd`), or is no file at all (`/dev/fd/3`), and macOS's ways to name
 * a file without its path.
 */
const MAGIC = /^\/(?:proc|dev|sys|\.vol|\.file|\.nofollow|\.resolve)(?:\/|$)/i;

/** What Windows would read as something else: streams, short names, device paths, and ends that it drops. */
const ODD_ON_WINDOWS = /[:~*?"<>|]|[. ]$|^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/i;

/**
 * Says where a change of an absolute path would really land, or `null` if that cannot be said: the path is relative or
 * holds `..`; it, or a link on the way, enters `/proc`, `/dev` or `/sys`; it ends in a dangling link; it is neither a
 * file nor a folder; or it is a file that has further names elsewhere (hard links).
 *
 * True at the time of asking only: links may change before the write.
 *
 * @param known Folders that are known to be what they are called; of the way to them nothing is looked at.
 */
export function realTarget(path: string, known: readonly string[] = []): RealTarget | null {
  // `a/link/..` is the link target's parent, not `a`, and who reads a path may take it for either.
  if (path.split(/[\\/]/).includes("..")) return null;
  const way = wayTo(path, known);
  if (way === null || way.kind === "other" || (way.kind === "file" && way.links > 1)) return null;
  return { path: way.path, entry: way.entry, separator: way.separator };
}

/** A folder by its real name, or, if there is none yet, the name that it would have. What Deno does not permit throws. */
export function realFolder(path: string): RealPath | null {
  const { dirname, basename, join, isAbsolute, sep } = paths();
  if (!isAbsolute(path)) return null;
  const missing: string[] = [];
  for (let at = path;; at = dirname(at)) {
    try {
      return { path: join(realPath(at), ...missing), separator: sep };
    } catch (error) {
      if (isDenied(error) || dirname(at) === at) throw error;
      if (!isAbsent(error) || exists(at)) return null;
      missing.unshift(basename(at));
    }
  }
}

/** The way to an absolute path; `null` if it is none, or leads through what cannot be judged. */
export function wayTo(path: string, known: readonly string[] = []): Way | null {
  const { isAbsolute, parse, join, dirname, sep } = paths();
  const windows = sep === "\\";
  // U+FFFD, or half of a character, stands for bytes that nobody knows any more.
  if (!isAbsolute(path) || (path.length > PATH_MAX && !windows) || /\0|\ufffd|\p{Cs}/u.test(path)) return null;
  const start = known.find((folder) => path.startsWith(join(folder, sep)) && isItself(folder)) ?? parse(path).root;
  const split = (text: string) => text.split(windows ? /[\\/]+/ : /\/+/).filter((name) => name !== "" && name !== ".");
  const left = split(path.slice(start.length)).map((name) => ({ name, linked: false }));
  if (windows && (/^[\\/]{2}[.?]/.test(path) || left.some(({ name }) => ODD_ON_WINDOWS.test(name)))) return null;
  const folders = new Set<string>();
  let at = start;
  let entry: string | null = null;
  let links = 0;
  try {
    let found = fs().lstatSync(at);
    while (left.length > 0) {
      const { name, linked } = left.shift()!;
      if (name === "..") {
        at = dirname(at);
        continue;
      }
      folders.add(at);
      const next = join(at, name);
      if (MAGIC.test(next)) return null;
      if (!linked && left.length === 0) entry = join(realPath(at), name);
      const there = lookAt(next);
      if (there === null) {
        // A write follows a link to what is not there, and makes it.
        if (linked || left.some((rest) => rest.linked)) return null;
        const missing = [name, ...left.map((rest) => rest.name)];
        if (missing.includes("..")) return null;
        const target = join(realPath(at), ...missing);
        const nothing = { kind: "missing", links: 0, executable: false } as const;
        return { path: target, entry: target, separator: sep, folders: [...folders], ...nothing };
      }
      if (there.isSymbolicLink()) {
        const target = fs().readlinkSync(next);
        // A link of proc, wherever that is mounted, says nothing of its length: it leads where the asker's process is.
        const ordinary = windows || new TextEncoder().encode(target).length === there.size;
        if (++links > LINKS_MAX || !ordinary) return null;
        if (isAbsolute(target)) at = parse(target).root;
        left.unshift(
          ...split(target.slice(isAbsolute(target) ? at.length : 0)).map((name) => ({ name, linked: true })),
        );
      } else {
        if (left.length > 0 && !there.isDirectory()) return null;
        at = next;
        found = there;
      }
    }
    if (MAGIC.test(at)) return null;
    const kind = found.isFile() ? "file" : found.isDirectory() ? "directory" : "other";
    const executable = (found.mode & 0o111) !== 0;
    const path = realPath(at);
    const looks = { kind, links: found.nlink, executable } as const;
    return { path, entry: links === 0 ? path : entry ?? path, separator: sep, folders: [...folders], ...looks };
  } catch {
    // It is closed to this user, or Deno does not permit a look: so nothing can be said.
    return null;
  }
}

/** Whether anybody on this machine may put files into a folder. Also true if that cannot be said. */
export function isOpenToAll(folder: string): boolean {
  try {
    return (fs().statSync(folder).mode & 0o002) !== 0;
  } catch {
    return true;
  }
}

/** The names in a folder; `null` if there is none, or none that may be looked into. */
export function namesIn(folder: string): readonly string[] | null {
  try {
    return fs().readdirSync(folder);
  } catch {
    return null;
  }
}

/** With the spelling that the file system has, where that takes others for the same. */
function realPath(path: string): string {
  const { realpathSync } = fs();
  return (realpathSync.native ?? realpathSync)(path);
}

function isItself(folder: string): boolean {
  try {
    return realPath(folder) === folder && !MAGIC.test(folder);
  } catch {
    return false;
  }
}

function lookAt(path: string): import("node:fs").Stats | null {
  try {
    return fs().lstatSync(path);
  } catch (error) {
    if (isAbsent(error)) return null;
    throw error;
  }
}

function exists(path: string): boolean {
  try {
    fs().lstatSync(path);
    return true;
  } catch {
    return false;
  }
}

function isAbsent(error: unknown): boolean {
  const code = (error as { code?: unknown } | null)?.code;
  return code === "ENOENT" || code === "ENOTDIR" || code === "ELOOP";
}
