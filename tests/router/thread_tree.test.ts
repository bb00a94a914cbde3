import { assertEquals } from "@std/assert";
import { describe, test } from "node:test";
import { parentOf } from "../../src/router/parent_of.ts";
import { ThreadTree } from "../../src/router/thread_tree.ts";
import { withSeed } from "../../src/testing/random.ts";
import { deferred } from "../../src/util/deferred.ts";

const LONG = 60_000;
const never = () => new Promise<never>(() => {});

function treeOf(read: (threadId: string) => Promise<unknown> = never, timeoutMs = LONG, maxBytes = 1e6): ThreadTree {
  return new ThreadTree({ maxBytes, timeoutMs, read });
}

describe("a tree of threads", () => {
  test("[U3] learns a parent from any record that names one", () => {
    const spawned = { subAgent: { thread_spawn: { parent_thread_id: "p", depth: 1 } } };
    assertEquals(parentOf({ id: "a", parentThreadId: "p", source: "vscode" }), "p");
    assertEquals(parentOf({ id: "a", parentThreadId: null, source: spawned }), "p");
    assertEquals(parentOf({ id: "a", source: "appServer" }), null);
    assertEquals(parentOf({ id: "a", parentThreadId: null, source: { subAgent: "review" } }), undefined);
    for (const odd of [null, undefined, 1, "x", {}, { parentThreadId: 3, source: { subAgent: 4 } }]) parentOf(odd);
  });

  test("[U3] in whatever order a forest is learnt, each path is right as soon as it can be known, and not before", async () => {
    await withSeed(async (random) => {
      for (let round = 0; round < 50; round++) {
        const parents = new Map<string, string | null>();
        const ids = Array.from({ length: 1 + random.below(20) }, (_, n) => `t${n}`);
        for (const [n, id] of ids.entries()) {
          parents.set(id, n === 0 || random.chance(0.2) ? null : ids[random.below(n)]!);
        }
        const expected = (id: string): string[] => {
          const parent = parents.get(id)!;
          return parent === null ? [id] : [...expected(parent), id];
        };
        const tree = treeOf();
        const known = new Set<string>();
        const found = ids.map((id) => tree.find(id).then((path) => assertEquals(path, expected(id))));
        for (const left = [...ids]; left.length > 0;) {
          const [id] = left.splice(random.below(left.length), 1) as [string];
          const parent = parents.get(id)!;
          if (parent !== null && random.chance(0.5)) tree.spawned(parent, id);
          else tree.learn({ id, parentThreadId: parent, source: "appServer" });
          known.add(id);
          for (const each of ids) {
            const way = expected(each);
            assertEquals(tree.path(each), way.every((step) => known.has(step)) ? way : null);
            for (const other of ids) {
              if (way.every((step) => known.has(step))) {
                assertEquals(tree.isWithin(each, other), other !== each && way.includes(other));
              }
            }
          }
        }
        await Promise.all(found);
      }
    });
  });

  test("[U3] asks for what nobody has told, once however many wait, up to the root", async () => {
    const asked: string[] = [];
    const tree = treeOf((id) => {
      asked.push(id);
      return Promise.resolve({ id, parentThreadId: { c: "b", b: "a", a: null }[id] });
    });
    assertEquals(await Promise.all([tree.find("c"), tree.find("c"), tree.find("b")]), [
      ["a", "b", "c"],
      ["a", "b", "c"],
      ["a", "b"],
    ]);
    assertEquals([asked, tree.size], [["c", "b", "a"], 3]);
  });

  test("[U3] waits for an event where the server has no answer, within the bound", async () => {
    const tree = treeOf(() => Promise.reject(new Error("no such thread")));
    const found = tree.find("c");
    await Promise.resolve();
    tree.spawned("a", "c");
    tree.learn({ id: "a", parentThreadId: null });
    assertEquals(await found, ["a", "c"]);
    const late = treeOf(never, 5);
    assertEquals([await late.find("c"), late.size], [null, 0]);
    const closed = treeOf();
    const waiting = closed.find("c");
    closed.close();
    assertEquals(await waiting, null);
  });

  test("[U3] takes no sub-agent of an unknown parent, no circle and no line without an end for one that has a root", async () => {
    assertEquals(await treeOf((id) => Promise.resolve({ id, source: { subAgent: "review" } })).find("c"), null);
    const circle = treeOf();
    circle.spawned("b", "a");
    circle.spawned("a", "b");
    circle.spawned("c", "c");
    assertEquals([await circle.find("a"), circle.path("b"), circle.isWithin("a", "z")], [null, null, false]);
    const endless = treeOf((id) => Promise.resolve({ id, parentThreadId: `${id}x` }));
    assertEquals(await endless.find("a"), null);
  });

  test("[U3] a parent, once known, stays", () => {
    const tree = treeOf();
    tree.learn({ id: "a", parentThreadId: null });
    tree.learn({ id: "c", parentThreadId: null });
    tree.spawned("a", "c");
    assertEquals(tree.path("c"), ["a", "c"]);
    tree.learn({ id: "c", parentThreadId: null });
    tree.learn({ id: "c", parentThreadId: "z" });
    assertEquals(tree.path("c"), ["a", "c"]);
  });

  test("[P15] remembers so many bytes and no more; what was forgotten is asked for again", async () => {
    const asked = deferred<string>();
    const tree = treeOf((id) => (asked.resolve(id), Promise.resolve({ id, parentThreadId: null })), LONG, 10_000);
    for (let n = 0; n < 1000; n++) tree.learn({ id: `${n}${"x".repeat(100)}`, parentThreadId: null });
    assertEquals(tree.size < 50, true);
    const first = `0${"x".repeat(100)}`;
    assertEquals([await tree.find(first), await asked.promise], [[first], first]);
  });
});
