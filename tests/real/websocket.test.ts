import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { once } from "node:events";
import { describe, test } from "node:test";
import {
  Codex,
  type CodexOptions,
  finalResponse,
  ProtocolError,
  StartError,
  TransportClosedError,
  type TransportFactory,
  unixSocketTransport,
  websocketTransport,
} from "@codex-app-server/sdk";
import { delay, message } from "@codex-app-server/sdk/testing";
import { connectProxy } from "../transport/connect_proxy.ts";
import { type ListeningServer, listeningServer } from "./listening_server.ts";

const TOKEN = "capability-hunter2";
const never = new AbortController().signal;

/** A client of its own; closed when disposed. */
const client = (transport: TransportFactory, options: CodexOptions = {}) => Codex.start({ transport, ...options });

/** Resolves once the server says that the thread has become idle. Global news come to every client. */
async function idle(codex: Codex, threadId: string): Promise<void> {
  for await (const { params } of codex.notifications("thread/status/changed")) {
    if (params.threadId === threadId && params.status.type === "idle") return;
  }
}

/** The errors underneath, nearest first. */
function causes(error: Error): unknown[] {
  return error.cause instanceof Error ? [error.cause, ...causes(error.cause)] : [];
}

const ways: Record<string, [on: "ws" | "unix", connect: (server: ListeningServer) => TransportFactory]> = {
  websocketTransport: ["ws", ({ address }) => websocketTransport(address)],
  unixSocketTransport: ["unix", ({ address }) => unixSocketTransport(address)],
};

for (const [name, [on, connect]] of Object.entries(ways)) {
  describe(`${name} (real)`, () => {
    test("(real) start, handshake, a turn, and an orderly end", async () => {
      await using server = await listeningServer({ on });
      const codex = await client(connect(server));
      assertStringIncludes(codex.metadata.userAgent, "/0.");
      server.model.reply("Hello");
      const thread = await codex.threadStart({ cwd: server.workspace });
      assertEquals(finalResponse(await thread.run("hi")), "Hello");
      await Promise.all([codex.close(), codex.close()]);
      assertEquals((await codex.closed).reason, "closed");
      await assertRejects(() => thread.run("again"), TransportClosedError);
    });

    test("(real) two clients on one server: each has its own turns, and outlives the other", async () => {
      await using server = await listeningServer({ on });
      await using first = await client(connect(server));
      await using second = await client(connect(server));
      server.model.always((request) => [`You said ${request.lastUserText}.`]);
      const threads = await Promise.all([first, second].map((codex) => codex.threadStart({ cwd: server.workspace })));
      const turns = await Promise.all(threads.map((thread, index) => thread.run(`number ${index}`)));
      assertEquals(turns.map(finalResponse), ["You said number 0.", "You said number 1."]);
      await Promise.all([first.close(), first.close()]);
      assertEquals((await first.closed).reason, "closed");
      assertEquals(finalResponse(await threads[1]!.run("still here")), "You said still here.");
    });

    test("(real) [T12] the server is killed mid-turn: whoever waits is told, with the items so far", async () => {
      await using server = await listeningServer({ on });
      await using codex = await client(connect(server));
      const gate = server.model.gate();
      server.model.reply(message(["begun ", gate]));
      const thread = await codex.threadStart({ cwd: server.workspace });
      const turn = await thread.turn("go on for ever");
      await gate.reached;
      const failed = assertRejects(() => turn.run(), TransportClosedError);
      await server.kill();
      const error = await failed;
      assertStringIncludes(error.message, "close code 1006");
      assertEquals(error.items.map((item) => item.type), ["userMessage"]);
      await assertRejects(() => thread.run("again"), TransportClosedError);
    });
  });
}

