import { Codex, NotStartedError, TransportClosedError } from "@codex-app-server/sdk";
import { ScriptedAppServer } from "@codex-app-server/sdk/testing";
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { describe, test } from "node:test";
import { Connector } from "../../src/client/connection/connector.ts";
import { collect } from "./scripted.ts";

describe("before the start, when what goes over a connection is not loaded", () => {
  test("[L1] there is nothing to be told or answered, and asking for it starts nothing", async () => {
    const server = new ScriptedAppServer();
    const codex = new Codex({ transport: () => server.connect() });
    const stop = codex.observe({ event: () => {} });
    assertEquals([codex.pid, codex.threadPath("t"), codex.pendingServerRequests()], [null, null, []]);
    assertThrows(
      () => codex.answer(7, { decision: "decline" }),
      RangeError,
      "No server request 7 is pending: there is none",
    );
    assertThrows(() => codex.server, NotStartedError);
    stop();
    await codex.close();
    assertEquals([codex.pid, codex.threadPath("t"), codex.pendingServerRequests()], [null, null, []]);
    assertThrows(
      () => codex.answer(7, { decision: "decline" }),
      RangeError,
      "No server request 7 is pending: there is none",
    );
    assertEquals(server.connections.length, 0);
    await server.close();
  });

  test("[L5] close() right behind the first call ends it, and a stream that was there before", async () => {
    const server = new ScriptedAppServer();
    const codex = new Codex({ transport: () => server.connect() });
    const events = collect(codex.events()).catch((error) => error);
    const call = codex.models();
    const closing = codex.close();
    await assertRejects(() => call, TransportClosedError, "was closed");
    await closing;
    assert((await events) instanceof TransportClosedError);
    assertEquals((await codex.closed).reason, "closed");
    assert(server.connections.every(({ over }) => over));
    await server.close();
  });

  test("[T17] a stream is open from the first message on, and nothing is if it was given up", async () => {
    await using server = new ScriptedAppServer();
    const connector = new Connector({ transport: () => server.connect() });
    const [read, givenUp] = [connector.listen({}), connector.listen({})];
    await givenUp.return?.();
    const { subscriptions } = await connector.load();
    assertEquals(subscriptions.size, 1);
    const first = read.next();
    await server.received("initialized");
    server.connection.notify("configWarning", { summary: "first" });
    assertEquals((await first).value?.method, "configWarning");
    await connector.close();
    assertEquals(subscriptions.size, 0);
  });
});
