import { assert, assertEquals, assertRejects } from "@std/assert";
import { AsyncLocalStorage } from "node:async_hooks";
import { setTimeout } from "node:timers/promises";
import { describe, test } from "node:test";
import { AsyncContext } from "../../src/util/async_context.ts";
import { collectUntil } from "../collect_garbage.ts";

const session = new AsyncLocalStorage<unknown>();

describe("an async context", () => {
  test("[P11] is that of the place where it was made, whoever runs something in it", async () => {
    const [alice, nobody] = [session.run("alice", () => new AsyncContext()), new AsyncContext()];
    const seen = await session.run("bob", async () => [
      await alice.run(() => session.getStore()),
      await alice.run(async () => {
        await setTimeout(1);
        return session.getStore();
      }),
      await nobody.run(() => session.getStore()),
      session.getStore(),
    ]);
    assertEquals(seen, ["alice", "alice", undefined, "bob"]);
  });

  test("[P11] keeps nothing of what is done to it there", async () => {
    const context = session.run("alice", () => new AsyncContext());
    await context.run(() => session.enterWith("mallory"));
    assertEquals(await context.run(() => session.getStore()), "alice");
  });

  test("runs all at once, and settles each as it does", async () => {
    const context = new AsyncContext();
    const error = new Error("its own");
    assertEquals(await Promise.all([context.run(() => 1), context.run(() => Promise.resolve(2))]), [1, 2]);
    assertEquals(await assertRejects(() => context.run(() => Promise.reject(error))), error);
    assertEquals(
      await assertRejects(() =>
        context.run(() => {
          throw error;
        })
      ),
      error,
    );
    assertEquals(await context.run(() => 3), 3);
  });

  test("[P11] goes when nobody has it any more, and the store with it", async () => {
    const gone = await (async () => {
      const store = { of: "alice" };
      const context = session.run(store, () => new AsyncContext());
      assertEquals(await context.run(() => session.getStore()), store);
      return new WeakRef(store);
    })();
    assert(await collectUntil(() => gone.deref() === undefined));
  });
});
