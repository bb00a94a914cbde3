/**
 * Reads the small scripts that npm, pnpm, yarn and Bun put in place of a package's program.
 *
 * @module
 */

/** Names under which a program may stand on Windows, those that can be started as they are first. */
export function programNames(platform: string, name: string): readonly string[] {
  return platform === "win32" ? [`${name}.exe`, `${name}.cmd`, `${name}.ps1`, name] : [name];
}

/**
 * The script that a shim would hand to Node, relative to the shim's folder (absolute in rare cases), or `null` if the
 * text is no such shim. Understands the `.cmd`, the `.ps1` and the `sh` form.
 */
export function shimTarget(text: string): string | null {
  // "%dp0%\node_modules\...\codex.js", "%~dp0\..\codex.js", "$basedir/../...codex.js"
  const relative = /"(?:%~?dp0%?|\$basedir)[\\/]+([^"%$]+\.[cm]?js)"/i.exec(text)?.[1];
  if (relative !== undefined) return relative;
  return /"((?:[A-Za-z]:)?[\\/][^"%$]+\.[cm]?js)"/.exec(text)?.[1] ?? null;
}
