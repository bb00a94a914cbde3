import { hydrate, reduce, type ThreadEvent, type ThreadState } from "@codex-app-server/sdk/state";
import { ThreadSchema } from "@codex-app-server/sdk/protocol";
import { item, notification, sample, turn, withSeed } from "@codex-app-server/sdk/testing";
import { assertEquals, assertStrictEquals } from "@std/assert";
import { describe, test } from "node:test";
import { frozen, lifeOf, play } from "./conversation.ts";

const started = (threadId: string, turnId: string, rootTurnId = turnId) =>
  notification("turn/started", { threadId, turn: { id: turnId, rootTurnId, status: "inProgress" } });
const over = (threadId: string, turnId: string) =>
  notification("turn/completed", { threadId, turn: { id: turnId, status: "completed" } });

/** The item by which a thread says that it has spawned an agent, in one of the two ways. */
function spawned(parent: string, turnId: string, agent: string, way: "call" | "activity" = "call"): ThreadEvent {
  const spawn = way === "call"
    ? item("collabAgentToolCall", { id: `spawn-${agent}`, tool: "spawnAgent", receiverThreadIds: [agent] })
    : item("subAgentActivity", { id: `spawn-${agent}`, kind: "started", agentThreadId: agent });
  return notification("item/completed", { threadId: parent, turnId, item: spawn as never });
}

function work(threadId: string, turnId: string): ThreadEvent[] {
  const life = lifeOf("agentMessage", "item-1", turnId, 1, threadId);
  return [life.started, ...life.pieces, life.completed, over(threadId, turnId)];
}

/** The tree of threads, by their names. */
function tree({ agents }: ThreadState): unknown {
  return Object.fromEntries(Object.entries(agents).map(([id, agent]) => [id, tree(agent)]));
}

