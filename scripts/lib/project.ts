import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";

/** The repository's folder. */
export const ROOT: string = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** What the scripts read of deno.json, the only manifest. */
export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  readonly description: string;
  readonly keywords: readonly string[];
  /** The address of its page. npm compares it with the repository whose workflow publishes, and refuses another. */
  readonly repository: string;
  readonly exports: Readonly<Record<string, string>>;
  readonly imports: Readonly<Record<string, string>>;
  readonly publish: { readonly include: readonly string[] };
}

/** Reads deno.json. */
export function readManifest(root: string = ROOT): Manifest {
  return JSON.parse(readFileSync(join(root, "deno.json"), "utf8"));
}

/** The exact version of `@openai/codex` that deno.json pins. */
export function pinnedRuntime(manifest: Manifest): string {
  const version = /^npm:@openai\/codex@(\d+\.\d+\.\d+(?:-[\w.]+)?)$/.exec(manifest.imports["@openai/codex"] ?? "")?.[1];
  if (version === undefined) throw new Error(`deno.json must pin "@openai/codex" to one exact version`);
  return version;
}

/** A command and the arguments that come first. */
export interface Tool {
  readonly command: string;
  readonly args: readonly string[];
}

/** How to reach each runtime. Bun need not be installed: npm fetches this version. */
export const TOOLS: { readonly deno: Tool; readonly bun: Tool; readonly node: Tool } = {
  deno: { command: process.execPath, args: [] },
  bun: { command: "npx", args: ["-y", "bun@1.4.5"] },
  node: { command: "node", args: [] },
};
