import { assertEquals, assertStringIncludes } from "@std/assert";
import { describe, test } from "node:test";
import { locateCodex } from "../../src/runtime/locate.ts";
import { fakeRuntime, LINUX_X64, SCRIPT, WINDOWS } from "./fake_machine.ts";
import { find, OPENAI, refused, TRIPLE } from "./finding.ts";

describe("locateCodex: where from", () => {
  test("[P5] from the SDK's own folder upwards, then from the main program's; the working directory counts for nothing", () => {
    const binary = (folder: string) => `${folder}/node_modules/@openai/codex-linux-x64/vendor/${TRIPLE}/bin/codex`;
    const staged = (folder: string) => `${folder}/node_modules/@codex-app-server/runtime-linux-x64/bin/codex`;
    const files = (...paths: string[]) => Object.fromEntries(paths.map((path) => [path, LINUX_X64]));
    const machine = { cwd: "/clone/deep", main: "/opt/tool/bin/tool.js" };
    const moduleUrl = "file:///srv/node_modules/%40codex-app-server/sdk/src/transport/stdio.js";
    const all = [binary("/srv"), staged("/opt"), binary("/opt/tool"), binary("/clone"), staged("/clone/deep")];
    for (let from = 0; from < 3; from++) {
      const expected = [binary("/srv"), binary("/opt/tool"), staged("/opt")];
      // Of one start, the staged package above all folders comes before the other one.
      const found = find({ ...machine, files: files(...all.slice(from)) }, { moduleUrl })[0];
      assertEquals(found, from === 0 ? expected[0] : from === 1 ? staged("/opt") : expected[1]);
    }
    refused({ ...machine, files: files(...all.slice(3)), env: { PATH: ":.:bin" } }, { moduleUrl });
    for (const locateFrom of ["/clone/deep", "file:///clone/deep/x.js", "."]) {
      const options = { moduleUrl, locateFrom };
      assertEquals(find({ ...machine, files: files(...all) }, options)[0], staged("/clone/deep"), locateFrom);
    }
  });

  test("[P5] where there is no main program, the working directory takes its place", () => {
    const files = { [`${OPENAI}/bin/codex`]: LINUX_X64 };
    assertEquals(find({ files, main: null }), [`${OPENAI}/bin/codex`, "@openai/codex"]);
    const served = { files, cwd: "/home/me/app", main: undefined as never };
    refused({ ...served, main: "https" });
  });

  test("[P5] a main program behind a link: where it lies, and where the link is", () => {
    const tool = "/usr/lib/node_modules/tool";
    const beside = `${tool}/node_modules/@openai/codex-linux-x64/vendor/${TRIPLE}/bin/codex`;
    const links = { "/usr/local/bin/tool": { link: `${tool}/cli.js` }, [`${tool}/cli.js`]: SCRIPT };
    assertEquals(find({ main: "/usr/local/bin/tool", files: { ...links, [beside]: LINUX_X64 } })[0], beside);
    const here = `/usr/local/node_modules/@openai/codex-linux-x64/vendor/${TRIPLE}/bin/codex`;
    assertEquals(find({ main: "/usr/local/bin/tool", files: { ...links, [here]: LINUX_X64 } })[0], here);
  });

  test("[P5] CODEX_BIN: absolute or a name on PATH, and never out of a .env that lies in the working directory", () => {
    const files = { "/home/me/app/evil": LINUX_X64, "/usr/bin/codex": LINUX_X64, "/usr/bin/my": LINUX_X64 };
    for (const CODEX_BIN of ["./evil", "evil/../evil", "../app/evil"]) {
      const { message } = refused({ files, env: { PATH: "/usr/bin", CODEX_BIN } });
      assertStringIncludes(message, "relative path");
    }
    const windows = { platform: "win32", cwd: "C:/app", files: { "C:/app/evil.exe": WINDOWS } };
    for (const CODEX_BIN of [".\\evil.exe", "\\app\\evil.exe", "C:evil.exe\\..\\evil.exe"]) {
      assertStringIncludes(refused({ ...windows, env: { CODEX_BIN } }).message, "relative path");
    }
    assertEquals(find({ files, env: { PATH: "/usr/bin", CODEX_BIN: "my" } }), ["/usr/bin/my", "CODEX_BIN"]);
    const hostile = { files, env: { PATH: "/usr/bin", CODEX_BIN: "/usr/bin/my" }, dotEnv: ["CODEX_BIN"] };
    assertStringIncludes(refused(hostile).message, "it comes from /home/me/app/.env");
    assertEquals(find(hostile, { codexBin: "/usr/bin/codex" })[0], "/usr/bin/codex");
    // Of the option `env`, whoever wrote the program vouches for it.
    assertEquals(find(hostile, { env: { CODEX_BIN: "/usr/bin/codex" } }), ["/usr/bin/codex", "CODEX_BIN"]);
  });

  test("[W12] the environment of the server is what counts: its CODEX_BIN, its PATH", () => {
    const files = { "/a/codex": LINUX_X64, "/b/codex": LINUX_X64 };
    const machine = { files, env: { PATH: "/a", CODEX_BIN: "/a/codex" } };
    assertEquals(find(machine, { env: { PATH: "/b" } }), ["/b/codex", "PATH"]);
    assertEquals(find(machine, { env: { PATH: "/a", CODEX_BIN: "/b/codex" } }), ["/b/codex", "CODEX_BIN"]);
    refused(machine, { env: {} });
    refused(machine, { env: { CODEX_BIN: "./codex", PATH: "/a" } });
  });

  test("[W12] Electron: what lies in an archive is started from beside it, or the error says what to do", () => {
    const binary = (archive: string) =>
      `/opt/app/resources/${archive}/node_modules/@openai/codex-linux-x64/vendor/${TRIPLE}/bin/codex`;
    const main = "/opt/app/resources/app.asar/main.js";
    const moduleUrl = "file:///opt/app/resources/app.asar/node_modules/@codex-app-server/sdk/esm/mod.js";
    const [packed, unpacked] = [binary("app.asar"), binary("app.asar.unpacked")];
    // As Electron's fs shows it: what is unpacked is in the archive as well.
    for (const files of [{ [packed]: LINUX_X64, [unpacked]: LINUX_X64 }, { [unpacked]: LINUX_X64 }]) {
      assertEquals(find({ files, main }, { moduleUrl })[0], unpacked);
      assertEquals(find({ files, main })[0], unpacked);
    }
    const tools = { [unpacked]: LINUX_X64, [packed]: LINUX_X64, [`${unpacked}/../../codex-path/rg`]: "" };
    assertEquals(locateCodex(fakeRuntime({ files: tools, main }), {}).command, unpacked);
    const { message } = refused({ files: { [packed]: LINUX_X64 }, main }, { moduleUrl });
    assertStringIncludes(message, "inside an archive of Electron");
    assertStringIncludes(message, "asarUnpack");
    assertEquals(find({ files: { [packed]: LINUX_X64, [unpacked]: LINUX_X64 } }, { codexBin: packed })[0], unpacked);
    assertStringIncludes(refused({ files: { [packed]: LINUX_X64 } }, { codexBin: packed }).message, "asarUnpack");
    const win = (archive: string) =>
      `C:/app/${archive}/node_modules/@openai/codex-win32-x64/vendor/x86_64-pc-windows-msvc/bin/codex.exe`;
    const machine = {
      platform: "win32",
      cwd: "C:/",
      main: "C:/app/app.asar/main.js",
      files: { [win("app.asar.unpacked")]: WINDOWS },
    };
    assertEquals(find(machine)[0], win("app.asar.unpacked").replaceAll("/", "\\"));
  });
});
