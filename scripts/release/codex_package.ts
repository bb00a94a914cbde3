import {
  chmodSync,
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { refuseUnless } from "./refusal.ts";

/** A codex package on disk: the binary with everything that it expects beside it. */
export interface CodexPackage {
  /** The folder that holds `codex-package.json`. */
  readonly root: string;
  readonly version: string;
  /** The build target, as in `x86_64-unknown-linux-musl`. */
  readonly target: string;
}

const LAYOUT = ["codex-package.json", "bin", "codex-path", "codex-resources"];

/** Reads the package that a path names: its folder, the binary in it, or an installed `@openai/codex-PLATFORM`. */
export function readCodexPackage(path: string): CodexPackage {
  refuseUnless(existsSync(path), `there is no ${path}: name the codex binary or the folder that it was unpacked to`);
  const root = rootOf(realpathSync(path)); // installers link packages into place
  const missing = LAYOUT.filter((part) => !existsSync(join(root, part)));
  refuseUnless(
    missing.length === 0,
    `${root} is no complete codex package: ${
      missing.join(", ")
    } missing. A bare binary is not enough: stage the whole package`,
  );
  const about: unknown = JSON.parse(readFileSync(join(root, "codex-package.json"), "utf8"));
  refuseUnless(isAbout(about), `${root}/codex-package.json does not say its version, target and entrypoint`);
  const entry = join(root, about.entrypoint);
  refuseUnless(existsSync(entry), `${root} is no complete codex package: ${about.entrypoint} missing`);
  for (const part of LAYOUT) plainFiles(root, part);
  return { root, version: about.version, target: about.target };
}

/** Copies the package's layout, run bits included. */
export function copyCodexPackage(from: string, to: string): void {
  for (const part of LAYOUT) {
    for (const file of plainFiles(from, part)) {
      mkdirSync(dirname(join(to, file)), { recursive: true });
      copyFileSync(join(from, file), join(to, file));
      chmodSync(join(to, file), lstatSync(join(from, file)).mode & 0o111 ? 0o755 : 0o644);
    }
  }
}

/** Lists the files at or below a path. Refuses links and anything else that is no plain file or folder. */
function plainFiles(root: string, path: string): string[] {
  const about = lstatSync(join(root, path));
  if (about.isFile()) return [path];
  refuseUnless(about.isDirectory(), `${join(root, path)} is neither a plain file nor a folder: links are not staged`);
  return readdirSync(join(root, path)).sort().flatMap((name) => plainFiles(root, join(path, name)));
}

function rootOf(path: string): string {
  if (!lstatSync(path).isDirectory()) return basename(dirname(path)) === "bin" ? dirname(dirname(path)) : dirname(path);
  const vendor = join(path, "vendor");
  if (!existsSync(vendor)) return path;
  const [triple = "", ...others] = readdirSync(vendor);
  refuseUnless(others.length === 0 && triple !== "", `${vendor} must hold one package, it holds ${others.length + 1}`);
  return join(vendor, triple);
}

function isAbout(value: unknown): value is { version: string; target: string; entrypoint: string } {
  const about = value as Partial<Record<string, unknown>> | null;
  return typeof about === "object" && about !== null &&
    ["version", "target", "entrypoint"].every((key) => typeof about[key] === "string");
}
