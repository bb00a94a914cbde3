/**
 * The parts of {@linkcode Runtime} that all three runtimes share: Deno and Bun provide Node's `fs` and `process`, with
 * their own permission errors.
 *
 * @module
 */
import { open, readdir, realpath, stat } from "node:fs/promises";
import process from "node:process";
import type { PathKind, Runtime } from "./runtime.ts";

/** Codes that mean "nothing usable is there", as opposed to "the runtime may not look". */
const ABSENT: ReadonlySet<unknown> = new Set(["ENOENT", "ENOTDIR", "ELOOP", "ENAMETOOLONG"]);

function isAbsent(error: unknown): boolean {
  return error instanceof Error && ABSENT.has((error as { code?: unknown }).code);
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
    try {
      return (await stat(path)).isDirectory() ? "directory" : "file";
    } catch (error) {
      if (isAbsent(error)) return "missing";
      throw error;
    }
  },
  async isExecutable(path: string): Promise<boolean> {
    // The mode bits, and not `access`: that needs `--allow-sys` in Deno.
    return process.platform === "win32" || ((await stat(path)).mode & 0o111) !== 0;
  },
  realPath: (path: string) => realpath(path),
  async head(path: string, length: number): Promise<Uint8Array> {
    const file = await open(path, "r");
    try {
      const { buffer, bytesRead } = await file.read(new Uint8Array(length), 0, length, 0);
      return buffer.subarray(0, bytesRead);
    } finally {
      await file.close();
    }
  },
  async list(path: string): Promise<string[]> {
    try {
      return await readdir(path);
    } catch (error) {
      if (isAbsent(error)) return [];
      throw error;
    }
  },
};
