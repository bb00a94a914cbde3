import { callback, checkOptions, type OptionChecks } from "../util/options.ts";
import { realFolder, type RealPath, realTarget } from "../runtime/real_target.ts";
import { named } from "./combine.ts";
import type { ApprovalPolicy } from "./question.ts";
import { shown } from "./visible.ts";

/**
 * Says where a write to a path would land: the path with all links resolved, or `null` if that cannot be said. It is asked
 * of the folder that holds a path as well, since to remove a link does not follow it.
 */
export type ResolveTarget = (path: string) => Promise<{ readonly path: string; readonly separator: string } | null>;

/** Options of {@linkcode allowPaths}. */
export interface AllowPathsOptions {
  /** Resolves links. Default: asks the file system of this machine; Deno then needs `--allow-read` for the folders. */
  readonly resolve?: ResolveTarget | undefined;
}

const ALLOW_PATHS_OPTIONS: OptionChecks<AllowPathsOptions> = { resolve: callback };

/**
 * Folders in which a file changes what tools do by themselves: hooks, settings, instructions. Compared as the most
 * generous of file systems would: without case, and without what cannot be seen.
 */
const GUARDED: ReadonlySet<string> = new Set([".git", ".codex", ".agents"]);

/** Another file system in every process, and no files: see {@linkcode realTarget}, which also knows the links to it. */
const MAGIC = /^\/+(?:proc|dev|sys)(?:\/|$)/i;

type Target = Awaited<ReturnType<ResolveTarget>>;

/**
 * Accepts file changes that stay within the given folders: every path of the change, and where it moves to, links
 * resolved. A path that is a link has to lie there itself, too: what is removed, or moved away, is the link. What it does
 * not judge:
 *
 * - a path that, or a link on whose way, enters `/proc`, `/dev` or `/sys`; one that ends in a dangling link, at a file
 *   with further names (hard links), or at what is no file; one with `..`;
 * - changes in a `.git`, `.codex` or `.agents` folder, kinds of change that this version does not know, and what asks for
 *   a whole folder;
 * - anything, without `resolve`, on a server that may have other files than this machine: one that is reached over a
 *   socket or by a transport of your own that does not say `local`, or a thread with another environment than `local`.
 *
 * The folders themselves are resolved once, when the policy is made: a folder that is a link means what it leads to at
 * that moment, and one that is replaced by a link later allows nothing new. (By `resolve`: as soon as that can answer.)
 *
 * The links of a change are resolved when the question is asked. Who can replace a folder by a link between the answer
 * and the write can get past this, and a command that the agent has left running in its sandbox may be able to: allow no
 * folders that the sandbox lets it write to anyway.
 *
 * @throws {TypeError} If a folder is not an absolute path, or there is no such option.
 * @throws On Deno, `NotCapable` if the program may not read a folder.
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
  const { resolve } = options;
  const judge = resolve === undefined ? onThisMachine(folders) : elsewhere(folders, resolve);
  return named("allowPaths", async (question, { local }) => {
    if (question.kind !== "fileChange" || question.grantRoot !== null) return undefined;
    const { paths } = question;
    if (paths === null || paths.length === 0 || (local === null && resolve === undefined)) return undefined;
    for (const path of paths) if (MAGIC.test(path) || !await judge(path)) return undefined;
    return { decision: "accept", reason: shown(`within ${folders.join(", ")}: ${paths.join(", ")}`) };
  });
}

/** Says whether a path stays within folders of this machine, which are what they are now. */
function onThisMachine(folders: readonly string[]): (path: string) => boolean {
  const roots = folders.map(realFolder).filter((root) => root !== null);
  const known = roots.map(({ path }) => path);
  return (path) => {
    const target = realTarget(path, known);
    return within(roots, target) && within(roots, target && { ...target, path: target.entry });
  };
}

/** The same, by whoever can tell. One that cannot yet (the policy is made before its client) is asked again. */
function elsewhere(folders: readonly string[], resolve: ResolveTarget): (path: string) => Promise<boolean> {
  const ask = async () => await Promise.all(folders.map((folder) => resolve(folder)));
  let asked: Promise<Target[]> | undefined = ask();
  const forget = () => asked = undefined;
  asked.catch(forget);
  return async (path) => {
    if (asked === undefined) {
      asked = ask();
      asked.catch(forget);
    }
    const roots = await asked;
    const target = await resolve(path);
    if (target === null || !within(roots, target)) return false;
    return within(roots, await entryOf(path, target.separator, resolve));
  };
}

/** Where a name lies, whatever it is a link to. */
async function entryOf(path: string, separator: string, resolve: ResolveTarget): Promise<Target> {
  const names = path.split(separator === "\\" ? /[\\/]/ : /\//);
  while (names.length > 0 && ["", "."].includes(names.at(-1)!)) names.pop();
  const name = names.pop();
  if (name === undefined) return null;
  const folder = await resolve(names.join(separator) || separator);
  return folder &&
    { separator, path: folder.path.endsWith(separator) ? folder.path + name : folder.path + separator + name };
}

function within(roots: readonly (RealPath | null)[], target: RealPath | null): boolean {
  if (target === null || MAGIC.test(target.path)) return false;
  return roots.some((root) => root !== null && holds(root.path, target.path, target.separator));
}

/** Whether `path` lies below `root`, and not in a guarded folder there. Both have their links resolved. */
export function holds(root: string, path: string, separator: string): boolean {
  const base = root.endsWith(separator) ? root : root + separator;
  if (!path.startsWith(base)) return false;
  return !path.slice(base.length).split(separator).some((segment) => GUARDED.has(folded(segment)));
}

function folded(segment: string): string {
  const visible = segment.normalize("NFKC").replace(/\p{Default_Ignorable_Code_Point}/gu, "");
  return visible.toUpperCase().toLowerCase();
}
