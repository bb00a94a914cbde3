/**
 * The archive of a packaged Electron program. Electron's `fs` shows it as a folder, and what lies unpacked beside it as if
 * it were in there; to start a program it knows neither.
 *
 * @module
 */

/** The folder's own path, and that of what lies unpacked beside the archive that it is in. */
export function withUnpacked(platform: string, folder: string): string[] {
  const unpacked = unpackedPath(platform, folder);
  return unpacked === null ? [folder] : [folder, unpacked];
}

/** The path of what lies unpacked beside an archive; `null` if `path` leads into none. */
export function unpackedPath(platform: string, path: string): string | null {
  const archive = platform === "win32" ? /\.asar(?=[\\/]|$)/i : /\.asar(?=\/|$)/;
  return archive.test(path) ? path.replace(archive, ".asar.unpacked") : null;
}
