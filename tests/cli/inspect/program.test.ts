import { main } from "@codex-app-server/sdk/cli";
import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import process from "node:process";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { fakeIo } from "../fake_io.ts";
import { shimFolder } from "../../../src/cli/inspect/proxy/shim_folder.ts";

const here = (name: string) => fileURLToPath(new URL(name, import.meta.url));

/** How this runtime runs a file. */
const RUN = "Deno" in globalThis ? [process.execPath, "run", "-A", "--no-config"] : [process.execPath];

/** The program: that of the package on Node, which runs no TypeScript. */
function program(): string[] {
  if ("Deno" in globalThis) return [process.execPath, "run", "-A", "--no-check", here("../../../src/cli/main.ts")];
  if ("Bun" in globalThis) return [process.execPath, here("../../../src/cli/main.ts")];
  const manifest = createRequire(import.meta.url).resolve("@codex-app-server/sdk/package.json");
  return [process.execPath, join(dirname(manifest), "src/cli/main.js")];
}

describe("inspect as a program", { skip: process.platform === "win32" && "the shim is for Linux and macOS" }, () => {
  test("[C3] the client's stdout is its own, signals are its affair, and its exit code is the program's", async () => {
    const temp = await mkdtemp(join(tmpdir(), "inspect-program-"));
    try {
      for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
        const file = join(temp, `${signal}.json`);
        const [command = "", ...args] = [...program(), "inspect", "--", ...RUN, here("client.mjs"), file, signal, "3"];
        const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"] });
        let [out, err] = ["", ""];
        child.stdout.setEncoding("utf8").on("data", (text: string) => out += text);
        child.stderr.setEncoding("utf8").on("data", (text: string) => err += text);
        const closed = once(child, "close");
        for (const expected of ["ready\n", "ready\n1\n", "ready\n1\n2\n"]) {
          while (out !== expected) {
            await Promise.race([
              once(child.stdout, "data"),
              closed.then(() => Promise.reject(err)),
            ]);
          }
          process.kill(child.pid!, signal);
        }
        assertEquals(await closed, [9, null], err);
        assertEquals(out, "ready\n1\n2\n3\n");
        assertMatch(err, /^inspect: http:\/\/127\.0\.0\.1:\d+\/[\w-]+\/\ninspect: before \/.+\n$/);
        assertEquals(existsSync(dirname(JSON.parse(readFileSync(file, "utf8")).codex)), false, "the shim is gone");
      }
    } finally {
      await rm(temp, { recursive: true });
    }
  });

  test("[C3] nothing stays when the terminal is closed, nor when Ctrl-C is pressed twice", async () => {
    const temp = await mkdtemp(join(tmpdir(), "inspect-hangup-"));
    try {
      for (const signals of [["SIGHUP"], ["SIGINT", "SIGINT"]] as const) {
        const [command = "", ...args] = [...program(), "inspect", "--wait", "--codex", process.execPath];
        const env = { ...process.env, TMPDIR: temp };
        const child = spawn(command, args, { stdio: ["ignore", "ignore", "pipe"], env });
        let err = "";
        child.stderr.setEncoding("utf8").on("data", (text: string) => err += text);
        const closed = once(child, "close");
        while (!err.includes("as the client's codex")) {
          await Promise.race([once(child.stderr, "data"), closed.then(() => Promise.reject(err))]);
        }
        for (const signal of signals) process.kill(child.pid!, signal);
        assertEquals(await closed, [0, null], err);
        assertEquals(readdirSync(temp), []);
      }
    } finally {
      await rm(temp, { recursive: true });
    }
  });

  test("[C3] a client is not started when it was ended before", async () => {
    const { io } = fakeIo({ env: { PATH: process.env["PATH"] ?? "" }, cwd: tmpdir(), signal: AbortSignal.abort() });
    const client = ["--", process.execPath, here("no_such_client.mjs")];
    assertEquals(await main(["inspect", "--codex", process.execPath, ...client], io), 130);
  });

  test("[C3] where no program may lie among temporary files, it lies elsewhere; or it is said what to do", async () => {
    const temp = await mkdtemp(join(tmpdir(), "inspect-places-"));
    try {
      const file = join(temp, "file");
      await writeFile(file, "");
      const config = { port: 1, token: "x", codex: "/bin/true", replays: false };
      const replaced = { codexBin: undefined, pathDir: null };
      const folder = await shimFolder(config, replaced, [file, join(temp, "new", "folder")]);
      assertEquals(dirname(dirname(folder.program)), join(temp, "new", "folder"));
      await folder.remove();
      await assertRejects(() => shimFolder(config, replaced, [file, join(file, "x")]), Error, "Set TMPDIR");
    } finally {
      await rm(temp, { recursive: true });
    }
  });
});
