import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import process from "node:process";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { detectRuntime } from "../../src/runtime/select.ts";
import { selfCommand } from "../runtime/self.ts";
import { type ListeningServer, listeningServer } from "./listening_server.ts";

const DENO = detectRuntime() === "deno";

/** Runs the program to its own end and gives what it printed. */
async function run([command, ...args]: readonly [string, ...string[]]): Promise<string> {
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "inherit"] });
  let stdout = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => stdout += chunk);
  const code = await new Promise((resolve) => child.on("close", resolve));
  assertEquals(code, 0, stdout);
  return stdout.trim();
}

describe("a program and a remote server (real)", () => {
  for (const on of ["ws", "unix"] as const) {
    test(`[L7] (real) an idle connection over ${on} does not keep the program alive`, async () => {
      await using server = await listeningServer({ on });
      const said = await run(selfCommand("real/remote_program", server.address, "leave it open"));
      assertStringIncludes(said, "/0.");
    });
  }
});

describe("Deno's permissions for remote servers (real)", { skip: !DENO && "they are Deno's" }, () => {
  if (!DENO) return;

  const program = fileURLToPath(new URL("./remote_program.ts", import.meta.url));

  /** Runs the program with these flags and no others. */
  function under(flags: readonly string[], server: ListeningServer): Promise<string> {
    return run([process.execPath, "run", "--no-check", "--no-prompt", ...flags, program, server.address]);
  }

  /** The flags that the documentation recommends, for the address of this server. */
  async function documented(server: ListeningServer): Promise<string[]> {
    const text = await readFile(fileURLToPath(new URL("../../docs/remote.md", import.meta.url)), "utf8");
    const commands = [...text.matchAll(/^deno run (.*) main\.ts$/gm)].map(([, flags]) => flags!);
    const isPath = server.address.startsWith("/");
    const flags = commands.find((command) => command.includes("unix:") === isPath);
    assert(flags !== undefined, "docs/remote.md has no such command");
    const place = isPath ? server.address : new URL(server.address).host;
    return flags.split(" ").map((flag) => flag.replace(isPath ? "/run/codex.sock" : "127.0.0.1:4500", place));
  }

  for (const on of ["ws", "unix"] as const) {
    test(`[L11] (real) the documented flags suffice over ${on}, and each that is missing is named`, async () => {
      await using server = await listeningServer({ on });
      const flags = await documented(server);
      assertEquals(flags.length, on === "ws" ? 2 : 4);
      assertStringIncludes(await under(flags, server), "/0.");
      for (const missing of flags) {
        const said = await under(flags.filter((flag) => flag !== missing), server);
        assertStringIncludes(said, "START_FAILED");
        assertStringIncludes(said, "Deno did not permit it");
        assertStringIncludes(said.replace(/\\"/g, "").replaceAll(`"`, ""), missing); // a path with blanks is quoted
      }
    });
  }
});
