import { assert } from "@std/assert";
import { rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { buildNpm } from "../../scripts/build_npm.ts";
import { ROOT } from "../../scripts/lib/project.ts";

const isSame = statSync(tmpdir()).dev === statSync(ROOT).dev;
const skip = isSame && "the temporary folder lies on the checkout's file system; the leg `elsewhere` has another";

describe("a build from one file system to another", { skip }, () => {
  for (const builder of ["pack", "dnt"] as const) {
    test(`[H2] by ${builder}`, async () => {
      const out = join(ROOT, "npm", `from-${builder}`);
      try {
        const dnt = new URL("./fake_dnt.ts", import.meta.url).href;
        assert(statSync(await buildNpm({ out: join(out, "package"), builder, dnt })).size > 0);
      } finally {
        rmSync(out, { recursive: true, force: true });
      }
    });
  }
});
