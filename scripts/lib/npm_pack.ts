import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { must } from "./subprocess.ts";

/** Packs a folder into a tarball beside it. npm gives every entry the same date: the same files make the same bytes. */
export async function packTarball(folder: string): Promise<string> {
  const destination = dirname(resolve(folder));
  const stdout = await must("npm", ["pack", "--json", "--loglevel=error", "--pack-destination", destination], {
    cwd: folder,
    timeoutMs: 300_000,
  });
  const [packed] = JSON.parse(stdout) as { filename: string }[];
  const name = packed?.filename.replace("@", "").replace("/", "-") ?? "";
  const tarball = join(destination, name);
  if (name === "" || !existsSync(tarball)) throw new Error(`npm pack of ${folder} left no ${tarball}`);
  return tarball;
}
