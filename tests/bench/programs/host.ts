/**
 * What a program wants of its runtime. On Deno nothing of Node: a program that has none of that yet pays 40 ms for the
 * first part of it, and a measurement that has paid it beforehand does not see who does.
 *
 * @module
 */
import type * as childProcess from "node:child_process";
import type * as fs from "node:fs";

/** Node's modules, under Bun as well. */
const node: { readonly fs: typeof fs; readonly childProcess: typeof childProcess } | null = "Deno" in globalThis
  ? null
  : { fs: await import("node:fs"), childProcess: await import("node:child_process") };

/** Node's way to start a process; not under Deno. */
export const spawn: typeof childProcess.spawn | undefined = node?.childProcess.spawn;

/** The arguments of the program. */
export const args: readonly string[] = node === null ? Deno.args : globalThis.process.argv.slice(2);

/** The environment of the program. */
export function environment(): Record<string, string | undefined> {
  return node === null ? Deno.env.toObject() : globalThis.process.env;
}

/** The content of a file. */
export function readText(path: string): string {
  return node === null ? Deno.readTextFileSync(path) : node.fs.readFileSync(path, "utf8");
}

/** What the process has taken of the processors so far, in milliseconds. */
export function cpuUsage(): number {
  const { user, system } = globalThis.process.cpuUsage();
  return (user + system) / 1000;
}

/** Ends the program, whatever is still open. */
export function exit(): never {
  return node === null ? Deno.exit(0) : globalThis.process.exit(0);
}
