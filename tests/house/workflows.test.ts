import { assert, assertEquals } from "@std/assert";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { ROOT } from "./sources.ts";

const FOLDER = join(ROOT, ".github/workflows");

/** A job, by the layout of the files: a name two blanks deep below `jobs:`, and all that is deeper. */
interface Job {
  readonly file: string;
  readonly name: string;
  readonly text: string;
}

/** What runs this repository, what it depends on, or a codex. */
const RUNS =
  /\.ci\/run|actions\/checkout|\bnpm (?:ci|i|install|exec|run|test)\b|\bdeno(?:@\S+)? (?:run|task|test|install|add|check)\b|\bscripts\/|\bnpx\b(?! -y deno@[\d.]+ publish )|@openai\/codex|\bbunx?\b|\bmake\b/;

describe("the workflows", () => {
  const files = readdirSync(FOLDER).filter((name) => /\.ya?ml$/.test(name));
  const read = (file: string) => readFileSync(join(FOLDER, file), "utf8").replace(/^\s*#.*\n/gm, "");
  const all = files.flatMap((file) => jobs(file, read(file)));
  const named = (file: string, name: string) => all.find((job) => job.file === file && job.name === name);

  test("[H6] every action is pinned by its commit, and says which version that is", () => {
    const used = files.flatMap((file) => [...read(file).matchAll(/\buses:.*$/gm)].map(([line]) => `${file}: ${line}`));
    assert(used.length > 5);
    assertEquals(used.filter((line) => !/ uses: [\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(line)), []);
    const commits = new Map<string, string>();
    for (const line of used) {
      const [, action = "", commit = ""] = /uses: (.*?)@(.*)$/.exec(line) ?? [];
      assertEquals(commits.get(action) ?? commit, commit, `${action} is pinned twice`);
      commits.set(action, commit);
    }
  });

  test("[H6] nothing may be written but by jobs that say so, and none acts on behalf of a stranger", () => {
    for (const file of files) {
      const text = read(file);
      assertEquals(/^permissions:\n((?: .*\n)+)/m.exec(text)?.[1], "  contents: read\n", file);
      assert(!/pull_request_target|workflow_run/.test(text), file);
    }
    const writing = all.filter(({ text }) => /: write\b/.test(text)).map(({ file, name }) => `${file} ${name}`);
    assertEquals(writing, ["protocol.yml propose", "publish.yml publish"]);
  });

  test("[H6] the job that can publish tests, builds and installs nothing: it hands over what another built and hashed", () => {
    const { text } = named("publish.yml", "publish")!;
    assertEquals([...text.matchAll(/^ +([\w-]+): write/gm)].map(([, name]) => name), ["id-token"]);
    assertEquals(RUNS.exec(text)?.[0], undefined);
    const order = ["download-artifact", "sha256sum --check", 'npm publish "', "deno@2.9.6 publish"];
    const places = order.map((each) => text.indexOf(each));
    assertEquals(places, places.toSorted((a, b) => a - b));
    assert(!places.includes(-1) && /needs: build\n/.test(text) && /^ +environment: /m.test(text));
    assert(/npm_config_ignore_scripts: "true"/.test(text) && /publish .*--no-check$/m.test(text));
    const build = named("publish.yml", "build")!.text;
    assert(/sha256sum/.test(build) && /bash \.ci\/run/.test(build) && !/: write\b/.test(build));
  });

  test("[H6] the job that can push runs no codex and no code: it applies a patch of the files that may change", () => {
    const { text } = named("protocol.yml", "propose")!;
    assertEquals(RUNS.exec(text.replace(/uses: actions\/checkout@\S+/, ""))?.[0], undefined);
    assert(/grep -vxE 'deno\\\.json\|deno\\\.lock\|gen\//.test(text));
    assert(!/: write\b/.test(named("protocol.yml", "regenerate")!.text));
  });

  test("[C4] the change that follows the protocol says what it means for people, and whom it touches", () => {
    const regenerate = named("protocol.yml", "regenerate")!.text;
    assert(
      /src\/cli\/main\.ts diff "\$PINNED" "\$NEWEST" --markdown\s+--touches src .*> .*\/diff\.md/.test(regenerate),
    );
    const propose = named("protocol.yml", "propose")!.text;
    assert(/head -c \d+ .*diff\.md" > "\$body"/.test(propose) && /--body-file "\$body"/.test(propose));
  });

  test("[H6] what a workflow is told from outside reaches no shell but by a variable, and no token is left behind", () => {
    for (const { file, name, text } of all) {
      const scripts = [...text.matchAll(/^( +)(?:- )?run: (?:[|>]-?\n((?:\1 .*\n|\n)+)|(.*))/gm)];
      for (const [, , block, line] of scripts) {
        assert(!`${block ?? line}`.includes("${{"), `${file} ${name}: ${block ?? line}`);
      }
      const isWriter = /: write\b/.test(text);
      for (const [checkout] of text.matchAll(/uses: actions\/checkout@.*\n(?: {8,}.*\n)*/g)) {
        assert(isWriter || /persist-credentials: false/.test(checkout), `${file} ${name} keeps its token`);
      }
    }
  });
});

function jobs(file: string, text: string): Job[] {
  const below = text.slice(text.indexOf("\njobs:\n") + 7);
  const found = below.matchAll(/^ {2}([\w-]+):\n((?: {3,}.*\n|\n)+)/gm);
  return [...found].map(([, name = "", body = ""]) => ({ file, name, text: body }));
}
