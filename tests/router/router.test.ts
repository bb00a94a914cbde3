import type { Notification } from "@codex-app-server/sdk";
import { memoryTransportPair, notification } from "@codex-app-server/sdk/testing";
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { describe, test } from "node:test";
import { TransportClosedError } from "../../src/errors.ts";
import { loadProtocol } from "../../src/message/protocol.ts";
import { Validator } from "../../src/message/validator.ts";
import { resolveLimits } from "../../src/router/limits.ts";
import { Router } from "../../src/router/router.ts";
import { Subscriptions } from "../../src/router/subscriptions.ts";
import { AsyncContext } from "../../src/util/async_context.ts";

function makeRouter(reconnects = true): Router {
  return new Router({
    limits: resolveLimits(),
    validator: new Validator("tolerant", undefined),
    client: { handlers: {}, context: new AsyncContext() },
    serverRequestTimeoutMs: undefined,
    onDiagnostic: () => {},
    onLost: () => reconnects,
    onIdle: () => {},
    onAgentTurn: () => {},
  });
}

describe("a router", () => {
  test("without a connection rejects what cannot wait for one, at once, and keeps nothing of it", async () => {
    const router = makeRouter();
    const greet = () => router.requestRaw("initialize", {}, { priority: "handshake" });
    await assertRejects(greet, TransportClosedError);
    await assertRejects(() => router.notify("initialized"), TransportClosedError);
    const [transport] = memoryTransportPair();
    router.attach(transport);
    const lost = assertRejects(greet, TransportClosedError);
    await transport.close();
    await router.detached();
    await lost;
    await assertRejects(greet, TransportClosedError);
    assertThrows(() => router.open(), TransportClosedError);
    assertEquals(router.pending.size, 0);
    await router.close();
  });

  test("[L6] takes no connection and no request from the moment that it is closed", async () => {
    await loadProtocol();
    const router = makeRouter();
    const [transport, server] = memoryTransportPair();
    router.attach(transport);
    router.open();
    const sent = router.requestRaw("model/list", {});
    const closing = router.close();
    const early = await router.requestRaw("model/list", {}).catch((error) => error);
    assert(early instanceof TransportClosedError && early.message.includes("was closed"), String(early));
    assertThrows(() => router.attach(memoryTransportPair()[0]), TransportClosedError);
    await assertRejects(() => sent, TransportClosedError);
    await closing;
    await server.closed;
    assertEquals(router.pending.size, 0);
  });
});

describe("subscriptions", () => {
  const limits = { mergeAfter: 10, maxBytes: 10_000 };
  const event = (threadId: string): Notification => notification("thread/closed", { threadId });

  test("see what their filter lets through, and are forgotten when their reader stops", async () => {
    const subscriptions = new Subscriptions(limits, () => {});
    const channels = [
      subscriptions.open({}),
      subscriptions.open({ method: "thread/closed" }),
      subscriptions.open({ method: "thread/deleted" }),
      subscriptions.open({ threadId: "a" }),
      subscriptions.open({ threadId: "a", method: "thread/deleted" }),
      subscriptions.open({ threadId: "b" }),
    ];
    for (const threadId of ["a", "b", null]) subscriptions.publish(threadId, event(`${threadId}`), 1);
    assertEquals(channels.map(({ size }) => size), [3, 3, 0, 1, 0, 1]);
    assertEquals([subscriptions.size, subscriptions.threadIds()], [6, ["a", "b"]]);
    for (const channel of channels) await channel.return();
    assertEquals([subscriptions.size, subscriptions.threadIds()], [0, []]);
  });

  test("outlive a lost connection, but for those that must be unbroken", async () => {
    const subscriptions = new Subscriptions(limits, () => {});
    const [one, other, unbroken] = [
      subscriptions.open({}),
      subscriptions.open({ threadId: "a" }),
      subscriptions.open({ unbroken: true }),
    ];
    subscriptions.lose(new Error("lost"));
    await assertRejects(() => unbroken.next(), Error, "lost");
    assertEquals(subscriptions.size, 2);
    subscriptions.close();
    assertEquals([(await one.next()).done, (await other.next()).done, subscriptions.size], [true, true, 0]);
  });
});
