import {
  Codex,
  type CodexError,
  type Diagnostic,
  NotStartedError,
  ResponseValidationError,
  StartError,
  TimeoutError,
  TransportClosedError,
} from "@codex-app-server/sdk";
import { memoryTransportPair, ScriptedAppServer, scriptTurns } from "@codex-app-server/sdk/testing";
import { assert, assertEquals, assertRejects, assertStrictEquals, assertThrows } from "@std/assert";
import { describe, test } from "node:test";
import { VERSION } from "../../src/version.ts";
import { selfCommand } from "../runtime/self.ts";
import { collect, scripted } from "./scripted.ts";

const MODELS = () => ({ data: [], nextCursor: null });
/** Lets everything go on that can. */
const tick = () => new Promise<void>((resolve) => setTimeout(resolve, 0));

describe("start", () => {
  test("[L1] the constructor starts nothing; ten first calls make one connection and one initialize", async () => {
    await using peer = scripted();
    peer.server.onRequest("model/list", MODELS);
    assertEquals(peer.server.connections.length, 0);
    await Promise.all(Array.from({ length: 10 }, () => peer.codex.models()));
    assertEquals(peer.server.connections.length, 1);
    assertEquals(peer.server.messages.filter(({ method }) => method === "initialize").length, 1);
    assertEquals(peer.server.messages.slice(0, 2).map(({ method }) => method), ["initialize", "initialized"]);
  });

  test("[L2] a failed start rejects every call that waits with one error, and the next call tries again", async () => {
    await using peer = scripted();
    peer.server.onRequest("model/list", MODELS);
    peer.server.onRequest("initialize", async (_params, ctx) => {
      await ctx.connection.die({ exit: { code: 3, signal: null }, stderrTail: "config is bad" });
      ctx.never();
    });
    const results = await Promise.allSettled(Array.from({ length: 5 }, () => peer.codex.models()));
    const errors = new Set(results.map((result) => result.status === "rejected" ? result.reason : result.value));
    assertEquals(errors.size, 1);
    const [error] = errors as Set<StartError>;
    assert(error instanceof StartError);
    assertEquals([error.exit?.code, error.stderrTail], [3, "config is bad"]);
    assert(error.message.includes("exit code 3") && error.message.includes("config is bad"), error.message);
    peer.server.onRequest("initialize", () => ({
      userAgent: "x/0.169.0",
      codexHome: "/",
      platformFamily: "unix",
      platformOs: "linux",
    }));
    assertEquals((await peer.codex.models()).data, []);
    assertEquals(peer.server.connections.length, 2);
  });

  test("[L2] a server that never answers initialize is a TimeoutError, and its connection is closed", async () => {
    const server = new ScriptedAppServer();
    server.onRequest("initialize", (_params, ctx) => ctx.never());
    const error = await assertRejects(
      () => Codex.start({ transport: () => server.connect(), limits: { startTimeoutMs: 20 } }),
      TimeoutError,
      "limits.startTimeoutMs",
    );
    assertEquals(error.kind, "start");
    assertEquals(server.connection.over, true);
    await server.close();
  });

  test("[L4] abort while the transport opens, during initialize and after: its reason, and nothing stays open", async () => {
    const reason = new Error("quit");
    await assertRejects(() => Codex.start({ signal: AbortSignal.abort(reason) }), Error, "quit");

    const opening = new AbortController();
    let closed = false;
    const server = new ScriptedAppServer();
    const slow = Codex.start({
      signal: opening.signal,
      transport: async ({ signal }) => {
        opening.abort(reason);
        assertEquals(signal.aborted, true);
        await Promise.resolve();
        const transport = server.connect();
        void transport.closed.then(() => closed = true);
        return transport;
      },
    });
    assertStrictEquals(await slow.catch((error) => error), reason);
    await server.connection.closed;
    assertEquals(closed, true);

    const shaking = new AbortController();
    server.onRequest("initialize", (_params, ctx) => {
      shaking.abort(reason);
      ctx.never();
    });
    const start = Codex.start({ signal: shaking.signal, transport: () => server.connect() });
    assertStrictEquals(await start.catch((error) => error), reason);
    assertEquals(server.connection.over, true);
    await server.close();

    const after = new AbortController();
    await using peer = scripted({ signal: after.signal });
    peer.server.onRequest("model/list", MODELS);
    await peer.codex.models();
    after.abort(reason);
    const { reason: how, error } = await peer.codex.closed;
    assertEquals(how, "lost");
    assertStrictEquals(error.cause, reason);
  });

  test("[L4] a start whose only caller gives up is given up; one that others wait for is not", async () => {
    await using peer = scripted();
    peer.server.onRequest("model/list", MODELS);
    let answer: (() => void) | undefined;
    peer.server.onRequest("initialize", async () => {
      await new Promise<void>((resolve) => answer = resolve);
      return { userAgent: "x/0.169.0", codexHome: "/", platformFamily: "unix", platformOs: "linux" };
    });
    const only = new AbortController();
    const alone = peer.codex.models({}, { signal: only.signal });
    await peer.server.received("initialize");
    only.abort(new Error("gone"));
    await assertRejects(() => alone, Error, "gone");
    await peer.server.connection.closed;
    answer?.();

    const one = new AbortController();
    const leaving = peer.codex.models({}, { signal: one.signal });
    const staying = peer.codex.models();
    while (peer.server.messages.filter(({ method }) => method === "initialize").length < 2) await tick();
    one.abort(new Error("gone"));
    await assertRejects(() => leaving, Error, "gone");
    answer?.();
    assertEquals((await staying).data, []);
  });

  test("[S2] metadata is the answer to initialize, unchanged; before the start it says how to start", async () => {
    await using peer = scripted({}, { validate: false });
    const error = assertThrows(() => peer.codex.metadata, NotStartedError, "Codex.start()");
    assertEquals(error.code, "NOT_STARTED");
    const answer = {
      userAgent: "n/0.169.0 (x)",
      codexHome: "/h",
      platformFamily: "unix",
      platformOs: "linux",
      more: 1,
    };
    peer.server.onRequest("initialize", () => answer);
    await peer.codex.threadStart();
    assertEquals<unknown>(peer.codex.metadata, answer);
  });

  test("[S2] an answer to initialize without userAgent is an error", async () => {
    for (const validation of ["tolerant", "off"] as const) {
      const server = new ScriptedAppServer({ validate: false });
      server.onRequest("initialize", () => ({ codexHome: "/", platformFamily: "unix", platformOs: "linux" }) as never);
      const start = Codex.start({ transport: () => server.connect(), validation });
      await assertRejects(() => start, ResponseValidationError, "userAgent");
      assertEquals(server.connection.over, true);
      await server.close();
    }
  });

  test("[S8] the server is told who is there and what is wanted; options change it", async () => {
    await using peer = scripted();
    await peer.codex.threadStart();
    const { clientInfo, capabilities } = peer.server.messages[0]?.params as Record<string, Record<string, unknown>>;
    assertEquals([clientInfo?.["name"], clientInfo?.["version"]], ["codex_app_server_sdk", VERSION]);
    assertEquals(capabilities, { experimentalApi: true });
    await using custom = scripted({
      clientName: "me",
      clientTitle: "Me",
      clientVersion: "9",
      experimentalApi: false,
      optOutNotificationMethods: ["turn/diff/updated"],
    });
    await custom.codex.threadStart();
    assertEquals(custom.server.messages[0]?.params, {
      clientInfo: { name: "me", title: "Me", version: "9" },
      capabilities: { experimentalApi: false, optOutNotificationMethods: ["turn/diff/updated"] },
    });
  });

  test("[L12] a server of another version works, and a diagnostic says which versions differ", async () => {
    await using peer = scripted();
    peer.server.onRequest("initialize", () => ({
      userAgent: "codex_app_server_sdk/0.200.1-alpha.2 (Debian)",
      codexHome: "/",
      platformFamily: "unix",
      platformOs: "linux",
    }));
    await peer.codex.threadStart();
    const [skew] = peer.diagnostics;
    assertEquals(skew?.type === "version-skew" ? [skew.server, skew.generated] : skew, ["0.200.1-alpha.2", "0.169.0"]);
  });

  test("a transport that was used is refused with the reason", async () => {
    const server = new ScriptedAppServer();
    const transport = server.connect();
    await using _first = await Codex.start({ transport });
    await assertRejects(() => Codex.start({ transport }), TypeError, "Pass a function");
    await assertRejects(() => Codex.start({ transport: () => transport }), TypeError, "Pass a function");
    assertEquals(server.connection.over, false);
    await server.close();
  });

  test("[L5] a transport that was given and not used is closed with the rest", async () => {
    const server = new ScriptedAppServer();
    await new Codex({ transport: server.connect() }).close();
    assertEquals(server.connection.over, true);
    const aborted = new Codex({ transport: server.connect(), signal: AbortSignal.abort() });
    await aborted.closed;
    assertEquals(server.connection.over, true);
    await server.close();
  });

  test("[L4] closed resolves also if the signal aborts before the start is over", async () => {
    const server = new ScriptedAppServer();
    const reason = new Error("quit");
    const before = new Codex({ transport: () => server.connect(), signal: AbortSignal.abort(reason) });
    assertStrictEquals((await before.closed).error.cause, reason);
    assertEquals(server.connections.length, 0);
    const controller = new AbortController();
    server.onRequest("initialize", (_params, ctx) => {
      controller.abort(reason);
      ctx.never();
    });
    const during = new Codex({ transport: () => server.connect(), signal: controller.signal });
    assertStrictEquals(await during.models().catch((error) => error), reason);
    assertStrictEquals((await during.closed).error.cause, reason);
    await server.close();
  });

  test("options that cannot be right are refused by the constructor", () => {
    assertThrows(() => new Codex({ limits: { streamBytes: 0 } }), RangeError, "limits.streamBytes");
    assertThrows(() => new Codex({ limits: { interruptTimeoutMs: 0 } }), RangeError, "limits.interruptTimeoutMs");
    assertThrows(() => new Codex({ limits: { steamBytes: 1 } as never }), TypeError, "limits.steamBytes");
    const optOutNotificationMethods = ["turn/diff/updated", "turn/completed"];
    assertThrows(() => new Codex({ optOutNotificationMethods }), TypeError, "turn/completed");
    const [transport] = memoryTransportPair();
    assertThrows(() => new Codex({ reconnect: true, transport }), TypeError, "reconnect");
  });
});

