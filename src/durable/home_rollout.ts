import { basename, filesBelow, join, readBytes } from "../runtime/files.ts";

/** A thread's file in a Codex home. All paths are relative to it, with `/`. */
export interface HomeRollout {
  /** Where it is. */
  readonly place: string;
  /** Where it belongs while the thread is in use, and while it is archived. */
  readonly path: string;
  readonly archived: string;
  readonly data: Uint8Array<ArrayBuffer>;
}

/** The file of a thread in a home, or `null`. */
export async function findRollout(home: string, threadId: string): Promise<HomeRollout | null> {
  for (const folder of ["sessions", "archived_sessions"]) {
    const found = (await filesBelow(join(home, folder))).find((file) => file.endsWith(`-${threadId}.jsonl`));
    const data = found === undefined ? null : await readBytes(join(home, folder, found));
    if (data === null) continue;
    const name = basename(found!);
    const [, year, month, day] = /^rollout-(\d{4})-(\d\d)-(\d\d)T/.exec(name) ?? [];
    const path = folder === "sessions" ? `sessions/${found}` : `sessions/${year}/${month}/${day}/${name}`;
    return { place: `${folder}/${found}`, path, archived: `archived_sessions/${name}`, data };
  }
  return null;
}
