import { assertEquals } from "@std/assert";
import { describe, test } from "node:test";
import { RecentMap } from "../../src/util/recent_map.ts";

describe("RecentMap", () => {
  test("finds what a Map would find, also when the same key is asked for again", () => {
    const map = new RecentMap([["a", 1], ["b", 2]]);
    assertEquals([map.get("a"), map.get("a"), map.get("b"), map.get("a")], [1, 1, 2, 1]);
    assertEquals([map.get("c"), map.get("c"), map.size], [undefined, undefined, 2]);
  });

  test("a change is seen at once, whichever key was asked for last", () => {
    const map = new RecentMap<number>();
    assertEquals(map.get("a"), undefined);
    map.set("a", 1);
    assertEquals(map.get("a"), 1);
    map.set("a", 2);
    assertEquals(map.get("a"), 2);
    map.delete("a");
    assertEquals(map.get("a"), undefined);
    map.set("a", 3);
    assertEquals(map.get("a"), 3);
    map.clear();
    assertEquals([map.get("a"), map.size], [undefined, 0]);
  });

  test("a value of undefined is a value", () => {
    const map = new RecentMap<undefined>([["a", undefined]]);
    assertEquals([map.get("a"), map.get("a"), map.has("a"), map.has("b")], [undefined, undefined, true, false]);
  });
});
