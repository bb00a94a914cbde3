import { mkdirSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { must, run } from "../../../scripts/lib/subprocess.ts";

/**
 * What this SDK is compared with, by package and version. They are fetched for the run and are no dependency of this
 * project: one of them would bring 400 MB of another runtime.
 */
export const PEERS = {
  "@openai/codex-sdk": "0.163.0",
  "vscode-jsonrpc": "10.0.0",
  "@agentclientprotocol/sdk": "2.4.0",
} as const;

/** The official Python SDK, from PyPI. */
export const PYTHON_PEER = { name: "openai-codex", version: "0.163.0" } as const;

/** Downloads the npm peers into `folder`, each in a folder of its package's name, without their dependencies. */
export async function fetchPeers(folder: string): Promise<void> {
  for (const [name, version] of Object.entries(PEERS)) {
    const target = join(folder, name);
    mkdirSync(target, { recursive: true });
    const packed = await must("npm", ["pack", "--silent", "--pack-destination", folder, `${name}@${version}`], {
      cwd: folder,
      timeoutMs: 120_000,
    });
    await must("tar", ["-xzf", packed.trim(), "-C", target, "--strip-components=1"], {
      cwd: folder,
      timeoutMs: 60_000,
    });
  }
}

/** Installs the Python peer without the runtime that it would bring. Returns its version of Python, or `null`. */
export async function fetchPythonPeer(folder: string): Promise<string | null> {
  const { name, version } = PYTHON_PEER;
  const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--target", folder];
  for (const what of [["--no-deps", `${name}==${version}`], ["pydantic>=2.12", "packaging>=26.2"]]) {
    const { code, output } = await run("python3", [...pip, ...what], { timeoutMs: 180_000 });
    if (code === 0) continue;
    process.stderr.write(`the Python peer cannot be installed: ${output.slice(-500)}\n`);
    return null;
  }
  const { stdout } = await run("python3", ["-c", "import platform; print(platform.python_version())"], {
    timeoutMs: 30_000,
  });
  return stdout.trim();
}
