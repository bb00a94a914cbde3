import { assertEquals } from "@std/assert";
import { describe, test } from "node:test";
import { OpenTurns } from "../../src/router/open_turns.ts";

const ids = (turns: OpenTurns, threadId: string, id: string) =>
  turns.agentsOf({ threadId, id }).map((open) => open.threadId);

describe("turns that run", () => {
  test("[U6] on whose behalf each runs is what the server tells, at any depth", () => {
    const turns = new OpenTurns(1e6);
    turns.begin("root", "r", "r", []);
    turns.begin("child", "c", "r", []);
    turns.begin("grandchild", "g", "r", []);
    turns.begin("other", "o", "o", []);
    assertEquals(ids(turns, "root", "r"), ["child", "grandchild"]);
    assertEquals([turns.rootOf("child", "c"), turns.rootOf("child", "x"), turns.rootOf("new", "y")], ["r", "x", "y"]);
    turns.end("root", "r");
    assertEquals([ids(turns, "root", "r"), turns.get("child")?.rootThreadId], [["child", "grandchild"], "root"]);
    turns.end("child", "c");
    turns.end("grandchild", "another");
    assertEquals(ids(turns, "root", "r"), ["grandchild"]);
  });

  test("[U6] of a server that does not tell, it is whoever gave the work", () => {
    const turns = new OpenTurns(1e6);
    const root = turns.begin("root", "r", null, []);
    turns.announce("child", root);
    assertEquals([turns.get("child")?.turnId, ids(turns, "root", "r")], [null, ["child"]]);
    const child = turns.begin("child", "c", null, []);
    turns.announce("grandchild", child);
    turns.begin("grandchild", "g", null, []);
    assertEquals(ids(turns, "root", "r"), ["child", "grandchild"]);
    turns.end("child", "c");
    assertEquals(turns.begin("child", "c2", null, []).rootTurnId, "c2");
  });

  test("a review is over when its root turn is", () => {
    const turns = new OpenTurns(1e6);
    turns.begin("thread", "inner", "review", []);
    turns.end("thread", "review");
    assertEquals(turns.size, 0);
  });

  test("what a turn keeps, those that work for it keep as well, and agents that talk to each other pile up nothing", () => {
    const turns = new OpenTurns(1e6);
    const [mine, theirs] = [{}, {}];
    let open = turns.begin("root", "r", null, [mine]);
    for (let n = 0; n < 1000; n++) {
      const to = n % 2 === 0 ? "a" : "b";
      turns.forget(to);
      turns.announce(to, open);
      open = turns.begin(to, `${n}`, null, [theirs]);
    }
    assertEquals([...open.keeps], [theirs, mine]);
  });

  test("[P15] take so many bytes and no more", () => {
    const turns = new OpenTurns(10_000);
    for (let n = 0; n < 1000; n++) turns.begin(`thread ${n}`, `turn ${n}`.padEnd(200), null, []);
    assertEquals(turns.size < 40, true);
  });
});
