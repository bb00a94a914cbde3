import { assert, assertEquals } from "@std/assert";
import { describe, test } from "node:test";
import { coarseNow } from "../../src/util/coarse_clock.ts";

describe("coarseNow", () => {
  test("stands still while nothing pauses, and goes on after it", async () => {
    const first = coarseNow();
    let now = performance.now();
    while (now <= first) now = performance.now();
    assertEquals(coarseNow(), first);
    await Promise.resolve();
    assert(coarseNow() >= now);
  });
});
