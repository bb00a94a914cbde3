/**
 * The parts of {@linkcode Runtime} that Node and Bun share. They work under Deno as well, but cost a program there that
 * uses nothing else of Node 35 ms: not even `process` is touched before it is needed.
 *
 * @module
 */
import type { Stats } from "node:fs";
import { look } from "./permission.ts";
import type { PathInfo, Runtime } from "./runtime.ts";

/** What is left of a {@linkcode Runtime} once a runtime has added its own. */
export type HostRuntime = Omit<Runtime, "name" | "spawn" | "programDir">;

/** Bun takes 3 ms to load this, and a start under Bun may not need it. */
const fs = (): Promise<typeof import("node:fs/promises")> => import("node:fs/promises");

/** By `node:fs` and `process`. */
export function host(): HostRuntime {
  const { process } = globalThis;
  return {
    platform: process.platform,
    arch: process.arch,
    env() {
      const env: Record<string, string> = {};
      for (const [name, value] of Object.entries(process.env)) if (value !== undefined) env[name] = value;
      return env;
    },
    cwd: () => process.cwd(),
    stat: async (path: string) => pathInfo(await look((await fs()).stat(path), null)),
    realPath: async (path: string) => await look((await fs()).realpath(path), path),
    head: (path: string, length: number) => look(readHead(path, length), null),
    list: async (path: string) => await look((await fs()).readdir(path), []),
  };
}

/** What of a file's status is looked at. */
export function pathInfo(found: Pick<Stats, "mode" | "isDirectory"> | null): PathInfo {
  if (found === null) return { kind: "missing", executable: false };
  const executable = globalThis.process.platform === "win32" || (found.mode & 0o111) !== 0;
  return { kind: found.isDirectory() ? "directory" : "file", executable };
}

async function readHead(path: string, length: number): Promise<Uint8Array> {
  const file = await (await fs()).open(path, "r");
  try {
    const { buffer, bytesRead } = await file.read(new Uint8Array(length), 0, length, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}
