/**
 * The parts of {@linkcode Runtime} that all three runtimes share: Deno and Bun provide Node's `fs` and `process`, with
 * their own permission errors.
 *
 * @module
 */
import { open, readdir, realpath, stat } from "node:fs/promises";
import process from "node:process";
import { isDenied } from "./permission.ts";
import type { PathKind, Runtime } from "./runtime.ts";

/** Looks, and takes `otherwise` for what the system does not show. What Deno does not permit stays an error. */
async function look<T>(result: Promise<T>, otherwise: T): Promise<T> {
  try {
    return await result;
  } catch (error) {
    // Nothing there, a link in a circle, a folder that is closed to this user: nothing usable, whatever the reason.
    if (isDenied(error)) throw error;
    return otherwise;
  }
}

/** What is left of a {@linkcode Runtime} once a runtime has added its own. */
export type HostRuntime = Omit<Runtime, "name" | "spawn" | "programDir">;

/** The same for all runtimes. */
export const host: HostRuntime = {
  platform: process.platform,
  arch: process.arch,
  env() {
    const env: Record<string, string> = {};
    for (const [name, value] of Object.entries(process.env)) if (value !== undefined) env[name] = value;
    return env;
  },
  cwd: () => process.cwd(),
  async kind(path: string): Promise<PathKind> {
    const found = await look(stat(path), null);
    return found === null ? "missing" : found.isDirectory() ? "directory" : "file";
  },
  async isExecutable(path: string): Promise<boolean> {
    // The mode bits, and not `access`: that needs `--allow-sys` in Deno.
    return process.platform === "win32" || (((await look(stat(path), null))?.mode ?? 0) & 0o111) !== 0;
  },
  realPath: (path: string) => look(realpath(path), path),
  head: (path: string, length: number) => look(readHead(path, length), null),
  list: (path: string) => look(readdir(path), []),
};

async function readHead(path: string, length: number): Promise<Uint8Array> {
  const file = await open(path, "r");
  try {
    const { buffer, bytesRead } = await file.read(new Uint8Array(length), 0, length, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}
