import { assertEquals, assertInstanceOf, assertStringIncludes, assertThrows } from "@std/assert";
import { describe, test } from "node:test";
import { StartError } from "../../src/errors.ts";
import { OPENAI_PACKAGE, STAGED_PACKAGE } from "../../src/runtime/codex_package.ts";
import { locateCodex, type LocateOptions } from "../../src/runtime/locate.ts";
import { PLATFORMS, runtimePackage } from "../../scripts/release/platforms.ts";
import { DARWIN, type FakeMachine, fakeRuntime, LINUX_ARM64, LINUX_X64, SCRIPT, WINDOWS } from "./fake_machine.ts";
import { APP, find, MAIN, OPENAI, refused, STAGED, TRIPLE } from "./finding.ts";

describe("locateCodex: the order", () => {
  const files = {
    "/opt/codex": LINUX_X64,
    "/env/codex": LINUX_X64,
    [`${STAGED}/bin/codex`]: LINUX_X64,
    [`${OPENAI}/bin/codex`]: LINUX_X64,
    "/usr/bin/codex": LINUX_X64,
  };
  const env = { CODEX_BIN: "/env/codex", PATH: "/usr/bin" };
  const without = (...paths: string[]) =>
    Object.fromEntries(Object.entries(files).filter(([path]) => !paths.includes(path)));

  test("codexBin, CODEX_BIN, staged package, @openai/codex, PATH", () => {
    assertEquals(find({ files, env }, { codexBin: "/opt/codex" }), ["/opt/codex", "codexBin"]);
    assertEquals(find({ files, env }), ["/env/codex", "CODEX_BIN"]);
    const unset = { ...env, CODEX_BIN: "" };
    assertEquals(find({ files, env: unset }), [`${STAGED}/bin/codex`, "@codex-app-server/runtime"]);
    const third = without(`${STAGED}/bin/codex`);
    assertEquals(find({ files: third, env: unset }), [`${OPENAI}/bin/codex`, "@openai/codex"]);
    const last = without(`${STAGED}/bin/codex`, `${OPENAI}/bin/codex`);
    assertEquals(find({ files: last, env: unset }), ["/usr/bin/codex", "PATH"]);
  });

  test("[L3] a binary that was named and is missing is an error; nothing takes its place", () => {
    const bin = refused({ files, env }, { codexBin: "/no/codex" });
    assertEquals(bin.tried, ["codexBin: /no/codex: there is no such file"]);
    assertStringIncludes(bin.message, "leave codexBin out");
    const variable = refused({ files, env: { ...env, CODEX_BIN: "/no/codex" } });
    assertEquals(variable.tried, ["CODEX_BIN: /no/codex: there is no such file"]);
  });

  test("a relative path starts at the working directory; a bare name is looked up on PATH", () => {
    const machine = { files: { ...files, "/home/me/app/tools/codex": LINUX_X64, "/usr/bin/my-codex": LINUX_X64 }, env };
    assertEquals(find(machine, { codexBin: "./tools/codex" }), ["/home/me/app/tools/codex", "codexBin"]);
    assertEquals(find(machine, { codexBin: "my-codex" }), ["/usr/bin/my-codex", "codexBin"]);
    refused(machine, { codexBin: "other-codex" });
  });

  test("[L3] the error lists every place with its reason, and what to do", () => {
    const error = refused({
      name: "deno",
      files: {
        "/a/codex": { notExecutable: LINUX_X64 },
        "/b/codex": LINUX_ARM64,
        "/c/codex": DARWIN,
        "/d/codex": "a mess",
        "/e/codex": WINDOWS,
      },
      env: { PATH: "/a:/b:/c:/d:/e:/nowhere", HOME: "/home/me" },
    });
    assertEquals(error.tried, [
      "@codex-app-server/runtime: @codex-app-server/runtime-linux-x64 is not in /home/me/app/node_modules or above",
      "@openai/codex: @openai/codex-linux-x64 is not in /home/me/app/node_modules or above",
      "Deno's cache: npm:@openai/codex is not in it",
      "PATH: /a/codex: it is not executable (chmod +x)",
      "PATH: /b/codex: it is a program for linux-arm64, and this is linux-x64",
      "PATH: /c/codex: it is a program for darwin, and this is linux-x64",
      "PATH: /d/codex: it is not a program that linux-x64 can run (unknown format; a script needs a #! line)",
      "PATH: /e/codex: it is a program for win32, and this is linux-x64",
      "PATH: no folder on PATH has a usable codex",
    ]);
    for (const line of error.tried) assertStringIncludes(error.message, line);
    for (const hint of ["npm install @openai/codex", "codexBin", "CODEX_BIN"]) {
      assertStringIncludes(error.message, hint);
    }
  });

  test("a platform without a package still has PATH", () => {
    const machine = { platform: "freebsd", files: { "/bin/codex": SCRIPT }, env: { PATH: "/bin" } };
    assertEquals(find(machine), ["/bin/codex", "PATH"]);
    const { tried } = refused({ platform: "freebsd" });
    assertStringIncludes(tried.join("\n"), "@openai/codex: has no package for freebsd-x64");
  });
});

