import { assert, assertEquals } from "@std/assert";
import { describe, test } from "node:test";
import type { ThreadItem } from "@codex-app-server/sdk/protocol";
import { item } from "@codex-app-server/sdk/testing";
import { OpenItems } from "../../src/router/open_items.ts";

const command = (id: string, what: string): ThreadItem => item("commandExecution", { id, command: what });

describe("unfinished items", () => {
  test("[P3] a question is about the one that was started last, and about none that is finished", () => {
    const items = new OpenItems(1e6);
    const [first, second] = [command("call_0", "ls"), command("call_0", "rm")];
    assertEquals(items.find("t", "u", "call_0"), { item: null, several: false });
    items.start("t", "u", first, 10);
    assertEquals(items.find("t", "u", "call_0"), { item: first, several: false });
    items.complete("t", "u", { ...first, exitCode: 0 } as ThreadItem);
    assertEquals([items.find("t", "u", "call_0").item, items.size], [null, 0]);
    items.start("t", "u", second, 10);
    assertEquals(items.find("t", "u", "call_0"), { item: second, several: false });
    assertEquals([items.find("t", "v", "call_0").item, items.find("s", "u", "call_0").item], [null, null]);
  });

  test("[P3] two unfinished ones of an id are two until the right one is finished, in whatever order", () => {
    const [ok, evil] = [command("call_0", "ls"), command("call_0", "rm")];
    for (const [done, left] of [[ok, evil], [evil, ok]] as const) {
      const items = new OpenItems(1e6);
      items.start("t", "u", evil, 10);
      items.start("t", "u", ok, 10);
      assertEquals(items.find("t", "u", "call_0"), { item: ok, several: true });
      items.complete("t", "u", command("call_0", "neither"));
      assertEquals(items.find("t", "u", "call_0").several, true);
      items.complete("t", "u", done);
      assertEquals(items.find("t", "u", "call_0"), { item: left, several: false });
    }
  });

  test("[P3] one that is announced again is one; too many are told apart no longer before their turn is over", () => {
    const items = new OpenItems(1e6);
    items.start("t", "u", command("call_0", "ls"), 10);
    items.start("t", "u", command("call_0", "ls"), 10);
    assertEquals(items.find("t", "u", "call_0").several, false);
    for (let n = 0; n < 100; n++) items.start("t", "u", command("call_0", `${n}`), 10);
    for (let n = 0; n < 100; n++) items.complete("t", "u", command("call_0", `${n}`));
    assertEquals(items.find("t", "u", "call_0").several, true);
    items.endTurn("t", "u");
    assertEquals([items.find("t", "u", "call_0"), items.size], [{ item: null, several: false }, 0]);
  });

  test("[P15] take so many bytes and no more: the oldest turn's are forgotten", () => {
    const items = new OpenItems(10_000);
    for (let turn = 0; turn < 100; turn++) items.start("t", `${turn}`, command("a", "ls"), 3000);
    assert(items.size === 2, `${items.size}`);
    // However short they are: what is kept of each takes memory, too.
    for (let turn = 0; turn < 100; turn++) items.start("t", `${turn}`, command("a", "ls"), 1);
    assert(items.size > 10 && items.size < 40, `${items.size}`);
    assertEquals(items.find("t", "99", "a").item?.type, "commandExecution");
    for (let n = 0; n < 100; n++) items.start("t", "one", command(`${n}`, "ls"), 3000);
    assert(items.size <= 1);
    items.start("t", "next", command("a", "ls"), 3000);
    assertEquals(items.find("t", "next", "a").item?.type, "commandExecution");
  });
});
