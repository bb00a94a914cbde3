/**
 * The few operations on file paths that the lookup needs, as pure functions of the platform: so that Windows is tested
 * everywhere, and nothing is imported for it.
 *
 * @module
 */

/** Joins parts with the platform's separator; the first may be a root. */
export function joinPath(platform: string, ...parts: readonly string[]): string {
  const separator = platform === "win32" ? "\\" : "/";
  return parts.filter((part) => part !== "").map((part, index) => {
    const trimmed = index === parts.length - 1 ? part : part.replace(/[\\/]+$/, "");
    return platform === "win32" ? trimmed.replaceAll("/", "\\") : trimmed;
  }).join(separator);
}

/** The folder that holds `path`, or `null` at a root. */
export function parentPath(platform: string, path: string): string | null {
  const pattern = platform === "win32" ? /^(.*?)[\\/]+[^\\/]+[\\/]*$/s : /^(.*?)\/+[^/]+\/*$/s;
  const match = pattern.exec(path);
  if (match === null) return null;
  const parent = match[1]!;
  if (platform !== "win32") return parent === "" ? "/" : parent;
  return parent === "" ? "\\" : /^[A-Za-z]:$/.test(parent) ? `${parent}\\` : parent;
}

/** Whether `path` does not depend on the working directory. */
export function isAbsolutePath(platform: string, path: string): boolean {
  return platform === "win32" ? /^([A-Za-z]:[\\/]|[\\/]{2})/.test(path) : path.startsWith("/");
}

/** Whether `command` is a path, rather than a bare name to be looked up on `PATH`. */
export function hasSeparator(platform: string, command: string): boolean {
  return platform === "win32" ? /[\\/]/.test(command) : command.includes("/");
}
