import { assertEquals } from "@std/assert";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { startIdleTimer } from "../../src/util/timer.ts";
import { selfCommand } from "../runtime/self.ts";

test("an idle timer keeps no program alive", () => {
  const [program, ...args] = selfCommand("util/idle_timer");
  const { status, signal, stderr } = spawnSync(program, args, { timeout: 60_000, encoding: "utf8" });
  assertEquals([status, signal, stderr], [0, null, ""]);
});

test("an idle timer fires, and not once it is stopped", async () => {
  const fired: string[] = [];
  const stop = startIdleTimer(1, () => fired.push("stopped"));
  stop();
  startIdleTimer(Infinity, () => fired.push("never"));
  const held = setTimeout(() => {}, 60_000); // the idle timer alone would let the program end
  await new Promise<void>((resolve) => startIdleTimer(2, resolve));
  clearTimeout(held);
  assertEquals(fired, []);
});
