import { assertEquals } from "@std/assert";
import { chmodSync, existsSync } from "node:fs";
import process from "node:process";
import { describe, test } from "node:test";
import { descendants, processTable, systemPrograms } from "../../src/runtime/kill_tree.ts";
import { makeTempDir } from "../../src/runtime/temp_dir.ts";

describe("descendants", () => {
  test("finds children and theirs, whatever the order of the table", () => {
    const table = new Map([[40, 30], [30, 20], [20, 10], [21, 10], [99, 1], [10, 1]]);
    assertEquals(descendants(10, table).sort(), [20, 21, 30, 40]);
    assertEquals(descendants(99, table), []);
    assertEquals(descendants(7, new Map()), []);
  });

  test("a process that is its own parent, or a loop of reused numbers, does not stop it", () => {
    assertEquals(descendants(0, new Map([[0, 0], [1, 0]])), [1]);
    assertEquals(descendants(1, new Map([[1, 2], [2, 1]])), [2]);
  });
});

describe("systemPrograms", () => {
  test("[P14] are named by absolute paths, or not at all", () => {
    assertEquals(systemPrograms("linux", "ps", undefined), ["/bin/ps", "/usr/bin/ps"]);
    assertEquals(systemPrograms("darwin", "ps", "C:\\Windows"), ["/bin/ps", "/usr/bin/ps"]);
    assertEquals(systemPrograms("win32", "taskkill.exe", "C:\\Windows"), ["C:\\Windows\\System32\\taskkill.exe"]);
    for (const root of [undefined, "", ".", "Windows", "\\Windows", "C:Windows"]) {
      assertEquals(systemPrograms("win32", "taskkill.exe", root), []);
    }
  });

  test("[P14] the one that comes first on PATH is not run", { skip: process.platform === "win32" }, async () => {
    const folder = await makeTempDir("codex-ps-");
    const before = process.env["PATH"];
    try {
      const ps = await folder.write("ps", `#!/bin/sh\ntouch ${folder.path}/ran\nexec /bin/ps "$@"\n`);
      chmodSync(ps, 0o755);
      process.env["PATH"] = `${folder.path}:${before}`;
      processTable("other"); // as where there is no /proc
      assertEquals(existsSync(`${folder.path}/ran`), false);
    } finally {
      process.env["PATH"] = before;
      await folder.remove();
    }
  });
});

describe("processTable", () => {
  test("knows this process and its parent", { skip: process.platform === "win32" }, () => {
    if (process.platform === "win32") return;
    assertEquals(processTable().get(process.pid), process.ppid);
  });
});
