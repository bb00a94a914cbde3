import { assertEquals } from "@std/assert";
import { describe, test } from "node:test";
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
