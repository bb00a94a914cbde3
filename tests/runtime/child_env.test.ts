import { assertEquals } from "@std/assert";
import { describe, test } from "node:test";
import { childEnv, getEnv } from "../../src/runtime/child_env.ts";

describe("childEnv", () => {
  test("merges over the host's environment; undefined removes a name", () => {
    const host = { A: "1", B: "2", C: "3" };
    assertEquals(childEnv("linux", host, { B: "x", C: undefined, D: "4", E: undefined }), { A: "1", B: "x", D: "4" });
    assertEquals(host, { A: "1", B: "2", C: "3" });
  });

  test("[L10] the tool folder comes first on PATH, once", () => {
    const path = (value: string) => childEnv("linux", { PATH: value }, {}, "/tools")["PATH"];
    assertEquals(path("/usr/bin:/bin"), "/tools:/usr/bin:/bin");
    assertEquals(path("/usr/bin:/tools:/bin:/tools"), "/tools:/usr/bin:/bin");
    assertEquals(path("/tools"), "/tools");
    assertEquals(childEnv("linux", {}, {}, "/tools"), { PATH: "/tools" });
    assertEquals(childEnv("linux", { PATH: "/bin" }, {}, null), { PATH: "/bin" });
  });

  test("[L10] the user's own PATH is what the tool folder is put in front of", () => {
    assertEquals(childEnv("linux", { PATH: "/bin" }, { PATH: "/mine" }, "/tools"), { PATH: "/tools:/mine" });
    assertEquals(childEnv("linux", { PATH: "/bin" }, { PATH: undefined }, "/tools"), { PATH: "/tools" });
  });

  test("an empty part of PATH means the working directory, and is kept as it is", () => {
    assertEquals(childEnv("linux", { PATH: "/bin::/usr/bin:" }, {}, "/tools"), { PATH: "/tools:/bin::/usr/bin:" });
  });

  test("[L10] Windows keeps its spelling, and one spelling alone remains", () => {
    const env = childEnv("win32", { Path: "C:\\Windows", SystemRoot: "C:\\Windows" }, {}, "C:\\codex-path");
    assertEquals(env, { Path: "C:\\codex-path;C:\\Windows", SystemRoot: "C:\\Windows" });
    assertEquals(childEnv("win32", { Path: "a", PATH: "b" }, {}, "t"), { Path: "t;b" });
    assertEquals(childEnv("win32", { Path: "a" }, { PATH: "b" }, "t"), { Path: "t;b" });
    assertEquals(childEnv("win32", { Path: "a" }, { path: undefined }), {});
  });

  test("[L10] on Windows a folder is the same folder in another case", () => {
    assertEquals(childEnv("win32", { Path: "C:\\A;c:\\tools;C:\\B" }, {}, "C:\\Tools"), {
      Path: "C:\\Tools;C:\\A;C:\\B",
    });
  });

  test("elsewhere Path and PATH are two names", () => {
    assertEquals(childEnv("linux", { Path: "a", PATH: "b" }, {}, "t"), { Path: "a", PATH: "t:b" });
    assertEquals(getEnv("linux", { path: "a" }, "PATH"), undefined);
    assertEquals(getEnv("win32", { path: "a" }, "PATH"), "a");
  });
});
