import { assert, assertEquals } from "@std/assert";
import { describe, test } from "node:test";
import { BoundedMap } from "../../src/util/bounded_map.ts";

describe("a bounded map", () => {
  test("[P15] forgets what was set first when it is full, and says so", () => {
    const gone: [string, number][] = [];
    const map = new BoundedMap<number>(1000, (value) => value, (key, value) => void gone.push([key, value]));
    for (const key of ["a", "b", "c"]) map.set(key, 200);
    assertEquals([...map.keys()], ["a", "b", "c"]);
    map.set("a", 200); // anew, so that it is the youngest
    map.set("d", 200);
    assertEquals([[...map.keys()], gone], [["c", "a", "d"], [["b", 200]]]);
    assert(map.bytes <= 1000);
  });

  test("[P15] keeps nothing that is too large by itself, and counts right whatever is done to it", () => {
    const map = new BoundedMap<number>(1000, (value) => value);
    map.set("a".repeat(2000), 0).set("b", 5000);
    assertEquals([map.size, map.bytes], [0, 0]);
    map.set("a", 10).set("a", 20);
    assertEquals([map.delete("a"), map.delete("a"), map.size, map.bytes], [true, false, 0, 0]);
    map.set("a", 10).clear();
    assertEquals([map.size, map.bytes, map.get("a")], [0, 0, undefined]);
  });
});
