import { assertEquals } from "@std/assert";
import process from "node:process";
import { describe, test } from "node:test";
import { descendants, processTable } from "../../src/runtime/kill_tree.ts";

describe("descendants", () => {
  test("finds children and theirs, whatever the order of the table", () => {
    const table = new Map([[40, 30], [30, 20], [20, 10], [21, 10], [99, 1], [10, 1]]);
    assertEquals(descendants(10, table).sort(), [20, 21, 30, 40]);
    assertEquals(descendants(99, table), []);
    assertEquals(descendants(7, new Map()), []);
  });

  test("a process that is its own parent, or a loop of reused numbers, does not stop it", () => {
    assertEquals(descendants(0, new Map([[0, 0], [1, 0]])), [1]);
    assertEquals(descendants(1, new Map([[1, 2], [2, 1]])), [2]);
  });
});

describe("processTable", () => {
  test("knows this process and its parent", { skip: process.platform === "win32" }, () => {
    if (process.platform === "win32") return;
    assertEquals(processTable().get(process.pid), process.ppid);
  });
});
