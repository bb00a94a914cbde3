/** Where changes of these kinds lead is known. One of another kind may reach further than its path. */
const KINDS: ReadonlySet<unknown> = new Set(["add", "delete", "update"]);

/**
 * Every path that changes of files touch, those included that files are moved to; `null` if one is of a kind that this
 * version does not know.
 *
 * @param changes Each a path, and what kind of change it is.
 */
export function changedPaths(changes: readonly (readonly [path: string, kind: unknown])[]): string[] | null {
  const paths: string[] = [];
  for (const [path, kind] of changes) {
    const { type, move_path: moved = null } = Object(kind) as { readonly [key: string]: unknown };
    if (!KINDS.has(type) || !(moved === null || typeof moved === "string")) return null;
    paths.push(path, ...(moved === null ? [] : [moved]));
  }
  return paths;
}
