import { Refusal } from "./refusal.ts";

/** A platform that codex is built for, in npm's words. */
export interface Platform {
  /** As in the package's name: `linux-x64`. */
  readonly name: string;
  /** The build target that `codex-package.json` names. */
  readonly triple: string;
  readonly os: string;
  readonly cpu: string;
  /** Linux builds are static, so they run beside either C library. */
  readonly libc?: readonly string[];
}

/** Every platform that has a package. */
export const PLATFORMS: readonly Platform[] = [
  { name: "darwin-arm64", triple: "aarch64-apple-darwin", os: "darwin", cpu: "arm64" },
  { name: "darwin-x64", triple: "x86_64-apple-darwin", os: "darwin", cpu: "x64" },
  { name: "linux-arm64", triple: "aarch64-unknown-linux-musl", os: "linux", cpu: "arm64", libc: ["glibc", "musl"] },
  { name: "linux-x64", triple: "x86_64-unknown-linux-musl", os: "linux", cpu: "x64", libc: ["glibc", "musl"] },
  { name: "win32-arm64", triple: "aarch64-pc-windows-msvc", os: "win32", cpu: "arm64" },
  { name: "win32-x64", triple: "x86_64-pc-windows-msvc", os: "win32", cpu: "x64" },
];

/** The npm package that carries a platform's runtime; without a platform, the one that picks it. */
export function runtimePackage(platform?: Platform): string {
  return platform === undefined ? "@codex-app-server/runtime" : `@codex-app-server/runtime-${platform.name}`;
}

/** Finds a platform by name, refusing unknown ones. */
export function platformNamed(name: string): Platform {
  const found = PLATFORMS.find((platform) => platform.name === name);
  if (found !== undefined) return found;
  throw new Refusal(`--platform ${name} is unknown: choose one of ${PLATFORMS.map(({ name }) => name).join(", ")}`);
}

/** Finds a platform by build target, refusing unknown ones. */
export function platformOf(triple: string): Platform {
  const found = PLATFORMS.find((platform) => platform.triple === triple);
  if (found !== undefined) return found;
  throw new Refusal(`codex-package.json names the target ${triple}, for which there is no runtime package`);
}