describe("locateCodex: packages", () => {
  test("the staged package is the one that the release stages", () => {
    assertEquals(STAGED_PACKAGE.name, runtimePackage());
    for (const platform of PLATFORMS) {
      assertEquals(`${STAGED_PACKAGE.name}-${platform.name}`, runtimePackage(platform));
      const [os = "", arch = ""] = platform.name.split("-");
      assertStringIncludes(OPENAI_PACKAGE.binaries(os, arch)[0] ?? "", `vendor/${platform.triple}/bin/codex`);
    }
  });

  test("[R5] a module that has no place on this machine is no place to search from", () => {
    const files = { [`${OPENAI}/bin/codex`]: LINUX_X64 };
    const urls = [
      "https://jsr.io/@codex-app-server/sdk/mod.ts",
      "file:///$bunfs/x/app",
      "data:text/javascript,",
      "",
    ];
    for (const moduleUrl of [...urls, undefined]) {
      assertEquals(find({ files }, { moduleUrl }), [`${OPENAI}/bin/codex`, "@openai/codex"]);
      refused({ files, main: "/elsewhere/main.js" }, { moduleUrl });
    }
  });

  test("[R5] a compiled program searches from its own folder", () => {
    const path = `/opt/tool/node_modules/@openai/codex-linux-x64/vendor/${TRIPLE}/bin/codex`;
    const moduleUrl = "file:///$bunfs/x/tool";
    assertEquals(find({ files: { [path]: LINUX_X64 }, programDir: "/opt/tool/bin" }, { moduleUrl })[0], path);
  });

  test("every package manager's layout", () => {
    const binary = `vendor/${TRIPLE}/bin/codex`;
    const layouts: Record<string, [string, Record<string, string | { link: string }>]> = {
      "npm, nested": [`${APP}/@openai/codex/node_modules/@openai/codex-linux-x64/${binary}`, {
        [`${APP}/@openai/codex/package.json`]: "{}",
      }],
      "pnpm": [`${APP}/.pnpm/@openai+codex@1/node_modules/@openai/codex-linux-x64/${binary}`, {
        [`${APP}/@openai/codex`]: { link: "../.pnpm/@openai+codex@1/node_modules/@openai/codex" },
        [`${APP}/.pnpm/@openai+codex@1/node_modules/@openai/codex/package.json`]: "{}",
      }],
      "Deno, not a direct dependency": [`${APP}/.deno/@openai+codex@1/node_modules/@openai/codex-linux-x64/${binary}`, {
        [`${APP}/.deno/node_modules/@openai/codex`]: { link: "../../@openai+codex@1/node_modules/@openai/codex" },
        [`${APP}/.deno/@openai+codex@1/node_modules/@openai/codex/package.json`]: "{}",
      }],
      "Bun, isolated": [`${APP}/.bun/node_modules/@openai/codex-linux-x64/${binary}`, {}],
      "binary in the package itself": [`${APP}/@openai/codex/${binary}`, {}],
    };
    for (const [path, others] of Object.values(layouts)) {
      assertEquals(find({ files: { [path]: LINUX_X64, ...others } })[0], path);
    }
  });

  test("a package without the package of this platform", () => {
    const files = { [`${APP}/@openai/codex/package.json`]: "{}", [`${APP}/@openai/codex-darwin-x64/x`]: "" };
    const { tried } = refused({ files });
    assertStringIncludes(tried.join("\n"), `@openai/codex: @openai/codex-linux-x64 is not in ${APP} or above`);
  });

  test("[L10] the tools that came along", () => {
    const files = {
      [`${OPENAI}/bin/codex`]: LINUX_X64,
      [`${OPENAI}/codex-path/rg`]: LINUX_X64,
      "/bin/codex": LINUX_X64,
      "/usr/local/bin/codex": { link: `${OPENAI}/bin/codex` },
    };
    const tools = (options: LocateOptions) => locateCodex(fakeRuntime({ main: MAIN, files }), options).pathDir;
    assertEquals(tools({}), `${OPENAI}/codex-path`);
    assertEquals(tools({ codexBin: "/usr/local/bin/codex" }), `${OPENAI}/codex-path`);
    assertEquals(tools({ codexBin: "/bin/codex" }), null);
  });

  test("[V1] the older layout, wherever the package is found, by its launcher too; the present one comes first", () => {
    const old = `${OPENAI}/codex/codex`;
    const launcher = `${APP}/@openai/codex/bin/codex.js`;
    const files = { [old]: LINUX_X64, [`${OPENAI}/path/rg`]: LINUX_X64, [launcher]: SCRIPT };
    for (const codexBin of [undefined, launcher]) {
      const { command, pathDir } = locateCodex(fakeRuntime({ main: MAIN, files }), { codexBin });
      assertEquals([command, pathDir], [old, `${OPENAI}/path`]);
    }
    const inCache = Object.fromEntries(
      ["vendor/X/codex/codex", "vendor/X/path/rg"].map((path) => [
        `/home/me/.cache/deno/npm/registry.example.org/@openai/codex/0.120.0-linux-x64/${path.replace("X", TRIPLE)}`,
        LINUX_X64,
      ]),
    );
    const cached = find({ name: "deno", files: inCache, env: { HOME: "/home/me" } });
    assertStringIncludes(cached[0], `0.120.0-linux-x64/vendor/${TRIPLE}/codex/codex`);
    assertEquals(find({ files: { ...files, [`${OPENAI}/bin/codex`]: LINUX_X64 } })[0], `${OPENAI}/bin/codex`);
    // A folder `path` beside some other program is none of codex's.
    const other = { "/opt/codex/codex": LINUX_X64, "/opt/path/rg": LINUX_X64 };
    assertEquals(locateCodex(fakeRuntime({ files: other }), { codexBin: "/opt/codex/codex" }).pathDir, null);
  });

  test("Deno's cache: the preferred version, else the newest", () => {
    const cache = (version: string) =>
      `/home/me/.cache/deno/npm/registry.example.org/@openai/codex/${version}-linux-x64/vendor/${TRIPLE}/bin/codex`;
    const files = Object.fromEntries(
      ["0.9.0", "0.169.0", "0.170.0-alpha.2", "0.170.0-alpha.10"].map((version) => [cache(version), LINUX_X64]),
    );
    const machine: FakeMachine = { name: "deno", files, env: { HOME: "/home/me" } };
    assertEquals(find(machine, { preferredVersion: "0.169.0" }), [cache("0.169.0"), "Deno's cache"]);
    assertEquals(find(machine)[0], cache("0.170.0-alpha.10"));
    const released = { ...machine, files: { ...files, [cache("0.170.0")]: LINUX_X64 } };
    assertEquals(find(released)[0], cache("0.170.0"));
    const elsewhere = Object.fromEntries(
      Object.entries(files).map(([path, file]) => [path.replace("/home/me/.cache/deno", "/cache"), file]),
    );
    assertStringIncludes(find({ ...machine, files: elsewhere, env: { DENO_DIR: "/cache" } })[0], "/cache/npm/");
    refused({ ...machine, name: "node" });
  });
});

