/**
 * Files, for the doors that keep some. All three runtimes have Node's own functions for them.
 *
 * @module
 */
import { randomUUID } from "node:crypto";
import { link, mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

export { basename, dirname, join };

/** A file's bytes, or `null` if there is none. */
export async function readBytes(path: string): Promise<Uint8Array<ArrayBuffer> | null> {
  return await orNull(async () => {
    const { buffer, byteOffset, byteLength } = await readFile(path);
    return new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength);
  });
}

/** The names in a folder, sorted; none if there is no such folder. */
export async function listFolder(path: string): Promise<string[]> {
  return (await orNull(() => readdir(path)))?.sort() ?? [];
}

/** The paths of all files below a folder, relative to it, with `/`; links are not followed. */
export async function filesBelow(path: string): Promise<string[]> {
  const entries = await orNull(() => readdir(path, { withFileTypes: true })) ?? [];
  const found = await Promise.all(entries.map(async (entry) => {
    if (entry.isFile()) return [entry.name];
    if (!entry.isDirectory()) return [];
    return (await filesBelow(join(path, entry.name))).map((name) => `${entry.name}/${name}`);
  }));
  return found.flat().sort();
}

/** Writes a file whole: whoever looks sees the old one, or all of the new one. */
export async function writeWhole(path: string, data: Uint8Array): Promise<void> {
  await besides(path, data, (written) => rename(written, path));
}

/** The same for a file that must not be there yet; `false` if it is. Of two writers, one is told so. */
export async function writeNew(path: string, data: Uint8Array): Promise<boolean> {
  try {
    await besides(path, data, (written) => link(written, path));
    return true;
  } catch (error) {
    if (codeOf(error) === "EEXIST") return false;
    throw error;
  }
}

/** Moves a file, with the folders on the way. */
export async function moveFile(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true });
  await rename(from, to);
}

/** Removes a file or folder, if it is there. */
export async function remove(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true });
}

/** Writes beside the place, then puts it there; nothing is left beside it, however that ends. */
async function besides(path: string, data: Uint8Array, put: (written: string) => Promise<void>): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const written = join(dirname(path), `.${basename(path)}.${randomUUID()}`);
  try {
    await writeFile(written, data, { flush: true, mode: 0o600 });
    await put(written);
  } finally {
    await rm(written, { force: true });
  }
}

async function orNull<T>(read: () => Promise<T>): Promise<T | null> {
  try {
    return await read();
  } catch (error) {
    if (codeOf(error) === "ENOENT") return null;
    throw error;
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : undefined;
}
