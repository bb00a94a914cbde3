import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { linkSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { allowPaths, type ApprovalQuestion } from "@codex-app-server/sdk/policies";
import { holds } from "../../src/policies/allow_paths.ts";
import { fileChangeQuestion, legacyFileChangeQuestion } from "../../src/policies/questions.ts";
import { decision, judge } from "./ask.ts";
import { REQUESTS } from "./requests.ts";

function changing(...paths: string[]): ApprovalQuestion {
  const params = REQUESTS["item/fileChange/requestApproval"];
  return { ...fileChangeQuestion(params, null), paths };
}

describe("allowPaths", () => {
  let base = "";
  let repo = "";
  let outside = "";

  before(() => {
    base = realpathSync(mkdtempSync(join(tmpdir(), "codex-sdk-paths-")));
    repo = join(base, "repo");
    outside = join(base, "outside");
    mkdirSync(join(repo, "src"), { recursive: true });
    mkdirSync(join(repo, ".git", "hooks"), { recursive: true });
    mkdirSync(outside);
    mkdirSync(join(base, "repo-twin"));
    writeFileSync(join(repo, "src", "a.txt"), "a");
    writeFileSync(join(outside, "secret.txt"), "s");
    symlinkSync(outside, join(repo, "out"));
    symlinkSync(join(outside, "secret.txt"), join(repo, "secret-link.txt"));
    symlinkSync(join(outside, "not-there.txt"), join(repo, "dangling.txt"));
    symlinkSync(join(outside, "not-there"), join(repo, "dangling-dir"));
    symlinkSync(join(repo, "src"), join(repo, "in"));
    symlinkSync(join(repo, ".git"), join(repo, "git-link"));
    symlinkSync(join(repo, "loop"), join(repo, "loop"));
    symlinkSync(repo, join(base, "repo-link"));
    linkSync(join(outside, "secret.txt"), join(repo, "hard.txt"));
  });
  after(() => rmSync(base, { recursive: true, force: true }));

  test("[A9] accepts changes within the folder, to files that exist and files to come", async () => {
    const policy = allowPaths([repo]);
    for (const path of ["src/a.txt", "src/new.txt", "new/deep/file.txt", "in/a.txt", "src/..a.txt", "src/.gitignore"]) {
      assertEquals(await decision(policy, changing(join(repo, path))), "accept", path);
    }
    assertEquals(await decision(policy, changing(join(repo, "src/a.txt"), join(repo, "b.txt"))), "accept");
  });

  test("[A9] a folder given by a link means the folder that the link leads to", async () => {
    const policy = allowPaths([join(base, "repo-link")]);
    assertEquals(await decision(policy, changing(join(repo, "src/a.txt"))), "accept");
    assertEquals(await decision(policy, changing(join(base, "repo-link", "src/a.txt"))), "accept");
    assertEquals(await decision(policy, changing(join(outside, "x"))), undefined);
  });

  test("[A9] does not judge what lies outside, or could", async () => {
    const policy = allowPaths([repo]);
    for (
      const path of [
        join(outside, "x.txt"),
        join(base, "repo-twin", "x.txt"),
        repo,
        "/etc/passwd",
        `${repo}/../outside/x.txt`,
        `${repo}/src/../../outside/x.txt`,
        `${repo}/src/../a.txt`,
        "src/a.txt",
        "./a.txt",
        "",
        `${repo}/a\0b`,
      ]
    ) assertEquals(await decision(policy, changing(path)), undefined, JSON.stringify(path));
  });

  test("[A9] does not judge what a link leads out of the folder", async () => {
    const policy = allowPaths([repo]);
    const paths = [
      "out/x.txt",
      "out/new/x.txt",
      "secret-link.txt",
      "dangling.txt",
      "dangling-dir/x.txt",
      "hard.txt",
      "loop",
      "loop/x",
    ];
    for (const path of paths) assertEquals(await decision(policy, changing(join(repo, path))), undefined, path);
  });

  test("[A9] does not judge folders that make tools do things by themselves, in any case of letters", async () => {
    const policy = allowPaths([repo]);
    for (
      const path of [".git/hooks/pre-commit", ".GIT/config", "sub/.Git/config", ".codex/config.toml", "git-link/x"]
    ) {
      assertEquals(await decision(policy, changing(join(repo, path))), undefined, path);
    }
  });

  test("[A9] one path outside spoils the change", async () => {
    const question = changing(join(repo, "src/a.txt"), join(outside, "x.txt"));
    assertEquals(await decision(allowPaths([repo]), question), undefined);
    assertEquals(await decision(allowPaths([repo, outside]), question), "accept");
  });

  test("[A9] does not judge a change that was not seen, nor one that asks for a whole folder", async () => {
    const policy = allowPaths([repo]);
    const params = REQUESTS["item/fileChange/requestApproval"];
    assertEquals(await decision(policy, fileChangeQuestion(params, null)), undefined);
    assertEquals(await decision(policy, changing()), undefined);
    const question = { ...changing(join(repo, "src/a.txt")), grantRoot: repo } as ApprovalQuestion;
    assertEquals(await decision(policy, question), undefined);
  });

  test("[A9] sees where a file would move to", async () => {
    const question = fileChangeQuestion(REQUESTS["item/fileChange/requestApproval"], {
      type: "fileChange",
      id: "item-1",
      status: "inProgress",
      changes: [{
        path: join(repo, "src/a.txt"),
        kind: { type: "update", move_path: join(outside, "moved.txt") },
        diff: "",
      }],
    });
    assertEquals(question.paths, [join(repo, "src/a.txt"), join(outside, "moved.txt")]);
    assertEquals(await decision(allowPaths([repo]), question), undefined);
    assertEquals(await decision(allowPaths([repo, outside]), question), "accept");
    const legacy = legacyFileChangeQuestion(REQUESTS.applyPatchApproval);
    assertEquals(legacy.paths, ["/repo/a.txt", "/repo/b.txt"]);
  });

  test("[A9] containment is by whole segments, and knows Windows", () => {
    assertEquals(holds("/repo", "/repo/a", "/"), true);
    assertEquals(holds("/repo/", "/repo/a", "/"), true);
    assertEquals(holds("/repo", "/repository/a", "/"), false);
    assertEquals(holds("/repo", "/repo", "/"), false);
    assertEquals(holds("/Repo", "/repo/a", "/"), false);
    assertEquals(holds("C:\\repo", "C:\\repo\\a", "\\"), true);
    assertEquals(holds("C:\\repo", "C:\\repo\\.GIT\\a", "\\"), false);
    assertEquals(holds("C:\\repo", "C:\\repository\\a", "\\"), false);
  });

  test("[A9] relative folders are refused when the policy is made", () => {
    for (const folder of ["src", "./src", "../src", ""]) {
      assertThrows(() => allowPaths([folder]), TypeError, "must be an absolute path");
    }
  });

  test("[A9] the file system can be another one", async () => {
    const asked: string[] = [];
    const resolve = (path: string) => {
      asked.push(path);
      return Promise.resolve({ path, separator: "/" });
    };
    const verdict = await judge(allowPaths(["/far/repo"], { resolve }), changing("/far/repo/a"));
    assertEquals(verdict?.decision, "accept");
    assertStringIncludes(verdict?.reason ?? "", "/far/repo/a");
    assertEquals(asked, ["/far/repo", "/far/repo/a", "/far/repo"]);
    const linked = (path: string) =>
      Promise.resolve({ path: path.replace("/far/out/a", "/far/repo/a"), separator: "/" });
    for (const path of ["/far/out/a", "/far/out/a/", "//far/out//a/."]) {
      assertEquals(await decision(allowPaths(["/far/repo"], { resolve: linked }), changing(path)), undefined, path);
    }
  });

  test("[A9] a link that leads into the folder is not in it: to remove or to move it changes what lies outside", async () => {
    symlinkSync(join(repo, "src", "a.txt"), join(outside, "to-a"));
    symlinkSync(join(repo, "src"), join(outside, "to-src"));
    symlinkSync(join(repo, "src"), join(repo, ".agents"));
    const policy = allowPaths([repo]);
    for (const path of [join(outside, "to-a"), join(outside, "to-src"), join(repo, ".agents"), `${outside}/to-a/.`]) {
      assertEquals(await decision(policy, changing(path)), undefined, path);
    }
    assertEquals(await decision(policy, changing(join(outside, "to-src", "a.txt"))), "accept");
    assertEquals(await decision(policy, changing(join(repo, "in"))), "accept");
  });

  test("[A9] a kind of change that this version does not know may reach further, so it is not judged", () => {
    const [path, to] = [join(repo, "src/a.txt"), join(outside, "x.txt")];
    const params = REQUESTS["item/fileChange/requestApproval"];
    const pathsOf = (kind: object) => [
      fileChangeQuestion(params, {
        ...{ type: "fileChange", id: "item-1", status: "inProgress" },
        changes: [{ path, kind: kind as { type: "add" }, diff: "" }],
      }).paths,
      legacyFileChangeQuestion({ ...REQUESTS.applyPatchApproval, fileChanges: { [path]: kind as never } }).paths,
    ];
    for (const kind of [{ type: "rename", to }, {}, { type: "update", move_path: { to } }]) {
      assertEquals(pathsOf(kind), [null, null], JSON.stringify(kind));
    }
    assertEquals(pathsOf({ type: "add", move_path: to }), [[path, to], [path, to]]);
  });
});
