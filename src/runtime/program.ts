import { unpackedPath } from "./asar.ts";
import { binariesOf, OPENAI_PACKAGE } from "./codex_package.ts";
import { executableKind, whyNotRunnable } from "./executable_kind.ts";
import { isAbsolutePath, joinPath, parentPath } from "./paths.ts";
import type { Runtime } from "./runtime.ts";
import { shimTarget } from "./shim.ts";

/** A program that can be started, or why there is none. */
export type Program = { readonly command: string } | { readonly problem: string; readonly missing?: boolean };

/** A shim is a few hundred bytes; a launcher's first lines are all that is looked at. */
const HEAD_BYTES = 8192;

/**
 * Says what to start for `path`: the file itself if it is a program of this platform, the binary behind it if it is
 * the launcher of `@openai/codex` or a package manager's shim of that.
 */
export function resolveProgram(runtime: Runtime, path: string): Program {
  const unpacked = unpackedPath(runtime.platform, path);
  if (unpacked !== null) return resolveUnpacked(runtime, path, unpacked);
  const { kind, executable } = runtime.stat(path);
  if (kind === "missing") return { problem: "there is no such file", missing: true };
  if (kind === "directory") return { problem: "this is a folder, not a program" };
  if (kind === "other") return { problem: "this is a pipe, a socket or a device, not a program" };
  const head = runtime.head(path, HEAD_BYTES);
  const launcher = head === null ? null : launcherBehind(runtime, path, head);
  if (launcher !== null) return platformBinary(runtime, launcher);
  if (!executable) return { problem: "it is not executable (chmod +x)" };
  // A program may well be closed to reading and open to execution.
  const problem = head === null ? null : whyNotRunnable(executableKind(head), runtime.platform, runtime.arch);
  return problem === null ? { command: path } : { problem };
}

/** What lies in an archive cannot be started, but what Electron's packagers leave beside it can. */
function resolveUnpacked(runtime: Runtime, path: string, unpacked: string): Program {
  if (runtime.stat(unpacked).kind !== "missing") return resolveProgram(runtime, unpacked);
  return {
    problem:
      `it lies inside an archive of Electron, out of which nothing can be started. Leave @openai/codex unpacked ` +
      `(asarUnpack), so that it is at ${unpacked}`,
    missing: runtime.stat(path).kind === "missing",
  };
}

/** The `codex.js` that `path` is, links to, or is a shim of; `null` if it is none of these. */
function launcherBehind(runtime: Runtime, path: string, head: Uint8Array): string | null {
  const { platform } = runtime;
  if (isProgram(head)) return null;
  const real = runtime.realPath(path);
  if (isLauncher(real)) return real;
  const target = shimTarget(new TextDecoder().decode(head));
  if (target === null || !isLauncher(target)) return null;
  return isAbsolutePath(platform, target) ? target : joinPath(platform, parentPath(platform, real) ?? "", target);
}

function isProgram(head: Uint8Array): boolean {
  const kind = executableKind(head);
  return kind !== "script" && kind !== "unknown";
}

function isLauncher(path: string): boolean {
  return /[\\/]@openai[\\/]codex[\\/]bin[\\/]codex\.js$/.test(path);
}

/** The binary that the launcher would start itself, with Node and one more process in between. */
function platformBinary(runtime: Runtime, launcher: string): Program {
  const { platform, arch } = runtime;
  const root = joinPath(platform, launcher, "..", "..");
  if (runtime.stat(root).kind === "directory") {
    for (const path of binariesOf(runtime, root, OPENAI_PACKAGE)) {
      if (runtime.stat(path).kind === "file") return resolveProgram(runtime, path);
    }
  }
  return {
    problem: `it starts ${launcher}, whose platform package @openai/codex-${platform}-${arch} is not installed ` +
      "(were optional dependencies left out?)",
  };
}