describe("websocketTransport (real)", () => {
  test("(real) a token: the right one is let in, a wrong or missing one is told, and no message shows it", async () => {
    await using server = await listeningServer({ token: TOKEN });
    server.model.reply("in");
    await using codex = await client(websocketTransport(server.address, { token: TOKEN }));
    const thread = await codex.threadStart({ cwd: server.workspace });
    assertEquals(finalResponse(await thread.run("hi")), "in");
    for (const options of [{ token: `${TOKEN}-wrong` }, {}]) {
      const error = await assertRejects(() => client(websocketTransport(server.address, options)), StartError);
      assertStringIncludes(error.message, "HTTP 401");
      assert(!`${error.message}${error.stack}`.includes("hunter2"), error.stack);
    }
    assert(!server.stderr().includes("hunter2"));
  });

  test("[W13] (real) a turn through a proxy", async () => {
    await using server = await listeningServer({ token: TOKEN });
    await using proxy = await connectProxy();
    server.model.reply("through");
    const transport = websocketTransport(server.address, { token: TOKEN, proxy: `http://127.0.0.1:${proxy.port}` });
    await using codex = await client(transport);
    const thread = await codex.threadStart({ cwd: server.workspace });
    assertEquals(finalResponse(await thread.run("hi")), "through");
    assertEquals(proxy.asked.map((head) => head.split(" ").slice(0, 2).join(" ")), [
      `CONNECT ${new URL(server.address).host}`,
    ]);
  });

  test("(real) the server answers pings", async () => {
    await using server = await listeningServer();
    const { default: WebSocket } = await import("ws");
    const socket = new WebSocket(server.address);
    await once(socket, "open");
    const answer = once(socket, "pong");
    socket.ping("are you there");
    const [payload] = await answer;
    assertEquals(String(payload), "are you there");
    const closed = once(socket, "close");
    socket.close();
    await closed;
  });

  test("(real) an Origin header is refused, and the error says so", async () => {
    await using server = await listeningServer();
    const factory = websocketTransport(server.address, { headers: { Origin: "https://example.org" } });
    const error = await assertRejects(() => client(factory), StartError);
    assertStringIncludes(error.message, "HTTP 403");
  });

  test("(real) a server that has gone: StartError, and the next call tries again", async () => {
    let address = "";
    {
      await using server = await listeningServer();
      address = server.address;
    }
    await using codex = new Codex({ transport: websocketTransport(address) });
    for (let attempt = 0; attempt < 2; attempt++) {
      const error = await assertRejects(() => codex.threadList(), StartError);
      assertStringIncludes(error.message, address);
    }
  });

  test("(real) [F4] an answer over maxMessageBytes ends the connection, and the error names the limit", async () => {
    await using server = await listeningServer();
    await using codex = await client(websocketTransport(server.address, { maxMessageBytes: 20_000 }));
    server.model.reply("x".repeat(30_000));
    const thread = await codex.threadStart({ cwd: server.workspace });
    const error = await assertRejects(() => thread.run("say much"), TransportClosedError);
    assert(causes(error).some((cause) => cause instanceof ProtocolError), String(error.cause));
    assertStringIncludes(error.message, "more than 20000 bytes");
  });

  test("(real) [L14] 60,000 deltas that nobody reads do not get this client cut off", async () => {
    const deltas = 60_000;
    await using server = await listeningServer();
    await using other = await client(websocketTransport(server.address));
    // Not faster than this process can read on a busy machine: the model lives in it too.
    const parts = Array.from({ length: deltas }, (_, index) => [`${index} `, ...(index % 100 === 0 ? [delay(4)] : [])]);
    server.model.reply(message(parts.flat()));

    // Below the client, which always reads: this reader stops after the answer to turn/start.
    const transport = await websocketTransport(server.address)({ signal: never });
    const writer = transport.writable.getWriter();
    const reader = transport.readable.getReader();
    const next = async () => {
      const { value, done } = await reader.read();
      assert(!done, "the connection has ended");
      return JSON.parse(String(value));
    };
    const request = async (id: number, method: string, params: unknown) => {
      await writer.write(JSON.stringify({ id, method, params }));
      for (let reply = await next();; reply = await next()) if (reply.id === id) return reply.result;
    };
    await request(1, "initialize", { clientInfo: { name: "slow", title: null, version: "0" } });
    const { thread } = await request(2, "thread/start", { cwd: server.workspace });
    const done = idle(other, thread.id);
    await request(3, "turn/start", { threadId: thread.id, input: [{ type: "text", text: "go" }] });
    await done;

    let seen = 0;
    for (let news = await next(); news.method !== "turn/completed"; news = await next()) {
      if (news.method === "item/agentMessage/delta") assertEquals(news.params.delta, `${seen++} `);
    }
    assertEquals(seen, deltas);
    writer.releaseLock();
    reader.releaseLock();
    await transport.close();
    assertEquals(await transport.closed, {});
  });
});
