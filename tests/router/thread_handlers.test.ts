import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { describe, test } from "node:test";
import { QuestionIds } from "../../src/router/question_ids.ts";
import { type OwnHandlers, ThreadHandlers } from "../../src/router/thread_handlers.ts";
import { AsyncContext } from "../../src/util/async_context.ts";
import { collectUntil } from "../collect_garbage.ts";

const own = (): OwnHandlers => ({ handlers: {}, context: new AsyncContext() });

describe("the handlers of threads", () => {
  test("[P15] go with whoever holds them, and are missed", async () => {
    const threads = new ThreadHandlers(1e6, 1000);
    let held: OwnHandlers | undefined = own();
    threads.set("a", held);
    threads.set("never", undefined);
    assertEquals([threads.get("a") === held, threads.isGone("a"), threads.isGone("never")], [true, false, false]);
    held = undefined;
    assert(await collectUntil(() => threads.isGone("a")));
    assertEquals([threads.get("a"), threads.of(["a", "never"])], [undefined, []]);
    threads.set("a", undefined);
    assertEquals(threads.isGone("a"), false);
  });

  test("[P15] that are kept for a moment keep no program alive: on Deno the signal of a time-out does", () => {
    const delays: number[] = [];
    const { timeout } = AbortSignal;
    Object.assign(AbortSignal, {
      timeout(delayMs: number) {
        delays.push(delayMs);
        return timeout.call(AbortSignal, delayMs);
      },
    });
    try {
      new ThreadHandlers(1e6, 1000).set("a", own());
    } finally {
      Object.assign(AbortSignal, { timeout });
    }
    assert(delays.every((delayMs) => delayMs <= 1), `${delays}`);
  });

  test("[P15] go when the thread is archived, and are as they were when what set them is taken back", () => {
    const threads = new ThreadHandlers(1e6, 1000);
    const [first, second] = [own(), own()];
    threads.set("a", first);
    const takeBack = threads.set("a", second);
    takeBack();
    assertEquals(threads.get("a"), first);
    const tooLate = threads.set("a", second);
    threads.set("a", first);
    tooLate();
    assertEquals(threads.get("a"), first);
    threads.drop("a");
    threads.drop("b");
    assertEquals([threads.isGone("a"), threads.isGone("b")], [true, false]);
    threads.set("a", undefined)();
    assertEquals(threads.isGone("a"), true);
  });

  test("[U3] while a thread is being opened, one that is not known yet may be that one", async () => {
    const threads = new ThreadHandlers(1e6, 5);
    threads.set("known", undefined);
    const opened = threads.open();
    assertEquals(await Promise.all([threads.opened(["known", "child"]), threads.opened(["new"])]), [true, false]);
    const waiting = threads.opened(["new"]);
    threads.set("new", own());
    opened();
    assertEquals(await waiting, true);
  });
});

describe("the names of questions", () => {
  test("[P8] are the server's own while those count up, and never one that was given before", () => {
    const ids = new QuestionIds(1e6);
    assertEquals([ids.next(0), ids.next(1), ids.next(7)], [0, 1, 7]);
    const given = new Set<unknown>([0, 1, 7]);
    for (const id of [0, 1, 7, 3, "0", "0/1", "a", "a", -1, 0.5, 8, 8, Infinity, Infinity, 9]) {
      const name = ids.next(id);
      assert(!given.has(name), `${id} was named ${name}`);
      given.add(name);
    }
  });

  test("[P8] [P15] say what became of a question, as long as that is remembered", () => {
    const ids = new QuestionIds(1000);
    ids.close(0, "it was answered");
    assertEquals(ids.whyGone(0), "it was answered");
    assertEquals(ids.whyGone("0"), "it was answered");
    assertNotEquals(ids.whyGone("00"), "it was answered");
    for (let n = 1; n < 100; n++) ids.close(n, "it was resolved elsewhere");
    assertNotEquals(ids.whyGone(0), "it was answered");
  });
});
