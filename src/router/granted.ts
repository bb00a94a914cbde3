import { fields } from "./parent_of.ts";
import { list } from "./thread_places.ts";

/** What stands for all folders. */
const EVERYTHING = "/";

/**
 * The folders that an answer to a question of the server opens to the agent: by permissions for its sandbox, for one command
 * or for more, or by a folder that it asked to change. What is not understood opens everything.
 *
 * @param result The answer; `undefined` if somebody else has given one that is not known.
 */
export function grantedFolders(method: string, params: unknown, result?: unknown): readonly string[] {
  const { permissions, additionalPermissions, grantRoot } = fields(params);
  if (method === "item/permissions/requestApproval") {
    return foldersOf(result === undefined ? permissions : fields(result)["permissions"]);
  }
  if (REFUSED.has(fields(result)["decision"]) || "denied" in fields(fields(result)["decision"])) return [];
  return [...foldersOf(additionalPermissions), ...(typeof grantRoot === "string" ? [grantRoot] : [])];
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
