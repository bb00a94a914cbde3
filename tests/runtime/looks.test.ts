import { assert, assertEquals } from "@std/assert";
import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import process from "node:process";
import { nodeRuntime } from "../../src/runtime/node.ts";
import { resolveProgram } from "../../src/runtime/program.ts";
import type { Runtime } from "../../src/runtime/runtime.ts";
import { currentRuntime } from "../../src/runtime/select.ts";

const POSIX = process.platform !== "win32";

function looksContract(name: string, runtime: Runtime): void {
  describe(`looks by ${name}`, () => {
    test("what is at a path", { skip: !POSIX && "Windows has no such modes" }, () => {
      withFolder((folder) => {
        const at = (file: string) => join(folder, file);
        writeFileSync(at("program"), "#!/bin/sh\n");
        chmodSync(at("program"), 0o755);
        writeFileSync(at("text"), "words");
        chmodSync(at("text"), 0o644);
        symlinkSync("program", at("link"));
        symlinkSync("circle", at("circle"));
        assertEquals(runtime.stat(at("program")), { kind: "file", executable: true });
        assertEquals(runtime.stat(at("text")), { kind: "file", executable: false });
        assertEquals(runtime.stat(at("link")), { kind: "file", executable: true });
        assertEquals(runtime.stat(folder).kind, "directory");
        for (const file of ["nothing", "circle", "text/below"]) {
          assertEquals(runtime.stat(at(file)), { kind: "missing", executable: false });
        }
        assertEquals(runtime.realPath(at("link")), at("program"));
        assertEquals(runtime.realPath(at("nothing")), at("nothing"));
        assertEquals(runtime.list(folder).toSorted(), ["circle", "link", "program", "text"]);
        assertEquals(runtime.list(at("nothing")), []);
      });
    });

    test("the first bytes of a file; null where there are none to be had", () => {
      withFolder((folder) => {
        const file = join(folder, "text");
        writeFileSync(file, "words");
        assertEquals(runtime.head(file, 3), new TextEncoder().encode("wor"));
        assertEquals(runtime.head(file, 100), new TextEncoder().encode("words"));
        assertEquals(runtime.head(join(folder, "nothing"), 3), null);
        assertEquals(runtime.head(folder, 3), null);
      });
    });

    test("a named pipe is not read: nobody may ever write to it", { skip: !POSIX && "there are none" }, () => {
      withFolder((folder) => {
        const pipe = join(folder, "pipe");
        assertEquals(spawnSync("mkfifo", ["-m", "755", pipe]).status, 0);
        assertEquals(runtime.stat(pipe).kind, "other");
        const program = resolveProgram(runtime, pipe);
        assert("problem" in program && /pipe/.test(program.problem), JSON.stringify(program));
      });
    });
  });
}

function withFolder(act: (folder: string) => void): void {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "codex-looks-")));
  try {
    act(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

looksContract("node:fs", nodeRuntime());
const runtime = currentRuntime();
if (runtime.name === "deno") looksContract("Deno", runtime);