describe("locateCodex: PATH", () => {
  const launcher = "/usr/lib/node_modules/@openai/codex/bin/codex.js";
  const binary = `/usr/lib/node_modules/@openai/codex/node_modules/@openai/codex-linux-x64/vendor/${TRIPLE}/bin/codex`;
  const env = { PATH: "/usr/bin" };

  test("the launcher that npm links to leads to the binary behind it", () => {
    const files = { "/usr/bin/codex": { link: launcher }, [launcher]: SCRIPT, [binary]: LINUX_X64 };
    assertEquals(find({ files, env }), [binary, "PATH"]);
    assertEquals(find({ files, env }, { codexBin: launcher }), [binary, "codexBin"]);
  });

  test("so does the shell script that pnpm writes", () => {
    const shim =
      `#!/bin/sh\nbasedir=$(dirname "$0")\nexec node  "$basedir/../lib/node_modules/@openai/codex/bin/codex.js" "$@"\n`;
    const files = { "/usr/bin/codex": shim, [launcher]: SCRIPT, [binary]: LINUX_X64 };
    assertEquals(find({ files, env }), [binary, "PATH"]);
  });

  test("a launcher without its platform's package is passed over, and said so", () => {
    const files = { "/usr/bin/codex": { link: launcher }, [launcher]: SCRIPT };
    const { tried } = refused({ files, env });
    assertStringIncludes(tried.join("\n"), `it starts ${launcher}, whose platform package @openai/codex-linux-x64`);
    assertEquals(
      find({ files: { ...files, "/opt/codex": LINUX_X64 }, env: { PATH: "/usr/bin:/opt" } }),
      ["/opt/codex", "PATH"],
    );
  });

  test("a script of someone's own is started as it is", () => {
    const files = { "/usr/bin/codex": '#!/bin/bash\nexec /elsewhere/codex "$@"\n' };
    assertEquals(find({ files, env }), ["/usr/bin/codex", "PATH"]);
  });

  test("a program that may be executed but not read is taken at its word", () => {
    assertEquals(find({ files: { "/usr/bin/codex": { notReadable: true } }, env }), ["/usr/bin/codex", "PATH"]);
  });

  test("a working directory that was removed is no obstacle", () => {
    const gone = {
      ...fakeRuntime({ main: null, files: { "/usr/bin/codex": LINUX_X64 }, env }),
      cwd: () => raise("ENOENT"),
    };
    assertEquals(locateCodex(gone).command, "/usr/bin/codex");
  });

  test("relative folders on PATH are not searched", () => {
    refused({ files: { "/home/me/app/bin/codex": LINUX_X64 }, env: { PATH: "bin:.::" } });
  });

  test("[L10] Windows: .exe first, shims lead to the .exe, no shell for the others", () => {
    const npm = "C:/Users/me/AppData/Roaming/npm";
    const exe = `${npm}/node_modules/@openai/codex/node_modules/@openai/codex-win32-x64/vendor/` +
      "x86_64-pc-windows-msvc/bin/codex.exe";
    const native = (path: string) => path.replaceAll("/", "\\");
    const machine = (files: FakeMachine["files"]): FakeMachine => ({
      platform: "win32",
      cwd: "C:/work",
      env: { Path: `"C:\\Program Files\\x";${native(npm)}` },
      files: { [`${npm}/node_modules/@openai/codex/bin/codex.js`]: SCRIPT, ...files },
    });
    const cmd = `@ECHO off\r\n"%_prog%"  "%dp0%\\node_modules\\@openai\\codex\\bin\\codex.js" %*\r\n`;
    const ps1 = `& "$basedir/node$exe"  "$basedir/node_modules/@openai/codex/bin/codex.js" $args`;
    for (const shim of [{ "codex.cmd": cmd }, { "codex.ps1": ps1 }, { "codex.cmd": cmd, "codex.ps1": ps1 }]) {
      const shims = Object.fromEntries(Object.entries(shim).map(([name, text]) => [`${npm}/${name}`, text]));
      assertEquals(find(machine({ [exe]: WINDOWS, ...shims })), [native(exe), "PATH"]);
    }
    assertEquals(
      find(machine({ [`${npm}/codex.exe`]: WINDOWS, [`${npm}/codex.cmd`]: cmd })),
      [native(`${npm}/codex.exe`), "PATH"],
    );
    const { tried } = refused(machine({ [`${npm}/codex.cmd`]: "@echo hello\r\n" }));
    assertStringIncludes(tried.join("\n"), "codex.cmd: it is not a program");
    assertEquals(
      find(machine({ [exe]: WINDOWS, [`${npm}/codex.cmd`]: cmd }), { codexBin: native(`${npm}/codex.cmd`) }),
      [native(exe), "codexBin"],
    );
  });
});

function raise(message: string): never {
  throw new Error(message);
}

describe("locateCodex: permissions of Deno", () => {
  const files = { "/usr/bin/codex": LINUX_X64, "/opt/codex": LINUX_X64 };
  const env = { PATH: "/usr/bin" };

  test("[L11] what may not be looked at is passed over, if the binary is elsewhere", () => {
    assertEquals(find({ files, env, denied: ["/home", "/node_modules"] }), ["/usr/bin/codex", "PATH"]);
  });

  test("[L11] else the error names the permission, and does not say that codex is missing", () => {
    for (const [denied, options] of [[["/usr"], {}], [["/opt"], { codexBin: "/opt/codex" }]] as const) {
      const runtime = fakeRuntime({ files, env, denied });
      const error = assertThrows(() => locateCodex(runtime, options), StartError);
      assertStringIncludes(error.message, "--allow-read");
      assertStringIncludes(error.message, denied[0]);
      assertEquals(/not found|install/i.test(error.message), false);
      assertInstanceOf(error.cause, Error);
    }
  });
});
