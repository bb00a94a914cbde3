/**
 * The few operations on file paths that the lookup needs, as pure functions of the platform: so that Windows is tested
 * everywhere, and a module that the core imports needs no `node:path`.
 *
 * @module
 */

/** Joins parts with the platform's separator and takes `.` and `..` out. The first part may be a root. */
export function joinPath(platform: string, ...parts: readonly string[]): string {
  const windows = platform === "win32";
  const whole = parts.filter((part) => part !== "").join("/");
  const unified = windows ? whole.replaceAll("\\", "/") : whole;
  // A drive, the start of a network path, or a single slash.
  const root = (windows ? /^(?:[A-Za-z]:\/*|\/\/+|\/)/ : /^\/+/).exec(unified)?.[0] ?? "";
  const kept: string[] = [];
  for (const part of unified.slice(root.length).split("/")) {
    if (part === "..") kept.pop();
    else if (part !== "" && part !== ".") kept.push(part);
  }
  const normalRoot = root.replace(/\/+$/, root.startsWith("//") && windows ? "//" : "/");
  const path = normalRoot + kept.join("/");
  return windows ? path.replaceAll("/", "\\") : path;
}

/** The folder that holds an absolute path, or `null` at a root. */
export function parentPath(platform: string, path: string): string | null {
  const parent = joinPath(platform, path, "..");
  return parent === joinPath(platform, path) ? null : parent;
}

/** Whether `path` does not depend on the working directory. */
export function isAbsolutePath(platform: string, path: string): boolean {
  return platform === "win32" ? /^([A-Za-z]:[\\/]|[\\/]{2})/.test(path) : path.startsWith("/");
}

/** Whether `command` is a path, rather than a bare name to be looked up on `PATH`. */
export function isPath(platform: string, command: string): boolean {
  return platform === "win32" ? /[\\/]/.test(command) : command.includes("/");
}

/** The folders on a `PATH`, in order. Relative ones are left out: they would run what the current folder holds. */
export function pathFolders(platform: string, path: string | undefined): string[] {
  return (path ?? "").split(platform === "win32" ? ";" : ":")
    .map((folder) => platform === "win32" ? folder.replace(/^"(.*)"$/, "$1") : folder)
    .filter((folder) => isAbsolutePath(platform, folder));
}

/** Whether all of a `PATH` is absolute. An empty entry is the working directory. */
export function hasAbsoluteFolders(platform: string, path: string | undefined): boolean {
  const separator = platform === "win32" ? ";" : ":";
  return path !== undefined && pathFolders(platform, path).length === path.split(separator).length;
}

/** The path of a `file:` URL, or `null` if the URL is another one: a module from the network has no path. */
export function filePath(platform: string, url: string | undefined): string | null {
  if (url === undefined || !url.startsWith("file:")) return null;
  const { host, pathname } = new URL(url);
  const path = decodeURIComponent(pathname);
  if (platform !== "win32") return path;
  return joinPath(platform, host === "" ? path.replace(/^\/(?=[A-Za-z]:)/, "") : `//${host}${path}`);
}

/**
 * Why a path can be none of a unix socket, or `null` if it can. Asked before a connection is made: what does not fit, or
 * comes behind a NUL, is left out by some runtimes, and then another socket is connected to.
 */
export function socketPathProblem(platform: string, path: string): string | null {
  if (path.includes("\0")) return "it holds a NUL";
  if (platform === "win32") return null; // A path names a pipe there.
  const room = platform === "linux" || platform === "android" ? 107 : 103;
  const bytes = new TextEncoder().encode(path).length;
  return bytes <= room ? null : `it is ${bytes} bytes long, and that of a socket has at most ${room}`;
}
