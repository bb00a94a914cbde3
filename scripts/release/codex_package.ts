import { chmodSync, copyFileSync, existsSync, lstatSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
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

const PARTS = ["bin", "codex-path", "codex-resources"];

/** Reads the package that a path names: its folder, the binary in it, or an installed `@openai/codex-PLATFORM`. */
export function readCodexPackage(path: string): CodexPackage {
  refuseUnless(existsSync(path), `there is no ${path}: name the codex binary or the folder that it was unpacked to`);
  const root = rootOf(path);
  const missing = ["codex-package.json", ...PARTS].filter((part) => !existsSync(join(root, part)));
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
  return { root, version: about.version, target: about.target };
}

/** Copies the package's layout, run bits included. Refuses links and anything else that is no plain file or folder. */
export function copyCodexPackage(from: string, to: string): void {
  for (const part of ["codex-package.json", ...PARTS]) copy(join(from, part), join(to, part));
}

function copy(from: string, to: string): void {
  const about = lstatSync(from);
  refuseUnless(
    about.isFile() || about.isDirectory(),
    `${from} is neither a plain file nor a folder: links are not staged`,
  );
  if (about.isFile()) {
    copyFileSync(from, to);
    chmodSync(to, about.mode & 0o111 ? 0o755 : 0o644);
    return;
  }
  mkdirSync(to, { recursive: true });
  for (const name of readdirSync(from).sort()) copy(join(from, name), join(to, name));
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