describe("the end", () => {
  test("[L5] close() settles everything that waits, once, and may be called again", async () => {
    const peer = scripted({ handlers: { "item/tool/call": (_params, ctx) => ctx.defer() } });
    scriptTurns(peer.server, async (playing) => {
      await playing.ask("item/tool/call").catch(() => {});
    });
    peer.server.onRequest("model/list", (_params, ctx) => ctx.never());
    const thread = await peer.codex.threadStart();
    const handle = await thread.turn("hi");
    const iterator = handle.stream();
    await iterator.next();
    const waiting = {
      request: peer.codex.models(),
      run: handle.run(),
      stream: collect(iterator),
      text: collect(handle.text()),
    };
    const events = collect(thread.events());
    const notifications = collect(peer.codex.notifications());
    while (peer.codex.pendingServerRequests()[0]?.state !== "parked") await tick();
    await Promise.all([peer.codex.close(), peer.codex.close(), peer.codex[Symbol.asyncDispose]()]);
    for (const [name, promise] of Object.entries(waiting)) {
      await assertRejects(() => promise as Promise<unknown>, TransportClosedError, "closed", name);
    }
    await Promise.all([events, notifications]);
    assertEquals(peer.codex.pendingServerRequests(), []);
    assertEquals((await peer.codex.closed).reason, "closed");
    await peer.codex.close();
    await peer.server.close();
  });

  test("[L6] after a crash every call fails at once with one sticky error, and closed says the same", async () => {
    const peer = scripted();
    const thread = await peer.codex.threadStart();
    const events = thread.events();
    await peer.server.connection.die({ exit: { code: null, signal: "SIGSEGV" }, stderrTail: "bad luck" });
    const info = await peer.codex.closed;
    assertEquals([info.reason, info.exit, info.stderrTail], ["lost", { code: null, signal: "SIGSEGV" }, "bad luck"]);
    const calls = [
      () => peer.codex.models(),
      () => peer.codex.requestRaw("x"),
      () => thread.run("hi"),
      () => thread.read(),
      () => peer.codex.threadStart(),
    ];
    for (const call of calls) {
      const error = await assertRejects(call, TransportClosedError, "SIGSEGV") as CodexError;
      assertStrictEquals(error, info.error);
    }
    await assertRejects(() => collect(events), TransportClosedError, "bad luck");
    await assertRejects(() => collect(thread.events()), TransportClosedError);
    await peer.codex.close();
    await peer.server.close();
  });

  test("[L6] a Codex that was closed before it started says so, and starts nothing", async () => {
    const server = new ScriptedAppServer();
    const codex = new Codex({ transport: () => server.connect() });
    await codex.close();
    await assertRejects(() => codex.models(), TransportClosedError, "was closed");
    assertEquals([server.connections.length, (await codex.closed).reason], [0, "closed"]);
    await server.close();
  });

  test("[L6] notifications() of a Codex that is closed end; a stream that was given up starts nothing", async () => {
    const server = new ScriptedAppServer();
    const codex = new Codex({ transport: () => server.connect() });
    const given = codex.notifications();
    await given.return?.();
    assertEquals((await given.next()).done, true);
    const early = codex.notifications();
    await codex.close();
    assertEquals([await collect(early), await collect(codex.notifications())], [[], []]);
    assertEquals(server.connections.length, 0);
    await server.close();
  });

  test("[L5] close() during the start ends the start", async () => {
    const server = new ScriptedAppServer();
    server.onRequest("initialize", (_params, ctx) => ctx.never());
    const codex = new Codex({ transport: () => server.connect() });
    const call = codex.models();
    await server.received("initialize");
    await codex.close();
    await assertRejects(() => call, TransportClosedError, "was closed");
    assertEquals(server.connection.over, true);
    await server.close();
  });

  test("[L8] await using closes a Codex; on a handle it ends the streams and not the turn", async () => {
    const server = new ScriptedAppServer();
    let release!: () => void;
    const turns = scriptTurns(server, () => new Promise<void>((resolve) => release = resolve));
    {
      await using codex = new Codex({ transport: () => server.connect() });
      const thread = await codex.threadStart();
      let stream;
      let run;
      {
        await using handle = await thread.turn("hi");
        stream = collect(handle.stream());
        run = handle.run();
      }
      await stream;
      assertEquals(turns[0]?.signal.aborted, false);
      release();
      assertEquals((await run).status, "completed");
    }
    await server.connection.closed;
    await server.close();
  });

  test("[F4] a line over the limit ends the connection with the reason", async () => {
    const peer = scripted({ limits: { maxLineBytes: 10_000 } });
    const thread = await peer.codex.threadStart();
    peer.server.connection.sendRaw(`{"method":"x","params":"${"y".repeat(20_000)}"}\n`);
    const { error } = await peer.codex.closed;
    assertEquals((error.cause as CodexError).code, "PROTOCOL");
    await assertRejects(() => thread.run("hi"), TransportClosedError, "limits.maxLineBytes");
    await peer.server.close();
  });

  test("[F4] the same before the server has answered is the reason why it did not start", async () => {
    const [transport, server] = memoryTransportPair();
    await server.writable.getWriter().write("y".repeat(20_000));
    const start = () => Codex.start({ transport, limits: { maxLineBytes: 10_000 } });
    await assertRejects(start, StartError, "limits.maxLineBytes");
  });

  test("[L9] an onStderr that throws is told, and disturbs nothing", async () => {
    const diagnostics: Diagnostic[] = [];
    const start = Codex.start({
      launchArgsOverride: selfCommand("runtime/fault_child", "complain"),
      onStderr: () => {
        throw new Error("listener");
      },
      onDiagnostic: (diagnostic) => diagnostics.push(diagnostic),
    });
    await assertRejects(() => start, StartError, "no such model");
    assertEquals(diagnostics.map(({ type }) => type), ["callback-threw"]);
  });

  test("a listener that throws disturbs nothing", async () => {
    await using peer = scripted({
      onDiagnostic: () => {
        throw new Error("listener");
      },
    });
    peer.server.onRequest("model/list", (_params, ctx) => {
      ctx.connection.sendRaw("banner\n");
      return MODELS();
    });
    assertEquals((await peer.codex.models()).data, []);
  });
});