describe("sub-agents", () => {
  test("[M4] nest below their parents, theirs below them, and nothing of theirs is in the parent", () => {
    for (const way of ["call", "activity"] as const) {
      const state = play([
        started("thread-1", "turn-1"),
        spawned("thread-1", "turn-1", "child", way),
        started("child", "turn-c", "turn-1"),
        spawned("child", "turn-c", "grandchild", way),
        started("grandchild", "turn-g", "turn-1"),
        ...work("grandchild", "turn-g"),
        ...work("child", "turn-c"),
        over("thread-1", "turn-1"),
      ]);
      assertEquals(tree(state), { child: { grandchild: {} } });
      assertEquals(state.turns.map(({ items }) => items.length), [1]);
      const child = state.agents["child"]!;
      assertEquals(child.turns.map(({ turn, items }) => [turn.status, items.length]), [["completed", 2]]);
      assertEquals(child.agents["grandchild"]!.turns[0]!.items.map(({ item }) => item.type), ["agentMessage"]);
    }
  });

  test("[M4] are known by whatever tells of them first", () => {
    const parent = started("thread-1", "turn-1");
    const begun = notification("thread/started", { thread: { id: "child", parentThreadId: "thread-1" } });
    for (const news of [begun, spawned("thread-1", "turn-1", "child"), started("child", "turn-c", "turn-1")]) {
      assertEquals(tree(play([parent, news, ...work("child", "turn-c")])), { child: {} }, news.method);
    }
    const stranger = notification("thread/started", { thread: { id: "other", parentThreadId: "another" } });
    assertEquals(tree(play([parent, stranger, started("other", "turn-o", "turn-x")])), {});
  });

  test("[M4] move below their parent when it becomes known, with all that they have", () => {
    const before = play([
      started("thread-1", "turn-1"),
      spawned("thread-1", "turn-1", "child"),
      started("child", "turn-c", "turn-1"),
      // Its root is known before its parent is.
      started("grandchild", "turn-g", "turn-1"),
      ...work("grandchild", "turn-g"),
    ]);
    assertEquals(tree(before), { child: {}, grandchild: {} });
    const after = play([spawned("child", "turn-c", "grandchild")], before);
    assertEquals(tree(after), { child: { grandchild: {} } });
    assertStrictEquals(after.agents["child"]!.agents["grandchild"], before.agents["grandchild"]);
  });

  test("[M4] neither a message to a sibling nor nonsense makes a family of them", () => {
    const state = play([
      started("thread-1", "turn-1"),
      spawned("thread-1", "turn-1", "a"),
      spawned("thread-1", "turn-1", "b"),
      started("a", "turn-a", "turn-1"),
    ]);
    const named = (tool: "sendInput" | "spawnAgent", receiverThreadIds: string[]) =>
      notification("item/completed", {
        threadId: "a",
        turnId: "turn-a",
        item: item("collabAgentToolCall", { id: `call-${tool}`, tool, receiverThreadIds }) as never,
      });
    assertEquals(tree(play([named("sendInput", ["b", "thread-1"])], state)), { a: {}, b: {} });
    assertEquals(tree(play([named("spawnAgent", ["a", "thread-1"])], state)), { a: {}, b: {} });
    const circle = play([named("spawnAgent", ["b"]), spawned("b", "turn-b", "a")], state);
    assertEquals(tree(circle), { a: { b: {} } });
    const odd = ["__proto__", "constructor"].map((id) => spawned("thread-1", "turn-1", id));
    assertEquals(Object.keys(play([...odd, ...odd], state).agents).sort(), ["__proto__", "a", "b", "constructor"]);
  });

  test("[M4] an agent's event leaves everything but the way to it alone", () => {
    const before = play([
      started("thread-1", "turn-1"),
      spawned("thread-1", "turn-1", "a"),
      spawned("thread-1", "turn-1", "b"),
      started("a", "turn-a", "turn-1"),
    ]);
    const after = play(work("a", "turn-a"), before);
    assertStrictEquals(after.turns, before.turns);
    assertStrictEquals(after.agents["b"], before.agents["b"]);
    const unchanged = reduce(after, frozen(over("a", "turn-a")));
    assertStrictEquals(unchanged, after);
  });

  test("[M4] threads side by side, in any order of their events, come to the same states", async () => {
    const queues = () => [
      [started("thread-1", "turn-1"), spawned("thread-1", "turn-1", "a"), ...work("thread-1", "turn-1")],
      [started("a", "turn-a", "turn-1"), spawned("a", "turn-a", "b", "activity"), ...work("a", "turn-a")],
      [started("b", "turn-b", "turn-1"), ...work("b", "turn-b")],
      [started("x", "turn-x"), ...work("x", "turn-x")],
    ];
    const expected = play(queues().flat());
    for (let round = 0; round < 100; round++) {
      await withSeed((random) => {
        const [parent, ...others] = queues() as [ThreadEvent[], ...ThreadEvent[][]];
        // What a thread does comes behind the start of the turn that it is for.
        const events = [parent.shift()!];
        const rest = [parent, ...others];
        while (rest.some((queue) => queue.length > 0)) {
          const queue = rest[random.below(rest.length)]!;
          if (queue.length > 0) events.push(queue.shift()!);
        }
        assertEquals(play(events), expected);
      });
    }
  });

  test("[M4] of a stored thread are there, and hydrated each by itself", () => {
    const stored = turn({
      id: "turn-1",
      status: "completed",
      items: [item("subAgentActivity", { kind: "started", agentThreadId: "child" })],
    });
    const state = hydrate(play([]), [stored]);
    assertEquals([tree(state), state.agents["child"]!.gap], [{ child: {} }, { turnId: null }]);
    const child = sample(ThreadSchema, { id: "child", parentThreadId: "thread-1", turns: [turn({ id: "turn-c" })] });
    for (const whole of [hydrate(state, frozen(child)), hydrate(state, frozen(child.turns), "child")]) {
      assertEquals([whole.agents["child"]!.turns.length, whole.agents["child"]!.gap], [1, null]);
      assertEquals(whole.turns.length, 1);
    }
    assertEquals(tree(hydrate(play([]), frozen(child))), { child: {} });
  });

  test("[M6] an agent's questions are its own", () => {
    const state = play([
      started("thread-1", "turn-1"),
      spawned("thread-1", "turn-1", "child"),
      started("child", "turn-c", "turn-1"),
      {
        id: 7,
        method: "item/commandExecution/requestApproval",
        params: { threadId: "child", turnId: "turn-c", itemId: "item-9", startedAtMs: 1 },
      },
    ]);
    assertEquals([state.questions.length, state.agents["child"]!.questions.map(({ id }) => id)], [0, [7]]);
  });
});
