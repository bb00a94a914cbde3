import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { npmTarball } from "../../scripts/build_npm.ts";
import { linkCodex } from "../../scripts/lib/node_project.ts";
import { ROOT } from "../../scripts/lib/project.ts";
import { must } from "../../scripts/lib/subprocess.ts";

/** An empty folder outside of the repository, into which the tarball was installed; programs lie beside. */
export interface ConsumerProject {
  readonly root: string;
  readonly tarball: string;
  /** A further folder with the programs alone, and nothing installed. */
  folder(name: string): string;
  remove(): void;
}

/** Packs the SDK and installs the tarball as an npm user would; the codex of this repository is lent, not fetched again. */
export async function consumerProject(): Promise<ConsumerProject> {
  const home = mkdtempSync(join(tmpdir(), "codex-sdk-consumer-"));
  const folder = (name: string) => {
    cpSync(join(ROOT, "tests/consumers/programs"), join(home, name), { recursive: true });
    return join(home, name);
  };
  try {
    const tarball = await npmTarball(join(home, "build"));
    const root = folder("project");
    writeFileSync(join(root, "package.json"), JSON.stringify({ name: "consumer", private: true, type: "module" }));
    await must("npm", ["install", "--no-audit", "--no-fund", "--prefer-offline", tarball], {
      cwd: root,
      timeoutMs: 180_000,
    });
    linkCodex(root);
    return { root, tarball, folder, remove: () => rmSync(home, { recursive: true, force: true }) };
  } catch (error) {
    rmSync(home, { recursive: true, force: true });
    throw error;
  }
}
