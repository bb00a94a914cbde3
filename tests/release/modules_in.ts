import { readFileSync } from "node:fs";

/** The modules that a file of the package was made of: comments name them, over each part. */
export function modulesIn(file: string): string[] {
  const parts = readFileSync(file, "utf8").matchAll(/^\/\/ (\S+\.ts)$/gm);
  return [...new Set([...parts].map(([, module = ""]) => module))];
}
