import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { spawn } from "node:child_process";
import { readdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import process from "node:process";
import { describe, test } from "node:test";
import { detectRuntime } from "../../src/runtime/select.ts";
import { makeTempDir } from "../../src/runtime/temp_dir.ts";
import { selfCommand, selfEnv } from "../runtime/self.ts";
import { plantPrograms } from "./hostile_files.ts";

interface Outcome {
  readonly userAgent?: string;
  readonly code?: string;
  readonly message?: string;
  readonly stderrTail?: string;
}

/** A repository that holds a program of its own wherever one might be looked for, and the files that are given. */
async function inClone<T>(
  files: Readonly<Record<string, string>>,
  run: (
    start: (options?: object, env?: Record<string, string | undefined>) => Promise<Outcome>,
    ran: string,
  ) => Promise<T>,
): Promise<T> {
  const folder = await makeTempDir("codex-hostile-");
  try {
    const clone = await folder.folder("clone");
    const home = await folder.folder("home");
    const ran = join(folder.path, "ran");
    await plantPrograms(clone, ran);
    for (const [name, text] of Object.entries(files)) {
      await writeFile(join(clone, name), text.replaceAll("CLONE", clone));
    }
    return await run((options = {}, env = {}) => {
      const [command, ...args] = selfCommand("real/hostile_program", JSON.stringify(options));
      const given = { ...selfEnv(), NODE_ENV: undefined, CODEX_BIN: undefined, CODEX_HOME: home, ...env };
      const child = spawn(command, args, { cwd: clone, env: given, stdio: ["ignore", "pipe", "inherit"] });
      let stdout = "";
      child.stdout.setEncoding("utf8").on("data", (chunk: string) => stdout += chunk);
      return new Promise((resolve) => child.on("close", () => resolve(JSON.parse(stdout))));
    }, ran);
  } finally {
    await folder.remove();
  }
}

async function assertNothingRan(ran: string): Promise<void> {
  assertEquals((await readdir(dirname(ran))).includes("ran"), false, "a program of the repository ran");
}

const BUN = detectRuntime() === "bun";

describe("a repository with programs of its own (real)", () => {
  test("[P5] (real) is not what is started in it, by any of the ways in which one is looked for", async () => {
    await inClone({}, async (start, ran) => {
      const found = await start();
      assert(found.userAgent !== undefined, found.message);
      const PATH = `:.:bin::${process.env["PATH"]}`;
      assert((await start({}, { PATH })).userAgent !== undefined);
      for (const CODEX_BIN of ["./codex", "bin/codex"]) {
        assertStringIncludes((await start({}, { CODEX_BIN })).message ?? "", "relative path");
      }
      const { stderrTail } = await start({ launchArgsOverride: ["bash", "-c", "echo of the system >&2"] }, { PATH });
      assertStringIncludes(stderrTail ?? "", "of the system");
      await assertNothingRan(ran);
      // The programs would have run, had they been asked for.
      await start({ locateFrom: "." });
      assertEquals((await readdir(dirname(ran))).includes("ran"), true);
    });
  });

  test("[P5] (real) nor by a .env, which Bun reads unasked", async () => {
    for (const bin of ["CLONE/codex", "/bin/bash"]) {
      for (const name of [".env", ".env.local"]) {
        await inClone(
          { [name]: `X=1\nexport CODEX_BIN="${bin}"\n`, "app-server": `touch CLONE/../ran` },
          async (start, ran) => {
            const { code, message, userAgent } = await start();
            if (BUN) assertEquals(code, "CODEX_NOT_FOUND");
            else assert(userAgent !== undefined, message);
            if (BUN) assertStringIncludes(message ?? "", `${name}, which is read only because it lies in`);
            await assertNothingRan(ran);
          },
        );
      }
    }
  });

  test("[P5] (real) nor by variables of a .env that make other programs run code", async () => {
    // In bash the second and third together run what the third says; a configuration of git's names programs.
    const names = ["BASH_ENV", "SHELLOPTS", "PS4", "LD_AUDIT", "GIT_SSH_COMMAND", "XDG_CONFIG_HOME", "GCONV_PATH"];
    const hostile = `${names.map((name) => `${name}=CLONE/codex\n`).join("")}HARMLESS=yes\n`;
    await inClone({ ".env": hostile }, async (start, ran) => {
      const { stderrTail = "" } = await start({ launchArgsOverride: ["/bin/sh", "-c", "env >&2"] });
      for (const name of names) {
        assertEquals(new RegExp(`^${name}=.*/clone/codex$`, "m").test(stderrTail), false, name);
      }
      assertEquals(stderrTail.includes("HARMLESS=yes"), BUN, "the others are the program's environment, as ever");
      await assertNothingRan(ran);
    });
    await inClone({ ".env": "CODEX_HOME=CLONE\n" }, async (start) => {
      const { message, userAgent } = await start({}, { CODEX_HOME: undefined });
      if (BUN) assertStringIncludes(message ?? "", "CODEX_HOME comes from");
      else assert(userAgent !== undefined, message);
    });
  });
});
