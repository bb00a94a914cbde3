import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** What to do differently from a good package. */
export interface FakeCodexOptions {
  readonly version?: string;
  readonly target?: string;
  /** Files that are left out. */
  readonly without?: readonly string[];
}

/** Writes a codex package of the real layout, a few bytes large, and returns its folder. */
export function fakeCodex(folder: string, options: FakeCodexOptions = {}): string {
  const { version = "1.2.3", target = "x86_64-unknown-linux-musl", without = [] } = options;
  const files: Record<string, string> = {
    "codex-package.json": JSON.stringify({ layoutVersion: 1, version, target, entrypoint: "bin/codex" }),
    "bin/codex": "#!/bin/sh\n",
    "codex-path/rg": "#!/bin/sh\n",
    "codex-resources/notice.md": "a notice\n",
  };
  for (const [path, text] of Object.entries(files)) {
    if (without.includes(path)) continue;
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text, { mode: path.endsWith(".json") || path.endsWith(".md") ? 0o644 : 0o755 });
  }
  return folder;
}
