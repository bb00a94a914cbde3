import { assertEquals } from "@std/assert";
import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { ROOT } from "../../scripts/lib/project.ts";
import { must } from "../../scripts/lib/subprocess.ts";
import { type ConsumerProject, consumerProject } from "./project.ts";

/** The files that docs/state.md shows: blocks whose first line names them. */
function files(): Map<string, string> {
  const text = readFileSync(join(ROOT, "docs/state.md"), "utf8");
  const blocks = text.matchAll(/^```\w+(?: ignore)?\n((?:\/\/|<!--) ([\w.]+)(?: -->)?\n[\s\S]*?)^```$/gm);
  return new Map([...blocks].map(([, code = "", name = ""]) => [name, code]));
}

describe("the pages of docs/state.md, in a DOM", () => {
  let project: ConsumerProject;
  let folder = "";
  before(async () => {
    project = await consumerProject();
    folder = join(project.root, "pages");
    mkdirSync(folder);
    cpSync(join(ROOT, "tests/consumers/pages"), folder, { recursive: true });
    for (const [name, code] of files()) writeFileSync(join(folder, name), code);
    const install = ["install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefer-offline"];
    await must("npm", install, { cwd: folder, timeoutMs: 180_000 });
  });
  after(() => project?.remove());

  test("there is one for each framework, and what they share", () => {
    const names = ["connect.ts", "conversation.tsx", "Conversation.svelte", "Conversation.vue"];
    assertEquals([...files().keys()], [...names, "conversation.solid.tsx", "conversation.ts"]);
  });

  for (const framework of ["react", "svelte", "vue", "solid", "none"]) {
    test(`[M9] ${framework}: shows what happens as it happens, asks, and keeps what it has drawn`, async () => {
      const printed = await must("node", ["show.mjs", framework], { cwd: folder, timeoutMs: 60_000 });
      const { url, seen, posts, kept, closed } = JSON.parse(printed.trim().split("\n").at(-1)!);
      const button = framework === "none" ? "" : "Allow";
      assertEquals(seen, [[], ["Hel"], ["Hello", `$ ls ${button}`.trim()], ["Hello", "$ ls one <b>"]]);
      assertEquals(posts, button === "" ? [] : [["/answer", { id: 7, decision: "accept" }]]);
      assertEquals([url, kept, closed], ["/events", true, true]);
    });
  }
});
