import { merged } from "../../src/state/merge.ts";
import { assertEquals } from "@std/assert";
import { describe, test } from "node:test";

/** An entry is its name, and a time if it tells one: of two without times nobody can say which is the earlier. */
const merge = (list: readonly string[], given: readonly string[]) => {
  const time = (entry: string) => Number(/\d+/.exec(entry)?.[0] ?? NaN);
  return merged(list, given, {
    keyOf: (entry) => entry,
    placeOf: (entry) => list.indexOf(entry),
    take: (entry) => entry,
    compare: (entry, other) => Number.isNaN(time(entry) - time(other)) ? 0 : time(entry) - time(other),
  });
};

describe("a list that comes, taken into one that is there", () => {
  test("what is new goes in front of its successor, and in front of that alone", () => {
    assertEquals(merge(["a", "b"], ["x", "b"]), ["a", "x", "b"]);
    assertEquals(merge(["a2", "b4"], ["x1", "b4"]), ["x1", "a2", "b4"]);
  });

  test("what is new goes behind its predecessor, past what stands there alone and is earlier", () => {
    assertEquals(merge(["a", "b"], ["a", "x"]), ["a", "x", "b"]);
    assertEquals(merge(["a1", "b2", "c4"], ["a1", "x3"]), ["a1", "b2", "x3", "c4"]);
  });
});
