import { mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { sleep } from "../util/timer.ts";

/** A folder of its own under the system's temporary folder. */
export interface TempDir {
  /** Absolute, symbolic links resolved. */
  readonly path: string;
  /** Writes a text file into it, with the folders on the way; returns the file's absolute path. */
  write(name: string, text: string): Promise<string>;
  /** Makes a folder in it; returns its absolute path. */
  folder(name: string): Promise<string>;
  /** Removes it with all that it holds. May be called more than once. */
  remove(): Promise<void>;
}

/** Between attempts to remove a folder that someone still writes to, in milliseconds: about 3 s in all. */
const RETRY_DELAYS_MS = [20, 50, 100, 200, 400, 800, 1600];

/** Makes an empty folder whose name starts with `prefix`. */
export async function makeTempDir(prefix: string): Promise<TempDir> {
  const path = await realpath(await mkdtemp(join(tmpdir(), prefix)));
  return {
    path,
    async write(name, text) {
      const file = join(path, name);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, text);
      return file;
    },
    async folder(name) {
      const folder = join(path, name);
      await mkdir(folder);
      return folder;
    },
    remove: () => removeDir(path),
  };
}

async function removeDir(path: string): Promise<void> {
  for (const delayMs of RETRY_DELAYS_MS) {
    try {
      return await rm(path, { recursive: true, force: true });
    } catch {
      // A process that is about to end still writes there (ENOTEMPTY), or holds a file open (EBUSY, on Windows).
      await sleep(delayMs);
    }
  }
  await rm(path, { recursive: true, force: true });
}
