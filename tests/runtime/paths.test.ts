import { assertEquals } from "@std/assert";
import { describe, test } from "node:test";
import {
  filePath,
  hasAbsoluteFolders,
  isAbsolutePath,
  isPath,
  joinPath,
  parentPath,
  pathFolders,
  socketPathProblem,
} from "../../src/runtime/paths.ts";

describe("paths", () => {
  test("joinPath joins and normalizes", () => {
    assertEquals(joinPath("linux", "/", "a", "b/c"), "/a/b/c");
    assertEquals(joinPath("linux", "/a/", "", "..", "b", ".", "c//d/"), "/b/c/d");
    assertEquals(joinPath("linux", "/a", "..", "..", ".."), "/");
    assertEquals(joinPath("linux", "/a\\b", "c"), "/a\\b/c");
    assertEquals(joinPath("win32", "C:\\", "a", "b/c"), "C:\\a\\b\\c");
    assertEquals(joinPath("win32", "C:\\a\\b", "..", "..", ".."), "C:\\");
    assertEquals(joinPath("win32", "\\\\server\\share", "x"), "\\\\server\\share\\x");
  });

  test("parentPath ends at the root", () => {
    const chain = (platform: string, start: string) => {
      const found: string[] = [];
      for (let at: string | null = start; at !== null; at = parentPath(platform, at)) found.push(at);
      return found;
    };
    assertEquals(chain("linux", "/a/b"), ["/a/b", "/a", "/"]);
    assertEquals(chain("win32", "C:\\a\\b"), ["C:\\a\\b", "C:\\a", "C:\\"]);
    assertEquals(chain("win32", "\\\\s\\a"), ["\\\\s\\a", "\\\\s", "\\\\"]);
  });

  test("absolute paths and bare names", () => {
    assertEquals(["/a", "a", "./a", "C:\\a"].map((path) => isAbsolutePath("linux", path)), [true, false, false, false]);
    assertEquals(
      ["C:\\a", "c:/a", "\\\\s\\a", "\\a", "C:a", "a"].map((path) => isAbsolutePath("win32", path)),
      [true, true, true, false, false, false],
    );
    assertEquals(["codex", "./codex", "a\\codex"].map((path) => isPath("linux", path)), [false, true, false]);
    assertEquals(["codex", "./codex", "a\\codex"].map((path) => isPath("win32", path)), [false, true, true]);
  });

  test("the folders of PATH: absolute ones, unquoted on Windows", () => {
    assertEquals(pathFolders("linux", "/a:b::/c d:."), ["/a", "/c d"]);
    assertEquals(pathFolders("win32", `C:\\a;"D:\\b c";.;\\d`), ["C:\\a", "D:\\b c"]);
    assertEquals(pathFolders("linux", undefined), []);
    assertEquals(["/a:/b", "/a:", ":/a", "/a:b", "", "."].map((path) => hasAbsoluteFolders("linux", path)), [
      true,
      false,
      false,
      false,
      false,
      false,
    ]);
  });

  test("the path of a file: URL", () => {
    assertEquals(filePath("linux", "file:///a/b%20c.js"), "/a/b c.js");
    assertEquals(filePath("win32", "file:///C:/a/b%20c.js"), "C:\\a\\b c.js");
    assertEquals(filePath("win32", "file://server/share/a.js"), "\\\\server\\share\\a.js");
    for (const url of ["https://jsr.io/a.ts", "data:text/javascript,1", "", undefined]) {
      assertEquals(filePath("linux", url), null);
    }
  });

  test("[P17] what the path of a unix socket has room for, in bytes; a pipe of Windows has no such bound", () => {
    const fits = (platform: string, path: string) => socketPathProblem(platform, path) === null;
    for (const [platform, room] of [["linux", 107], ["android", 107], ["darwin", 103], ["freebsd", 103]] as const) {
      assertEquals([room, room + 1].map((length) => fits(platform, "/".padEnd(length, "a"))), [true, false]);
      assertEquals([room, room + 1].map((length) => fits(platform, "/".padEnd(length - 1, "a") + "ü")), [false, false]);
      assertEquals(fits(platform, "/".padEnd(room - 2, "a") + "ü"), true);
    }
    assertEquals(fits("win32", `\\\\.\\pipe\\${"a".repeat(200)}`), true);
    for (const platform of ["linux", "darwin", "win32"]) assertEquals(fits(platform, "/run/a\0b"), false);
  });
});
