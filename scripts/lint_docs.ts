// deno-lint-ignore-file no-console -- a command line tool
/**
 * Lints the doc comments of all entries. Where one passes on a type of a package, `deno doc --lint` goes on into that
 * package's declarations; what is wrong there is not ours to mend, and not told.
 *
 * @module
 */
import process from "node:process";
import { readManifest, ROOT, TOOLS } from "./lib/project.ts";
import { run } from "./lib/subprocess.ts";

/** What is wrong, a text each. */
export async function lintDocs(): Promise<readonly string[]> {
  const { command, args } = TOOLS.deno;
  const entries = Object.values(readManifest().exports);
  const { code, output } = await run(command, [...args, "doc", "--lint", ...entries], {
    cwd: ROOT,
    timeoutMs: 120_000,
    env: { NO_COLOR: "1" },
  });
  const found = output.split(/^(?=error\[)/m).filter((text) => text.startsWith("error["));
  if (code !== 0 && found.length === 0) return [output];
  return found.filter((text) => !/^\s*--> .*[\\/]node_modules[\\/]/m.test(text));
}

if (import.meta.main) {
  const wrong = await lintDocs();
  console.log(wrong.join("\n"));
  process.exit(wrong.length === 0 ? 0 : 1);
}
