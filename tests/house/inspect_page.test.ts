import { assert } from "@std/assert";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { ASSETS, inspectAssets } from "../../scripts/inspect_page.ts";

describe("the page of inspect", () => {
  test("[C3] what is checked in is what the task writes (real)", async () => {
    assert(readFileSync(ASSETS, "utf8") === await inspectAssets(), "it is stale: run deno task inspect:page");
  });
});
