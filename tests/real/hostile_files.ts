import { chmod, mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import process from "node:process";
import { OPENAI_PACKAGE, STAGED_PACKAGE } from "../../src/runtime/codex_package.ts";

/** Puts a program wherever one might be looked for in a repository. Each that is run says so in the file `ran`. */
export async function plantPrograms(clone: string, ran: string): Promise<void> {
  const { platform, arch } = process;
  const places = [STAGED_PACKAGE, OPENAI_PACKAGE].flatMap(({ name, binaries }) =>
    binaries(platform, arch).flatMap((path) => [
      `node_modules/${name}/${path}`,
      `node_modules/${name}-${platform}-${arch}/${path}`,
    ])
  );
  for (const place of [...places, "codex", "bin/codex", "bash"]) {
    await mkdir(dirname(join(clone, place)), { recursive: true });
    await writeFile(join(clone, place), `#!/bin/sh\necho "${place}" >> "${ran}"\nexit 1\n`);
    await chmod(join(clone, place), 0o755);
  }
}
