import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { dirname, isAbsolute, join, relative, resolve } from "node:path";
import { findFiles } from "../lib/find_files.ts";
import { refuseUnless } from "./refusal.ts";

/** Lists every staged file with its hash; it also marks a folder as one that staging may replace. */
const RECORD = "staged.json";

/** Makes the staging folder empty. Refuses one that overlaps a source, or that holds anything but an earlier staging. */
export function openStage(stage: string, ...sources: readonly string[]): string {
  const target = resolve(stage);
  for (const source of sources) {
    refuseUnless(
      !overlaps(realPathOf(target), realPathOf(source)),
      `the staging folder ${target} overlaps ${source}: stage into a folder of its own`,
    );
  }
  const used = existsSync(target) && readdirSync(target).length > 0;
  refuseUnless(
    !used || existsSync(join(target, RECORD)),
    `the staging folder ${target} holds files that staging did not write: empty it, or name another`,
  );
  rmSync(target, { recursive: true, force: true });
  mkdirSync(target, { recursive: true });
  return target;
}

/** Writes down what was staged. */
export function closeStage(target: string, facts: Readonly<Record<string, string>>): void {
  const files = Object.fromEntries(findFiles(".", target).map((file) => [file, sha256(join(target, file))]));
  writeFileSync(join(target, RECORD), `${JSON.stringify({ ...facts, files }, null, 2)}\n`);
}

/** The hash of a file's bytes, in hex. */
export function sha256(path: string): string {
  return createHash("sha256").update(readFileSync(path)).digest("hex");
}

function overlaps(a: string, b: string): boolean {
  return isInside(a, b) || isInside(b, a);
}

function isInside(path: string, folder: string): boolean {
  const step = relative(folder, path);
  return step === "" || !step.startsWith("..") && !isAbsolute(step);
}

/** The real path, also of something that does not exist yet: links in the part that exists are followed. */
function realPathOf(path: string): string {
  const full = resolve(path);
  if (existsSync(full)) return realpathSync(full);
  const parent = dirname(full);
  return parent === full ? full : join(realPathOf(parent), full.slice(parent.length));
}
