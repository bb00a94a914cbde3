import { readdir, readFile, stat } from "node:fs/promises";
import { join, relative } from "node:path";
import type { Change } from "./compare.ts";

/** A place in somebody's files that has to do with a change. */
export interface Touch {
  readonly change: Change;
  /** Paths with the line of the first mention: `src/client/codex.ts:12`. */
  readonly places: readonly string[];
}

interface Source {
  readonly path: string;
  readonly text: string;
}

/** Larger files are bundles, and nobody's handwriting. */
const FILE_MAX = 1 << 20;

/**
 * Says which files mention what has changed: a method by its name in quotes, a type by its name, a field or a value where
 * its type or one of its methods is mentioned too; a new value, where its type is, for somebody may tell its values apart.
 * A new field touches nobody who need not send it. What a file means without naming it is not seen.
 *
 * @param folders Files or folders; `node_modules`, dot folders and files that begin with `// Generated` are passed over.
 */
export async function touchesOf(changes: readonly Change[], folders: readonly string[], cwd: string): Promise<Touch[]> {
  const sources = (await Promise.all(folders.map((folder) => sourcesBelow(folder, cwd)))).flat();
  return changes.flatMap((change) => {
    const places = sources.flatMap(({ path, text }) => {
      const index = mention(change, text);
      return index < 0 ? [] : [`${path}:${text.slice(0, index).split("\n").length}`];
    });
    return places.length === 0 ? [] : [{ change, places }];
  });
}

/** Where a text first mentions what has changed, or -1. */
function mention({ kind, what, name, methods, breaking }: Change, text: string): number {
  if (what === "type") return find(text, `\\b${escape(name)}\\b`);
  if (what !== "field" && what !== "value") return find(text, `["'\`]${escape(name)}["'\`]`);
  const [, type = "", rest = ""] = /^(\w+)[. ](.+)$/.exec(name) ?? [];
  if (kind === "new" && !breaking) return what === "value" ? find(text, `\\b${escape(type)}\\b`) : -1;
  // What every type has (`id`, `type`) is mentioned everywhere: the type itself has to be, and what the field lies in.
  const near = find(text, `\\b${escape(type)}\\b`) >= 0 || methods.some((method) => text.includes(`"${method}"`));
  const steps = (what === "value" ? rest.replace(/ = "[^"]*"$/, "") : rest).split(/[.[\]{}]+/).filter((step) =>
    step !== ""
  );
  const last = what === "value" ? /"([^"]*)"$/.exec(rest)?.[1] : steps.pop();
  if (!near || !last || what === "field" && !steps.every((step) => find(text, `\\b${escape(step)}\\b`) >= 0)) return -1;
  const quoted = escape(last);
  return find(
    text,
    what === "value"
      ? `["'\`]${quoted}["'\`]`
      : `\\.${quoted}\\b|["']${quoted}["']|\\b${quoted}\\??:|[{,]\\s*${quoted}\\b`,
  );
}

const find = (text: string, pattern: string) => text.search(new RegExp(pattern));
const escape = (text: string) => text.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");

async function sourcesBelow(path: string, cwd: string): Promise<Source[]> {
  const found = await stat(path);
  if (found.isFile()) {
    if (!/\.[cm]?[jt]sx?$/.test(path) || /\.d\.ts$/.test(path) || found.size > FILE_MAX) return [];
    const text = await readFile(path, "utf8");
    return /^\/\/ Generated\b/.test(text) ? [] : [{ path: relative(cwd, path).replaceAll("\\", "/"), text }];
  }
  if (!found.isDirectory()) return [];
  const names = (await readdir(path)).filter((name) => !/^\.|^node_modules$/.test(name)).sort();
  return (await Promise.all(names.map((name) => sourcesBelow(join(path, name), cwd)))).flat();
}
