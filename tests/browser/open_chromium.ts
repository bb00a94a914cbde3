/**
 * A Chromium for tests that look at a page as a person does. These tests lie in this folder, whose packages are its own:
 *
 *     deno task test:browser
 *
 * @module
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Browser, chromium } from "playwright-core";
import { packagedChromium } from "./packaged_chromium.ts";
import { systemChromiums } from "./system_chromiums.ts";

/** A browser's program, and what it needs in its environment. */
interface Program {
  readonly path: string;
  readonly env: Readonly<Record<string, string>>;
}

/**
 * Opens a headless Chromium: the one that `CHROME_PATH` names, else one of the system's, else the one that comes from npm.
 * It runs as root too, leaves no profile behind, and ends when it is disposed, `await using browser = ...`.
 *
 * @throws {Error} If none starts; it says what was tried.
 */
export async function openChromium(): Promise<Browser> {
  const { path, env } = await findChromium();
  const inherited = Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined);
  // Chromium leaves files in the temporary folder: so that is one of its own.
  const temp = mkdtempSync(join(tmpdir(), "chromium-"));
  const remove = () => rmSync(temp, { recursive: true, force: true });
  const browser = await chromium.launch({
    executablePath: path,
    env: { ...Object.fromEntries(inherited), ...env, TMPDIR: temp },
    // Letters look the same on every screen; a container's /dev/shm is often too small for a page.
    args: ["--font-render-hinting=none", "--disable-dev-shm-usage", "--disable-gpu"],
  }).catch((error) => {
    remove();
    throw error;
  });
  const close = browser.close.bind(browser);
  browser.close = (options) => close(options).finally(remove);
  return browser;
}

async function findChromium(): Promise<Program> {
  const tried: string[] = [];
  const starts = (program: Program, name = program.path) => {
    const reason = whyNot(program);
    if (reason !== null) tried.push(`${name}: ${reason}`);
    return reason === null;
  };
  const named = process.env["CHROME_PATH"];
  for (const path of named ? [named] : systemChromiums()) {
    const program = { path, env: {} };
    if (starts(program, named && `CHROME_PATH, ${named}`)) return program;
  }
  if (!named) {
    try {
      const packaged = await packagedChromium();
      if (starts(packaged)) return packaged;
      const complete = { path: packaged.path, env: await packaged.withLibraries() };
      if (starts(complete, `${packaged.path} with the libraries beside it`)) return complete;
    } catch (error) {
      tried.push(`@sparticuz/chromium: ${error instanceof Error ? error.message : error}`);
    }
  }
  throw new Error(
    "Cannot open a Chromium. Install one (chromium or google-chrome), or name one by CHROME_PATH. Tried:\n" +
      tried.map((line) => `  ${line}`).join("\n"),
  );
}

/**
 * Why a browser does not start; `null` if it does. Some distributions put a script there that says how to install it, and
 * a machine can lack a library. Asked before it is launched, for a launch that fails leaves a profile behind.
 */
function whyNot({ path, env }: Program): string | null {
  if (process.platform === "win32") return null; // it would open a window
  const { status, error, stderr } = spawnSync(path, ["--version"], {
    env: { ...process.env, ...env },
    encoding: "utf8",
    timeout: 30_000,
  });
  if (status === 0) return null;
  return error?.message ?? (stderr.trim().split("\n").at(-1) || `it ended with ${status}`);
}
