import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./project.ts";

/** What lies in the repository's folder and is no part of it. */
const FOREIGN: ReadonlySet<string> = new Set(["node_modules", ".git", "npm", "coverage"]);

/** Lists the files below a folder or the file itself, as paths relative to the root, with `/` and sorted. */
export function findFiles(path: string, root: string = ROOT): string[] {
  const start = path.replace(/\/+$/, "");
  if (!statSync(join(root, start)).isDirectory()) return [start];
  const found: string[] = [];
  for (const entry of readdirSync(join(root, start), { withFileTypes: true })) {
    const name = start === "." ? entry.name : `${start}/${entry.name}`;
    if (root === ROOT && (FOREIGN.has(name) || entry.name === "node_modules")) continue;
    if (entry.isDirectory()) found.push(...findFiles(name, root));
    else if (entry.isFile()) found.push(name);
  }
  return found.sort();
}

/** Lists the test files at or below the paths. */
export function findTestFiles(paths: readonly string[] = ["tests"]): string[] {
  const files = paths.flatMap((path) => findFiles(path)).filter((file) => file.endsWith(".test.ts"));
  return [...new Set(files)];
}
