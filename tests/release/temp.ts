import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A folder for one test, gone after it. */
export async function withTemp<T>(body: (folder: string) => T | Promise<T>): Promise<T> {
  const folder = makeTemp();
  try {
    return await body(folder);
  } finally {
    removeTemp(folder);
  }
}

/** A folder for several tests; whoever makes it removes it. */
export function makeTemp(): string {
  return mkdtempSync(join(tmpdir(), "codex-sdk-release-"));
}

/** Removes what {@linkcode makeTemp} made. */
export function removeTemp(folder: string): void {
  if (folder !== "") rmSync(folder, { recursive: true, force: true });
}
