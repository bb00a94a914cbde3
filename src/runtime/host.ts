/**
 * The parts of {@linkcode Runtime} that Node and Bun share. They work under Deno as well, but cost a program there that
 * uses nothing else of Node 35 ms: not even `process` is touched before it is needed.
 *
 * @module
 */
import { tooOld } from "../util/too_old.ts";
import { look } from "./permission.ts";
import type { PathInfo, Runtime } from "./runtime.ts";

/** What is left of a {@linkcode Runtime} once a runtime has added its own. */
export type HostRuntime = Omit<Runtime, "name" | "spawn" | "programDir" | "main" | "unaskedSource">;

const fs = (): typeof import("node:fs") => globalThis.process.getBuiltinModule("node:fs");

/** By `node:fs` and `process`. @throws {StartError} If the runtime is too old. */
export function host(): HostRuntime {
  const { process } = globalThis;
  // The youngest of the things that are needed; it loads a module of Node when it is asked for it, and not before.
  if (typeof process.getBuiltinModule !== "function") throw tooOld("process.getBuiltinModule");
  return {
    platform: process.platform,
    arch: process.arch,
    env() {
      const env: Record<string, string> = {};
      for (const [name, value] of Object.entries(process.env)) if (value !== undefined) env[name] = value;
      return env;
    },
    cwd: () => process.cwd(),
    stat,
    realPath: (path) => look(() => fs().realpathSync(path), path),
    head: (path, length) => look(() => readHead(path, length), null),
    list: (path) => look(() => fs().readdirSync(path), []),
    makeFolder: (path) => void fs().mkdirSync(path, { recursive: true, mode: 0o700 }),
  };
}

function stat(path: string): PathInfo {
  const found = look(() => fs().statSync(path), null);
  if (found === null) return { kind: "missing", executable: false };
  const executable = globalThis.process.platform === "win32" || (found.mode & 0o111) !== 0;
  return { kind: found.isDirectory() ? "directory" : found.isFile() ? "file" : "other", executable };
}

function readHead(path: string, length: number): Uint8Array {
  const { openSync, readSync, closeSync } = fs();
  const file = openSync(path, "r");
  try {
    const buffer = new Uint8Array(length);
    return buffer.subarray(0, readSync(file, buffer));
  } finally {
    closeSync(file);
  }
}
