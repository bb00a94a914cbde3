import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import process from "node:process";
import { describe, test } from "node:test";
import { locateCodex } from "../../src/runtime/locate.ts";
import { currentRuntime, detectRuntime } from "../../src/runtime/select.ts";
import { makeTempDir } from "../../src/runtime/temp_dir.ts";
import { selfEnv } from "../runtime/self.ts";

const DENO = detectRuntime() === "deno";

interface Outcome {
  readonly exit?: { readonly code: number | null };
  readonly userAgent?: string;
  readonly code?: string;
  readonly message?: string;
}

/** Opens the real server in a Deno program that has these permissions and no others. */
async function under(
  flags: readonly string[],
  options: Record<string, unknown> = {},
  env: Record<string, string> = {},
): Promise<Outcome> {
  const home = await makeTempDir("codex-permissions-");
  try {
    const program = fileURLToPath(new URL("./permission_program.ts", import.meta.url));
    const args = ["run", "--no-check", "--no-prompt", ...flags, program, JSON.stringify(options)];
    const child = spawn(process.execPath, args, {
      env: { ...selfEnv(), CODEX_HOME: home.path, ...env },
      stdio: ["ignore", "pipe", "inherit"],
    });
    let stdout = "";
    child.stdout.setEncoding("utf8").on("data", (chunk: string) => stdout += chunk);
    await new Promise((resolve) => child.on("close", resolve));
    return JSON.parse(stdout);
  } finally {
    await home.remove();
  }
}

function assertStarted({ exit, userAgent, message }: Outcome): void {
  assertEquals([exit?.code, typeof userAgent], [0, "string"], message);
}

describe("Deno's permissions (real)", { skip: !DENO && "they are Deno's" }, () => {
  if (!DENO) return;

  /** The binary, as it is found here. */
  const located = locateCodex(currentRuntime(), { moduleUrl: import.meta.url });

  /** The flags that the documentation recommends, with the binary's path in place of the placeholder. */
  async function documented(heading: string): Promise<string[]> {
    const text = await readFile(fileURLToPath(new URL("../../docs/permissions.md", import.meta.url)), "utf8");
    const section = text.slice(text.indexOf(`## ${heading}`));
    const line = /^deno run (.*) main\.ts$/m.exec(section);
    assert(line !== null, `docs/permissions.md has no command below "${heading}"`);
    const bin = located.command;
    return line[1]!.split(" ").map((flag) => flag.replace("/path/to/codex", bin));
  }

  test("[L11] (real) the documented minimum suffices for a binary that is named", async () => {
    const flags = await documented("A binary that you name");
    assertEquals(flags.map((flag) => flag.replace(/=.*/, "")), ["--allow-run", "--allow-read", "--allow-env"]);
    assertStarted(await under(flags, { codexBin: located.command }));
  });

  test("[L11] (real) the documented minimum suffices for the lookup", async () => {
    const flags = await documented("A binary that is found");
    assertStarted(await under(flags));
  });

  test("[L11] (real) each missing permission is named, with its flag, and nothing is said of the installation", async () => {
    const bin = located.command;
    const run = `--allow-run=${bin}`;
    const read = `--allow-read=${bin}`;
    const env = "--allow-env";
    const cases: [string[], string][] = [
      [[read, env], `--allow-run=${bin}`],
      [[run, env], `--allow-read=${bin}`],
      [[run, read], "--allow-env"],
      [[run, read, "--allow-env=PATH"], "--allow-env"],
      [["--allow-run=sh", read, env], `--allow-run=${bin}`],
    ];
    for (const [flags, named] of cases) {
      const { code, message = "" } = await under(flags, { codexBin: bin });
      assertEquals(code, "START_FAILED");
      assertStringIncludes(message, `Run the program with ${named.replace(/=.*/, "")}`);
      assertStringIncludes(message.replaceAll('"', ""), named); // a path with blanks is quoted
      assertEquals(/not found|install|no such/i.test(message), false, message);
    }
    const { code, message = "" } = await under([run, env]);
    assertEquals(code, "START_FAILED");
    assertStringIncludes(message, "--allow-read");
  });

  test("[L11] (real) a variable that Deno hands to no restricted program is named", async () => {
    const bin = located.command;
    const flags = [`--allow-run=${bin}`, `--allow-read=${bin}`, "--allow-env"];
    const variable = process.platform === "darwin" ? "DYLD_LIBRARY_PATH" : "LD_LIBRARY_PATH";
    const refused = await under(flags, { codexBin: bin }, { [variable]: "/nowhere" });
    assertEquals(refused.code, "START_FAILED");
    assertStringIncludes(refused.message ?? "", `env: { ${variable}: undefined }`);
    const kept = await under(["--allow-run", ...flags.slice(1)], { codexBin: bin }, { [variable]: "/nowhere" });
    assertStarted(kept);
  });
});
