import { joinPath, parentPath } from "../../src/runtime/paths.ts";
import type { PathInfo, Runtime, RuntimeName } from "../../src/runtime/runtime.ts";

/** A file of an invented machine: what it starts with, or where it links to (relative to its folder, or absolute). */
export type FakeFile = string | { readonly link: string } | { readonly notExecutable: string } | {
  readonly notReadable: true;
};

/** An invented machine. */
export interface FakeMachine {
  readonly name?: RuntimeName;
  readonly platform?: string;
  readonly arch?: string;
  readonly cwd?: string;
  /** The main program's path; `null` in a REPL. Default: one that came over the network. */
  readonly main?: string | null;
  /** Variables that a `.env` file of the working directory has set. */
  readonly dotEnv?: readonly string[];
  /** Of a compiled program: its folder. */
  readonly programDir?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Absolute paths, always with `/`. Links may stand for folders. */
  readonly files?: Readonly<Record<string, FakeFile>>;
  /** Paths below which the runtime may not look. */
  readonly denied?: readonly string[];
}

/** Programs by their first bytes. */
export const LINUX_X64: string = `\x7fELF${"\0".repeat(14)}\x3e\0`;
export const LINUX_ARM64: string = `\x7fELF${"\0".repeat(14)}\xb7\0`;
export const DARWIN: string = "\xcf\xfa\xed\xfe";
export const WINDOWS: string = "MZ";
export const SCRIPT: string = "#!/usr/bin/env node\n";

/** The runtime of an invented machine; it starts nothing. */
export function fakeRuntime(machine: FakeMachine = {}): Runtime {
  const { name = "node", platform = "linux", arch = "x64", cwd = "/home/me/app", env = {}, denied = [] } = machine;
  const files = new Map(Object.entries(machine.files ?? {}));
  const normal = (path: string) => joinPath("linux", path.replaceAll("\\", "/"));
  const native = (path: string) => joinPath(platform, path);

  const permit = (path: string) => {
    if (!denied.some((prefix) => path === prefix || path.startsWith(`${prefix}/`))) return;
    const error = new Error(`Requires read access to "${path}", run again with the --allow-read flag`);
    error.name = "NotCapable";
    throw error;
  };
  /** Follows links in every part of the path. */
  const resolve = (path: string, depth = 0): string => {
    const parent = depth > 20 ? null : parentPath("linux", path);
    if (parent === null) return path;
    const real = joinPath("linux", resolve(parent, depth + 1), path.slice(path.lastIndexOf("/") + 1));
    const file = files.get(real);
    if (typeof file !== "object" || !("link" in file)) return real;
    const target = file.link.startsWith("/") ? file.link : joinPath("linux", parentPath("linux", real)!, file.link);
    return resolve(target, depth + 1);
  };
  const look = (
    path: string,
  ): { readonly kind: PathInfo["kind"]; readonly file?: Exclude<FakeFile, { link: string }> } => {
    const asked = normal(path);
    permit(asked);
    const real = resolve(asked);
    const file = files.get(real);
    if (file !== undefined && !(typeof file === "object" && "link" in file)) return { kind: "file", file };
    return { kind: [...files.keys()].some((other) => other.startsWith(`${real}/`)) ? "directory" : "missing" };
  };

  return {
    name,
    platform,
    arch,
    spawn: () => Promise.reject(new Error("nothing is started here")),
    env: () => ({ ...env }),
    cwd: () => native(cwd),
    main: () => machine.main === null ? null : { paths: machine.main === undefined ? [] : [native(machine.main)] },
    unaskedSource: (variable) => machine.dotEnv?.includes(variable) === true ? native(`${cwd}/.env`) : null,
    programDir: () => machine.programDir === undefined ? null : native(machine.programDir),
    stat(path) {
      const { kind, file } = look(path);
      return { kind, executable: typeof file === "string" || (file !== undefined && "notReadable" in file) };
    },
    realPath(path) {
      permit(normal(path));
      return native(resolve(normal(path)));
    },
    head(path, length) {
      const { file = "" } = look(path);
      if (typeof file === "object" && "notReadable" in file) return null;
      const text = typeof file === "string" ? file : file.notExecutable;
      return Uint8Array.from(text, (char) => char.charCodeAt(0)).subarray(0, length);
    },
    makeFolder() {
      throw new Error("nothing is written to this machine");
    },
    list(path) {
      permit(normal(path));
      const prefix = `${resolve(normal(path))}/`;
      const below = [...files.keys()].filter((other) => other.startsWith(prefix));
      return [...new Set(below.map((other) => other.slice(prefix.length).split("/")[0]!))];
    },
  };
}
