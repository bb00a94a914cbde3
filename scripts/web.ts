/**
 * Installs what examples/web needs, whose packages are its own; or checks its types and format.
 *
 *     deno task web
 *     deno run -A scripts/web.ts check
 *
 * @module
 */
import { join } from "node:path";
import process from "node:process";
import { buildNpm } from "./build_npm.ts";
import { checkFolder, installOwnPackages } from "./lib/own_packages.ts";
import { ROOT } from "./lib/project.ts";
import { must } from "./lib/subprocess.ts";

/** The folder of the example. */
export const WEB: string = join(ROOT, "examples/web");

/** Installs what the example needs. */
export function prepareWeb(): void {
  installOwnPackages(WEB, "React, the AI SDK and a bundler (50 MB, once)");
}

/** ... and for servers on Bun and Node this SDK, packed; and the server bundled, for Node 20 reads no TypeScript. */
export async function packForWeb(): Promise<void> {
  await buildNpm({ out: join(WEB, "node_modules/@codex-app-server/sdk") });
  await must("npm", ["run", "--silent", "bundle"], { cwd: WEB, timeoutMs: 60_000 });
}

if (import.meta.main) {
  prepareWeb();
  process.exit(process.argv[2] === "check" ? checkFolder(WEB) : 0);
}
