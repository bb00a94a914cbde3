/**
 * Writes to every path of a list (the first argument: a file with JSON), or removes it (the second), as a server in a
 * process of its own does.
 */
import { mkdirSync, readFileSync, unlinkSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import process from "node:process";

const paths: readonly string[] = JSON.parse(readFileSync(process.argv[2]!, "utf8"));
for (const path of paths) {
  try {
    if (process.argv[3] === "remove") {
      unlinkSync(path);
      continue;
    }
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, `written by the way of ${path}`);
  } catch {
    // A folder, a file where a folder should be, a name that is too long: then nothing is written.
  }
}
