import { assertEquals } from "@std/assert";
import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import process from "node:process";
import { after, describe, test } from "node:test";
import { findProgram } from "../../src/runtime/find_program.ts";

const skip = process.platform === "win32" ? "programs are found in the working directory first" : false;

describe("which program it is", () => {
  // What lies below /dev is judged by nobody, /dev/shm included.
  const temp = realpathSync(tmpdir()).startsWith("/dev/") ? "/tmp" : tmpdir();
  const base = realpathSync(mkdtempSync(join(temp, "codex-sdk-programs-")));
  after(() => rmSync(base, { recursive: true, force: true }));
  const [home, workspace, cwd] = [join(base, "home"), join(base, "workspace"), join(base, "workspace", "sub")];
  for (const folder of [home, cwd, join(workspace, "bin"), join(base, "link")]) mkdirSync(folder, { recursive: true });
  const program = (path: string) => {
    writeFileSync(path, "#!/bin/sh\n");
    chmodSync(path, 0o755);
  };
  program(join(workspace, "bin", "tool"));
  symlinkSync(join(workspace, "bin"), join(base, "to-workspace"));
  symlinkSync(join(workspace, "bin", "tool"), join(base, "link", "tool"));
  // The link itself is the agent's, where it leads to is not.
  symlinkSync("/usr/bin", join(workspace, "usr-bin"));
  symlinkSync(join(workspace, "usr-bin"), join(base, "by-workspace"));

  const system = "/usr/bin:/bin";
  const find = (env: Record<string, string>, more: { cwd?: string; writable?: string[]; name?: string } = {}) =>
    findProgram(more.name ?? "cat", {
      env: (name) => ({ PATH: system, HOME: home, ...env })[name],
      cwd: more.cwd ?? cwd,
      writable: more.writable ?? [workspace],
    });
  const cat = ["/usr/bin/cat", "/bin/cat"].map((path) => {
    try {
      return realpathSync(path);
    } catch {
      return "";
    }
  }).find((path) => path !== "")!;

  test("[P6] the system's own, whatever folders without it stand before", { skip }, () => {
    for (const PATH of [system, `${base}/nowhere:${system}`, `${home}/bin:${system}`, `/usr/share/../bin:/bin`]) {
      assertEquals(find({ PATH }), cat, PATH);
    }
    assertEquals(find({}, { name: "/bin/cat" }), cat);
    assertEquals(find({}, { name: "no-such-program" }), null);
    assertEquals(find({}, { name: "" }), null);
  });

  test("[P6] nothing while PATH has a folder that is relative, empty, or the agent's", { skip }, () => {
    for (
      const entry of [
        ...["", ".", "..", "bin", "./bin", "../bin", "node_modules/.bin", "~/bin", "$HOME/bin", "%PATH%"],
        ...[
          workspace,
          `${workspace}/`,
          `${workspace}/bin`,
          `${workspace}/new/bin`,
          cwd,
          `${cwd}/bin`,
          `/${workspace}/bin`,
        ],
        ...[workspace.toUpperCase() + "/bin", `${workspace}/../workspace/bin`, `${base}/nowhere/../workspace/bin`],
        ...[
          `${base}/to-workspace`,
          `${base}/by-workspace`,
          "/proc/self/cwd",
          join("/proc/self/root", "bin"),
          "/dev/fd/3",
        ],
      ]
    ) {
      for (const PATH of [`${entry}:${system}`, `${system}:${entry}`, `/usr/bin:${entry}:/bin`]) {
        assertEquals(find({ PATH }), null, PATH);
      }
    }
    assertEquals(findProgram("cat", { env: (name) => name === "HOME" ? home : undefined, cwd, writable: [] }), null);
    assertEquals(find({ PATH: "" }), null);
  });

  test(
    "[P6] nothing by a link out of a folder that is fine, nor in a folder that everybody may write to",
    { skip },
    () => {
      assertEquals(find({ PATH: `${base}/link:${system}` }, { name: "tool" }), null);
      const open = join(base, "open");
      mkdirSync(open);
      chmodSync(open, 0o777);
      program(join(open, "cat"));
      assertEquals(find({ PATH: `${open}:${system}` }), null);
      assertEquals(find({ PATH: `${system}:${open}` }), cat);
    },
  );

  test("[P6] nothing while the agent may write what is read before: the home, shells' files, the loader's lists", {
    skip,
  }, () => {
    const mine = join(workspace, "x");
    for (
      const env of [
        { HOME: workspace },
        { HOME: mine },
        { HOME: "home" },
        { CODEX_HOME: mine },
        { ZDOTDIR: mine },
        { BASH_ENV: mine },
        { BASH_ENV: "env.sh" },
        { ENV: mine },
        { LD_LIBRARY_PATH: mine },
        { LD_LIBRARY_PATH: "/usr/lib:" },
        { LD_LIBRARY_PATH: "lib" },
        { LD_LIBRARY_PATH: `/usr/lib;${mine}` },
        { LD_PRELOAD: `/usr/lib/a.so ${mine}` },
        { LD_AUDIT: mine },
        { DYLD_INSERT_LIBRARIES: mine },
        { RIPGREP_CONFIG_PATH: mine },
      ]
    ) assertEquals(find(env as unknown as Record<string, string>), null, JSON.stringify(env));
    assertEquals(find({ CODEX_HOME: `${home}/.codex`, LD_LIBRARY_PATH: "/usr/lib", LD_PRELOAD: "" }), cat);
    for (const file of [".bash_profile", ".zshenv", ".codex"]) {
      symlinkSync(join(workspace, "dotfiles"), join(home, file));
      assertEquals(find({}), null, file);
      rmSync(join(home, file));
    }
    const zsh = join(home, "zsh");
    mkdirSync(zsh);
    assertEquals(find({ ZDOTDIR: zsh }), cat);
    symlinkSync(join(workspace, "dotfiles"), join(zsh, ".zshrc"));
    assertEquals(find({ ZDOTDIR: zsh }), null);
    assertEquals(find({}), cat);
  });

  test(
    "[P6] not what the agent was allowed to write, nor while that is read before; all else as ever",
    { skip },
    () => {
      const changed = (...files: string[]) => ({ writable: [workspace, ...files] });
      assertEquals(find({}, changed(cat)), null);
      assertEquals(find({}, changed(`${dirname(cat)}/another`)), cat);
      assertEquals(find({}, changed(join(home, "notes.md"))), cat);
      for (const file of [".bashrc", ".zshenv", ".codex/config.toml"]) {
        assertEquals(find({}, changed(join(home, file))), null, file);
      }
      const lib = join(base, "lib");
      mkdirSync(lib);
      assertEquals(find({ LD_LIBRARY_PATH: lib }), cat);
      assertEquals(find({ LD_LIBRARY_PATH: lib }, changed(join(lib, "libc.so.6"))), null);
      assertEquals(find({ CODEX_HOME: join(base, "codex") }, changed(join(base, "codex", "config.toml"))), null);
    },
  );

  test("[P6] the runtime's own tools may lie below the project, as long as they are its own", { skip }, () => {
    const tools = join(workspace, "node_modules", "codex", "vendor", "triple", "codex-path");
    const PATH = `${tools}:${system}`;
    assertEquals(find({ PATH }), null, "there is no such folder yet");
    mkdirSync(tools, { recursive: true });
    program(join(tools, "rg"));
    assertEquals(find({ PATH }), cat);
    assertEquals(find({ PATH }, { name: "rg" }), null, "this one the agent may have changed");
    // A script may look for it by `#!/usr/bin/env node`.
    program(join(tools, "node"));
    assertEquals(find({ PATH }), null);
    for (const entry of ["vendor/triple/codex-path", "./vendor/triple/path", `${workspace}/vendor/x/path/..`]) {
      assertEquals(find({ PATH: `${entry}:${system}` }), null, entry);
    }
  });

  test("[P6] nothing where all of the disk is the agent's, or its folders cannot be told", { skip }, () => {
    assertEquals(find({}, { writable: ["/"] }), null);
    assertEquals(find({}, { cwd: "/" }), null);
    assertEquals(find({}, { cwd: "sub" }), null);
    assertEquals(find({}, { cwd: "/proc/self/cwd" }), null);
    assertEquals(find({}, { writable: ["relative"] }), null);
  });
});
