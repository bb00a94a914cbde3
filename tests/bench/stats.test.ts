import { assertEquals } from "@std/assert";
import { describe, test } from "node:test";
import { median, pairedRatios } from "./lib/stats.ts";

describe("the numbers of the benchmarks", () => {
  test("the median is the middle one, or the mean of the middle two", () => {
    assertEquals(median([9, 1, 5]), 5);
    assertEquals(median([8, 1, 4, 2]), 3);
    assertEquals(median([]), NaN);
  });

  test("ratios are taken within a round, as far as both have run", () => {
    assertEquals(pairedRatios([2, 9, 8], [1, 3]), [2, 3]);
  });
});
