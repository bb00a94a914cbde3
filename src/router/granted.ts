import type { ThreadItem } from "../../gen/mod.ts";
import { denoPermissions } from "../runtime/deno_permissions.ts";
import { wayTo } from "../runtime/real_target.ts";
import { changedPaths } from "../util/changed_paths.ts";
import { fields } from "./parent_of.ts";
import { type Granted, list } from "./thread_places.ts";

/** A question of the server, and its answer. */
export interface Answered {
  readonly method: string;
  readonly params: unknown;
  /** What the question is about, if that was seen. */
  readonly item?: ThreadItem | null;
  /** The answer; `undefined` if somebody else has given one that is not known. */
  readonly result?: unknown;
}

/** What stands for all folders. */
const EVERYTHING = "/";

const NOTHING: Granted = { folders: [], files: [] };

/**
 * What an answer to a question of the server opens to the agent: by permissions for its sandbox, for one command or for
 * more, or by files or a folder that it asked to change. What is not understood opens everything.
 *
 * @param local Whether the files are those of this machine. Of those, where they really lie is found out now: the agent may
 * make a link lead elsewhere later.
 */
export function grantedBy({ method, params, item, result }: Answered, local: boolean): Granted {
  const { permissions, additionalPermissions, grantRoot } = fields(params);
  if (method === "item/permissions/requestApproval") {
    const given = result === undefined ? permissions : fields(result)["permissions"];
    return { folders: foldersOf(given), files: [] };
  }
  if (REFUSED.has(fields(result)["decision"]) || "denied" in fields(fields(result)["decision"])) return NOTHING;
  const folders = [...foldersOf(additionalPermissions), ...(typeof grantRoot === "string" ? [grantRoot] : [])];
  const changed = changedBy(method, params, item ?? null);
  const files = changed === null || !local ? changed : realFiles(changed);
  return files === null ? { folders: [...folders, EVERYTHING], files: [] } : { folders, files };
}

const REFUSED: ReadonlySet<unknown> = new Set(["decline", "cancel", "abort", "timed_out"]);

function foldersOf(permissions: unknown): string[] {
  const { write, entries } = fields(fields(permissions)["fileSystem"]);
  const named = list(write).map((folder) => typeof folder === "string" ? folder : EVERYTHING);
  const opened = list(entries).filter((entry) => !CLOSED.has(fields(entry)["access"]));
  return [...named, ...opened.map((entry) => folderOf(fields(entry)["path"]))];
}

const CLOSED: ReadonlySet<unknown> = new Set(["read", "deny"]);

function folderOf(place: unknown): string {
  const { type, path } = fields(place);
  return type === "path" && typeof path === "string" ? path : EVERYTHING;
}

/** The files of the change that a question is about, none if it is about something else; `null` if that is not known. */
function changedBy(method: string, params: unknown, item: ThreadItem | null): string[] | null {
  if (method === "applyPatchApproval") return changedPaths(Object.entries(fields(fields(params)["fileChanges"])));
  if (method !== "item/fileChange/requestApproval") return [];
  return item?.type === "fileChange" ? changedPaths(item.changes.map(({ path, kind }) => [path, kind])) : null;
}

/** Files with all links resolved; `null` if that cannot be said, or if Deno would ask a person whether it may be found out. */
function realFiles(paths: readonly string[]): string[] | null {
  if ((denoPermissions()?.read ?? "all") !== "all") return null;
  const files: string[] = [];
  for (const path of paths) {
    const way = wayTo(path);
    // Under a further name it may be anywhere.
    if (way === null || (way.kind === "file" && way.links > 1)) return null;
    // What is removed, or moved away, is the link itself.
    files.push(way.path, ...(way.entry === way.path ? [] : [way.entry]));
  }
  return files;
}
