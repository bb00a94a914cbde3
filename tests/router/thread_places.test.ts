import { assertEquals } from "@std/assert";
import { linkSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { grantedBy } from "../../src/router/granted.ts";
import { ThreadPlaces } from "../../src/router/thread_places.ts";

const server = { env: (name: string) => ({ TMPDIR: "/private/tmp", PATH: "/bin" })[name] };
const readOnly = { type: "readOnly", networkAccess: false };
const open = (more: object = {}) => ({
  type: "workspaceWrite",
  writableRoots: [],
  networkAccess: false,
  excludeTmpdirEnvVar: true,
  excludeSlashTmp: true,
  ...more,
});

const grantedFolders = (method: string, params: unknown, result?: unknown) =>
  grantedBy({ method, params, result }, true).folders;

function places(maxBytes = 1_000_000): ThreadPlaces {
  const all = new ThreadPlaces(maxBytes);
  all.told({ thread: { id: "t", cwd: "/a", environments: [] }, cwd: "/a", sandbox: readOnly });
  return all;
}

describe("where threads work", () => {
  test("[P6] all that the sandbox has let it write to, by whatever names it, is remembered", () => {
    const all = places();
    assertEquals(all.local("t", server)?.writable, ["/a"]);
    all.asked({ threadId: "t", cwd: "/b", sandboxPolicy: open({ writableRoots: ["/c"] }) });
    all.told({ threadId: "t", threadSettings: { cwd: "/d", sandboxPolicy: readOnly } });
    all.told({ thread: { id: "t" }, runtimeWorkspaceRoots: ["/e"] });
    assertEquals(all.local("t", server)?.writable, ["/a", "/b", "/c", "/d", "/e"]);
    assertEquals(all.local("t", server)?.env("PATH"), "/bin");
  });

  test("[P6] what an answer has opened counts for all that have the same thread at the top", () => {
    const all = places();
    for (const [id, parentThreadId] of [["child", "t"], ["other", "t"], ["stranger", null]] as const) {
      all.told({ thread: { id, parentThreadId, cwd: "/a", environments: [] }, sandbox: readOnly });
    }
    all.granted("child", { folders: ["/opened"], files: ["/bin/changed"] });
    for (const id of ["t", "child", "other"]) {
      assertEquals(all.local(id, server)?.writable, ["/a", "/opened", "/bin/changed"], id);
    }
    assertEquals(all.local("stranger", server)?.writable, ["/a"]);
    all.granted("unknown", { folders: ["/opened"], files: [] });
    assertEquals(all.local("unknown", server), null);
  });

  test("[P6] an answer opens what it grants, and all that is not understood", () => {
    const permissions = "item/permissions/requestApproval";
    const path = { type: "path", path: "/w" };
    const opens = (fileSystem: unknown) => grantedFolders(permissions, {}, { permissions: { fileSystem } });
    assertEquals(opens(null), []);
    assertEquals(opens({ read: ["/r"], write: ["/w", "/v"] }), ["/w", "/v"]);
    assertEquals(opens({ entries: [{ access: "read", path }, { access: "deny", path }] }), []);
    assertEquals(opens({ entries: [{ access: "write", path }, { access: "new", path }] }), ["/w", "/w"]);
    const odd = [{ type: "glob_pattern", pattern: "/x/*" }, { type: "special", value: { kind: "root" } }, null, {}];
    for (const path of odd) assertEquals(opens({ entries: [{ access: "write", path }] }), ["/"]);
    assertEquals(opens({ write: [7] }), ["/"]);
    assertEquals(grantedFolders(permissions, { permissions: { fileSystem: { write: ["/w"] } } }), ["/w"]);
    assertEquals(
      grantedFolders(permissions, { permissions: { fileSystem: { write: ["/w"] } } }, { permissions: {} }),
      [],
    );
    const asked = { additionalPermissions: { fileSystem: { write: ["/w"] } }, grantRoot: "/root" };
    for (const decision of ["accept", "acceptForSession", "approved", { acceptWithExecpolicyAmendment: {} }]) {
      assertEquals(grantedFolders("item/commandExecution/requestApproval", asked, { decision }), ["/w", "/root"]);
    }
    for (const decision of ["decline", "cancel", "abort", { denied: { rejection: "no" } }]) {
      assertEquals(grantedFolders("item/fileChange/requestApproval", asked, { decision }), []);
    }
    for (const junk of [undefined, null, 1, "x", []]) assertEquals(grantedFolders("item/tool/call", junk, junk), []);
  });

  test("[P6] a change that is allowed opens each file that it touches, wherever links lead, and all if that is not known", () => {
    const base = realpathSync(mkdtempSync(join(tmpdir(), "codex-sdk-granted-")));
    try {
      judge(base);
    } finally {
      rmSync(base, { recursive: true, force: true });
    }
  });

  test("[P6] files below a folder that is open already are not counted; of very many their folders are", () => {
    const all = places();
    const of = (files: string[]) => {
      all.granted("t", { folders: [], files });
      return all.local("t", server)!.writable;
    };
    assertEquals(of(["/a/b/c", "/x/1", "/x/1"]), ["/a", "/x/1"]);
    const many = of(Array.from({ length: 1_000 }, (_, i) => `/y/${i}`));
    assertEquals([many.length, many.includes("/y"), many.includes("/a"), many.includes("/x/1")], [
      258,
      true,
      true,
      true,
    ]);
    assertEquals(all.local("t", server) === null, false);
  });

  test("[P6] no folder is anybody else's once the agent could write anywhere without asking", () => {
    const full = { type: "dangerFullAccess" };
    const everything = (...news: object[]) => {
      const all = places();
      for (const each of news) all.asked({ threadId: "t", ...each });
      return all.local("t", server)!.writable.includes("/");
    };
    for (const sandboxPolicy of [full, { type: "externalSandbox" }, { type: "of a later server" }]) {
      assertEquals(everything({ sandboxPolicy, approvalPolicy: "never" }), true);
      assertEquals(everything({ sandboxPolicy }), true);
      assertEquals(everything({ sandboxPolicy, approvalPolicy: "untrusted" }), false);
      // What it has left there, it has left.
      assertEquals(everything({ sandboxPolicy, approvalPolicy: "on-request" }, { sandboxPolicy: readOnly }), true);
      assertEquals(everything({ sandboxPolicy, approvalPolicy: "untrusted" }, { approvalPolicy: "on-request" }), true);
      assertEquals(everything({ approvalPolicy: "untrusted" }, { sandboxPolicy }), false);
    }
    assertEquals(everything({ sandboxPolicy: readOnly, approvalPolicy: "never" }), false);
    const told = places();
    told.told({ thread: { id: "t" }, sandbox: full, approvalPolicy: "never" });
    told.told({ threadId: "t", threadSettings: { sandboxPolicy: readOnly, approvalPolicy: "untrusted" } });
    assertEquals(told.local("t", server)?.writable, ["/a", "/"]);
  });

  test("[P6] the temporary folders are among it, unless the sandbox leaves them out, or is not known", () => {
    const all = places();
    all.asked({ threadId: "t", sandboxPolicy: open({ excludeSlashTmp: false }) });
    assertEquals(all.local("t", server)?.writable, ["/a", "/tmp"]);
    all.asked({ threadId: "t", sandboxPolicy: open({ excludeTmpdirEnvVar: false }) });
    assertEquals(all.local("t", server)?.writable, ["/a", "/tmp", "/private/tmp"]);
    all.told({ thread: { id: "untold", cwd: "/a" } });
    assertEquals(all.local("untold", server)?.writable, ["/a", "/tmp", "/private/tmp"]);
  });

  test("[P4] a thread with an environment of another name works elsewhere, for good", () => {
    for (
      const news of [
        { environments: [{ environmentId: "w7", cwd: "/x" }] },
        { environments: [{ environmentId: "local", cwd: "/x" }, { environmentId: "w7", cwd: "/x" }] },
        { environments: [{}] },
      ]
    ) {
      const all = places();
      all.asked({ threadId: "t", ...news });
      all.asked({ threadId: "t", environments: [{ environmentId: "local", cwd: "/x" }] });
      assertEquals(all.local("t", server), null);
      const told = places();
      told.told({ thread: { id: "t", ...news } });
      assertEquals(told.local("t", server), null);
    }
    const all = places();
    all.asked({ threadId: "t", environments: [{ environmentId: "local", cwd: "/x", runtimeWorkspaceRoots: ["/y"] }] });
    assertEquals(all.local("t", server)?.writable, ["/a", "/x", "/y"]);
  });

  test("[P4] of a thread that is not known, or of none, nothing is known", () => {
    const all = places();
    all.asked({ threadId: "other", cwd: "/a" });
    for (const id of ["other", "", null]) assertEquals(all.local(id, server), null);
  });

  test("[P15] what is remembered is bounded, and nothing that is malformed disturbs it", () => {
    const all = places(100_000);
    for (const news of [null, undefined, 1, "x", [], { thread: 1 }, { thread: { id: 1 } }, { threadId: {} }]) {
      all.told(news);
      all.asked(news);
    }
    all.told({ thread: { id: "t", cwd: 1, environments: "x", runtimeWorkspaceRoots: [1] }, sandbox: "x" });
    assertEquals(all.local("t", server)?.writable, ["/a"]);
    for (let i = 0; i < 100; i++) all.asked({ threadId: "t", cwd: `/${i}` });
    assertEquals(all.local("t", server), null); // Too many to go by.
    for (let i = 0; i < 5_000; i++) all.told({ thread: { id: `t${i}`, cwd: "/a" } });
    assertEquals(all.local("t0", server), null);
    assertEquals(all.local("t4999", server)?.writable.includes("/a"), true);
  });
});

/** What changes of files open, and links to them. */
function judge(base: string): void {
  const [bin, workspace] = [join(base, "bin"), join(base, "workspace")];
  for (const folder of [bin, workspace]) mkdirSync(folder);
  symlinkSync(bin, join(workspace, "link"));
  writeFileSync(join(bin, "cat"), "");
  symlinkSync(join(bin, "cat"), join(workspace, "tool"));
  const change = (path: string, kind: object = { type: "update", move_path: null }) => ({ path, kind, diff: "" });
  const asked = (changes: unknown, decision: string = "accept", local = true) => {
    const item = { type: "fileChange", id: "i", status: "inProgress", changes } as never;
    const { folders, files } = grantedBy({ method, params: {}, item, result: { decision } }, local);
    return [...folders, ...files];
  };
  const method = "item/fileChange/requestApproval";
  assertEquals(asked([change(join(bin, "head"), { type: "add" })]), [join(bin, "head")]);
  assertEquals(asked([change(join(workspace, "link", "head"))]), [join(bin, "head")]);
  assertEquals(asked([change(join(workspace, "tool"))]), [join(bin, "cat"), join(workspace, "tool")]);
  const moved = { type: "update", move_path: join(bin, "ls") };
  assertEquals(asked([change(join(workspace, "x"), moved)]), [join(workspace, "x"), join(bin, "ls")]);
  assertEquals(asked([change(join(bin, "head"))], "decline"), []);
  writeFileSync(join(bin, "tail"), "");
  linkSync(join(bin, "tail"), join(workspace, "hard"));
  assertEquals(asked([change(join(workspace, "hard"))]), ["/"]);
  // Of another machine nothing is looked up.
  assertEquals(asked([change(join(workspace, "link", "head"))], "accept", false), [join(workspace, "link", "head")]);
  const odd = [
    change("relative"),
    change("/proc/self/cwd/x"),
    change(bin, { type: "new" }),
    change(bin, { ...moved, move_path: 7 }),
  ];
  for (const each of odd) assertEquals(asked([each]), ["/"]);
  assertEquals(grantedBy({ method, params: {}, item: null }, true).folders, ["/"]);
  const legacy = { fileChanges: { [join(bin, "rg")]: { type: "add", content: "" } } };
  const answered = { method: "applyPatchApproval", params: legacy };
  assertEquals(grantedBy({ ...answered, result: { decision: "approved" } }, true).files, [join(bin, "rg")]);
  assertEquals(grantedBy({ ...answered, result: { decision: "abort" } }, true).files, []);
}
