import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { ROOT, TOOLS } from "./project.ts";
import type { Piece } from "./terminal_picture.ts";

/** The picture of the README. */
export const QUICKSTART_PICTURE = "docs/quickstart.svg";

/** What is typed for it. */
export const QUICKSTART_COMMAND = "npx -y deno@2.9.6 task quickstart";

/**
 * Runs the quickstart as it runs for who has no login, and notes what it prints when.
 *
 * @throws {Error} If it fails.
 */
export async function recordQuickstart(): Promise<Piece[]> {
  const { command, args } = TOOLS.deno;
  const home = mkdtempSync(join(tmpdir(), "codex-recording-"));
  const { OPENAI_API_KEY: _key, CODEX_DEMO_MODEL: _model, ...env } = process.env;
  const started = performance.now();
  const child = spawn(command, [...args, "run", "--no-check", "-A", join(ROOT, "examples/quickstart.ts")], {
    env: { ...env, CODEX_HOME: home, NO_COLOR: "1" }, // as where nobody has logged in
    stdio: ["ignore", "pipe", "inherit"],
  });
  const pieces: Piece[] = [];
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    const at = Math.round(performance.now() - started);
    const last = pieces.at(-1);
    // What comes within a frame is one piece.
    if (last !== undefined && at - last.at < 17) pieces[pieces.length - 1] = { at: last.at, text: last.text + text };
    else pieces.push({ at, text });
  });
  const [code] = await once(child, "close");
  rmSync(home, { recursive: true, force: true });
  if (code !== 0) throw new Error(`The quickstart ended with ${code}`);
  return pieces;
}
