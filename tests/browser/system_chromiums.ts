import { accessSync, constants, statSync } from "node:fs";
import { delimiter, join } from "node:path";

const NAMES: readonly string[] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"];

const MAC: readonly string[] = [
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
];

/** The Chromiums that are installed, the best first. */
export function systemChromiums(
  env: Readonly<Record<string, string | undefined>> = process.env,
  platform: string = process.platform,
): string[] {
  if (platform === "darwin") return MAC.filter(isProgram);
  if (platform === "win32") {
    const roots = ["PROGRAMFILES", "PROGRAMFILES(X86)", "LOCALAPPDATA"].map((name) => env[name] ?? "").filter(Boolean);
    return roots.map((root) => join(root, "Google/Chrome/Application/chrome.exe")).filter(isProgram);
  }
  const folders = (env["PATH"] ?? "").split(delimiter).filter((folder) => folder.startsWith("/"));
  return NAMES.flatMap((name) => folders.map((folder) => join(folder, name)).filter(isProgram).slice(0, 1));
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
