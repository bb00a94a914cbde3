import { RolloutConflictError } from "../errors.ts";
import { checkRollout, checkThreadId, type Rollout, type RolloutStore } from "./rollout_store.ts";

/** A version in a thread's folder. Of one version there is one file, so of two savers only one can make it. */
const NAME = /^(\d{10})\.rollout$/;
const NEWLINE = 0x0a;

/**
 * A store in a folder that all workers can reach, such as a network mount. Each version is a file that appears whole or
 * not at all; the last two are kept.
 *
 * @throws {RolloutConflictError} From `save`, if somebody else has saved the thread meanwhile.
 *
 * @example
 * ```ts
 * import { folderStore } from "@codex-app-server/sdk/durable";
 *
 * const store = folderStore("/mnt/threads");
 * ```
 */
export function folderStore(path: string): RolloutStore {
  return {
    async load(threadId) {
      const { join, readBytes } = await files();
      const folder = join(path, checkThreadId(threadId));
      // The newest may be removed, as the third last, while it is being read; then there are newer ones.
      for (;;) {
        const newest = (await versionsIn(folder)).at(-1);
        if (newest === undefined) return null;
        const file = await readBytes(join(folder, nameOf(newest)));
        if (file !== null) return parse(newest, file);
      }
    },
    async save(threadId, rollout) {
      const { join, remove, writeNew } = await files();
      checkRollout(threadId, rollout);
      const folder = join(path, checkThreadId(threadId));
      const present = await versionsIn(folder);
      const { version } = rollout;
      if ((present.at(-1) ?? 0) !== version - 1 || !await writeNew(join(folder, nameOf(version)), format(rollout))) {
        throw new RolloutConflictError(threadId, version);
      }
      for (const old of present.slice(0, -1)) await remove(join(folder, nameOf(old)));
    },
  };
}

/** Loaded with the first call, for whoever imports this door for a turn alone. */
const files = () => import("../runtime/files.ts");

function nameOf(version: number): string {
  return `${String(version).padStart(10, "0")}.rollout`;
}

/** In their order. */
async function versionsIn(folder: string): Promise<number[]> {
  const names = await (await files()).listFolder(folder);
  return names.flatMap((name) => NAME.test(name) ? [Number.parseInt(name, 10)] : []);
}

/** Where the thread lies in a home stands in a line before it. */
function format({ path, data }: Rollout): Uint8Array {
  const head = new TextEncoder().encode(`${JSON.stringify({ path })}\n`);
  const file = new Uint8Array(head.length + data.length);
  file.set(head);
  file.set(data, head.length);
  return file;
}

function parse(version: number, file: Uint8Array<ArrayBuffer>): Rollout {
  const end = file.indexOf(NEWLINE);
  const { path } = JSON.parse(new TextDecoder().decode(file.subarray(0, end))) as { path: string };
  return { version, path, data: file.subarray(end + 1) };
}
