import { chmodSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import process from "node:process";
import { findFiles } from "./find_files.ts";
import { ROOT, TOOLS } from "./project.ts";
import { must, run } from "./subprocess.ts";

/**
 * A copy of the checkout where people keep theirs, and where much that is true in one folder is not: below a home
 * folder, with a blank and a letter beyond ASCII in its path, the temporary folder on another file system, files that
 * nobody else may read, and a user who is not root.
 */
export interface Elsewhere extends Disposable {
  readonly root: string;
  /** The temporary folder of those who run there. */
  readonly scratch: string;
  readonly env: Readonly<Record<string, string>>;
  /** What this machine does not offer, each with its reason. */
  readonly missing: readonly string[];
  /** A command as it is run there. */
  as(command: string, args: readonly string[]): { readonly command: string; readonly args: readonly string[] };
}

/** `nobody`, who owns nothing and may do little; only the number counts. */
const NOBODY = "65534";

/** Folders that often lie on another file system than the one for temporary files. */
const OTHER_FOLDERS: readonly string[] = ["/dev/shm", "/run/shm", "/var/tmp", "/tmp", "/mnt", "/Volumes/RAM"];

/** Makes the copy below an empty folder, which becomes that user's; the caller removes it. Windows has no such users and masks: it throws. */
export async function openElsewhere(folder: string): Promise<Elsewhere> {
  if (process.platform === "win32") throw new Error("Windows has no umask and no setpriv");
  const missing: string[] = [];
  const home = join(folder, "home", "some one");
  const root = join(home, "pröjekt");
  mkdirSync(root, { recursive: true });
  await copyCheckout(root);
  const deno = join(home, "deno");
  copyFileSync(TOOLS.deno.command, deno); // where this one lies, another user may not look
  chmodSync(deno, 0o700);

  const other = await otherFileSystem(folder);
  if (other === null) {
    missing.push("TMPDIR on another file system: none was found that may be written and runs programs");
  }
  const scratch = other ?? join(folder, "t");
  mkdirSync(scratch, { recursive: true });

  const asNobody = ["setpriv", `--reuid=${NOBODY}`, `--regid=${NOBODY}`, "--clear-groups"];
  let user: readonly string[] = [];
  if (process.getuid?.() === 0) {
    await must("chown", ["-R", `${NOBODY}:${NOBODY}`, folder, scratch], { timeoutMs: 60_000 });
    const [command = "", ...args] = [...asNobody, deno, "--version"];
    const { code, output } = await run(command, args, { cwd: root, timeoutMs: 30_000, env: { HOME: home } });
    if (code === 0) user = asNobody;
    else missing.push(`a user who is not root: ${output.trim().split("\n").at(-1) ?? ""}`);
  }
  return {
    root,
    scratch,
    missing,
    // Caches of this user's may be closed to that one.
    env: { HOME: home, TMPDIR: scratch, DENO_DIR: join(home, "cache"), npm_config_cache: join(home, "npm") },
    as: (command, args) => ({
      command: "sh",
      args: ["-c", 'umask 077; exec "$@"', "sh", ...user, command === TOOLS.deno.command ? deno : command, ...args],
    }),
    [Symbol.dispose]() {
      if (other !== null) rmSync(other, { recursive: true, force: true });
    },
  };
}

/** The files as they are here, and what is installed, with the rights that a mask of 077 leaves. */
async function copyCheckout(root: string): Promise<void> {
  const files = findFiles(".");
  for (const folder of new Set(files.map((file) => dirname(join(root, file))))) mkdirSync(folder, { recursive: true });
  for (const file of files) copyFileSync(join(ROOT, file), join(root, file));
  await must("cp", ["-RP", join(ROOT, "node_modules"), root], { timeoutMs: 120_000 });
  await must("chmod", ["-R", "go=", root], { timeoutMs: 60_000 });
}

/** A new folder on another file system than this one's; `null` if there is none in which a program can be run. */
async function otherFileSystem(folder: string): Promise<string | null> {
  const here = statSync(folder).dev;
  for (const candidate of OTHER_FOLDERS) {
    if (!existsSync(candidate) || statSync(candidate).dev === here) continue;
    let made: string | null = null;
    try {
      made = mkdtempSync(join(candidate, "leg-"));
      const program = join(made, "program");
      writeFileSync(program, "#!/bin/sh\n", { mode: 0o755 });
      if ((await run(program, [], { timeoutMs: 10_000 })).code === 0) {
        rmSync(program);
        return made;
      }
    } catch {
      // closed, full or read-only: the next one
    }
    if (made !== null) rmSync(made, { recursive: true, force: true });
  }
  return null;
}
