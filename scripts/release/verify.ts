import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findFiles } from "../lib/find_files.ts";
import { TOOLS } from "../lib/project.ts";
import { must, run } from "../lib/subprocess.ts";
import { refuseUnless } from "./refusal.ts";

/** Asks Deno whether JSR would take the folder: types declared, names and files in order. Nothing is published. */
export async function verifyJsr(folder: string): Promise<void> {
  const { command, args } = TOOLS.deno;
  const { code, output } = await run(command, [...args, "publish", "--dry-run", "--allow-dirty"], {
    cwd: folder,
    timeoutMs: 180_000,
    env: { NO_COLOR: "1" },
  });
  refuseUnless(code === 0, `the JSR package in ${folder} would be refused:\n${output.slice(-4_000)}`);
}

/** Opens the tarball and compares what it says of itself with what was asked for. */
export async function verifyNpm(
  tarball: string,
  wanted: { readonly sdkVersion: string; readonly runtimeVersion: string },
): Promise<void> {
  const temp = mkdtempSync(join(tmpdir(), "codex-sdk-verify-"));
  try {
    await must("tar", ["-xzf", tarball, "-C", temp], { timeoutMs: 60_000 });
    const root = join(temp, "package");
    const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
    refuseUnless(version === wanted.sdkVersion, `${tarball} is version ${version}, not ${wanted.sdkVersion}`);
    const files = findFiles(".", root);
    const code = files.filter((file) => file.endsWith(".js")).map((file) => readFileSync(join(root, file), "utf8"));
    const constant = (name: string) =>
      code.flatMap((text) => new RegExp(`^export var ${name} = "(.*)";$`, "m").exec(text)?.[1] ?? []).join();
    const told = constant("VERSION");
    refuseUnless(told === wanted.sdkVersion, `${tarball} tells servers the version ${told}, not its own`);
    const protocol = constant("CODEX_VERSION");
    refuseUnless(
      protocol === wanted.runtimeVersion,
      `${tarball} speaks the protocol of ${protocol}, not of ${wanted.runtimeVersion}`,
    );
    const stray = files.filter((file) => !/^(mod|gen|src|package\.json|README|LICENSE|CHANGELOG)/.test(file));
    refuseUnless(stray.length === 0, `${tarball} carries files that it should not: ${stray.join(", ")}`);
  } finally {
    rmSync(temp, { recursive: true, force: true });
  }
}
