import { assertEquals } from "@std/assert";
import { describe, test } from "node:test";
import { bunMain, denoMain, nodeMain } from "../../src/runtime/main_program.ts";
import { joinPath } from "../../src/runtime/paths.ts";
import { currentRuntime } from "../../src/runtime/select.ts";

const join = (...parts: string[]) => joinPath("linux", ...parts);

describe("[P5] the main program", () => {
  test("of Deno: a file, a module of the network, or none", () => {
    const main = (url: string) => denoMain("linux", () => url)?.paths;
    assertEquals(main("file:///srv/a%20b/main.ts"), ["/srv/a b/main.ts"]);
    for (const url of ["https://example.org/main.ts", "jsr:@x/tool", "data:text/javascript,"]) {
      assertEquals(main(url), []);
    }
    for (const name of ["eval.mts", "repl.mts", "stdin.mts", "jupyter.mts", "test.mjs", "eval.ts"]) {
      assertEquals(main(`file:///clone/$deno$${name}`), undefined);
    }
    const denied = () => {
      throw Object.assign(new Error("Requires read access"), { name: "NotCapable" });
    };
    assertEquals(denoMain("linux", denied), { paths: [] });
  });

  test("of Bun: a file, or none", () => {
    assertEquals(bunMain("/srv/main.ts")?.paths, ["/srv/main.ts"]);
    assertEquals(bunMain("/srv/[slug].ts")?.paths, ["/srv/[slug].ts"]);
    for (const main of ["/clone/[eval]", "/clone/[stdin]", "C:\\clone\\[eval]", "", undefined]) {
      assertEquals(bunMain(main), null);
    }
  });

  test("of Node: the script, and never an argument in its place", () => {
    const main = (argv: string[], execArgv: string[] = [], more: object = {}) =>
      nodeMain({ argv: ["/usr/bin/node", ...argv], execArgv, versions: {}, ...more }, join)?.paths;
    assertEquals(main(["/srv/main.js", "/clone/x"]), ["/srv/main.js"]);
    for (const flag of ["-e", "--eval", "-p", "-pe", "--print", "--eval=1"]) {
      assertEquals(main(["/clone/x"], [flag, "1"]), undefined);
    }
    assertEquals(main([]), undefined);
    assertEquals(main(["-", "/clone/x"]), undefined);
    // What a user opens with a packaged program of Electron stands where the script would.
    const electron = { versions: { electron: "33.0.0" }, resourcesPath: "/opt/app/resources" };
    const packed = ["/opt/app/resources/app.asar/main.js", "/opt/app/resources/app/main.js"];
    assertEquals(main(["/clone/document"], [], electron), packed);
    assertEquals(main(["/clone/document"], [], { versions: { electron: "33.0.0" } }), []);
  });

  test("of this very runtime: these tests are one", () => {
    const [path] = currentRuntime().main()?.paths ?? [];
    assertEquals(typeof path, "string");
    assertEquals(/^(?:\/|[A-Za-z]:\\)/.test(path!), true, path);
  });
});
