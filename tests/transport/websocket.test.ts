import { assert, assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { describe, test } from "node:test";
import { setImmediate } from "node:timers";
import { inspect } from "node:util";
import { ProtocolError, StartError, StreamOverflowError, TransportClosedError } from "../../src/errors.ts";
import type { Transport, TransportFactory } from "../../src/transport/transport.ts";
import { unixSocketTransport } from "../../src/transport/unix_socket.ts";
import { connectIfThere } from "../../src/transport/socket_connect.ts";
import { type WebsocketOptions, websocketTransport } from "../../src/transport/websocket.ts";
import { type FakePeer, fakeServer, frameHeader } from "./fake_websocket_server.ts";

const never = new AbortController().signal;
const open = (factory: TransportFactory) => Promise.resolve(factory({ signal: never }));

/** Connects to a server of which nothing but this one connection is wanted. */
async function withPeer(
  body: (transport: Transport, peer: FakePeer) => Promise<void>,
  options: WebsocketOptions = {},
): Promise<void> {
  const peers: FakePeer[] = [];
  await using server = await fakeServer((_request, _socket, accept) => peers.push(accept()));
  const transport = await open(websocketTransport(server.url, options));
  try {
    await body(transport, peers[0]!);
  } finally {
    peers[0]!.socket.destroy();
    await transport.close();
  }
}

/** Reads to the end; the error that ended it, if one did. */
async function readAll(transport: Transport): Promise<{ lines: unknown[]; error: unknown }> {
  const lines: unknown[] = [];
  try {
    for await (const line of transport.readable) lines.push(line);
    return { lines, error: undefined };
  } catch (error) {
    return { lines, error };
  }
}

describe("websocketTransport", () => {
  test("carries each line as one text message, both ways, and says that the server is shared", async () => {
    await withPeer(async (transport, peer) => {
      assertEquals(transport.shared, true);
      const writer = transport.writable.getWriter();
      await writer.write('{"a":"é\u2028😀"}');
      await writer.write("b");
      assertEquals(await peer.next(), { opcode: 1, text: '{"a":"é\u2028😀"}' });
      assertEquals(await peer.next(), { opcode: 1, text: "b" });
      const reader = transport.readable.getReader();
      peer.send("ü\nsecond row of the same message");
      assertEquals((await reader.read()).value, "ü\nsecond row of the same message");
      const read = reader.read();
      peer.send("");
      assertEquals((await read).value, "");
    });
  });

  test("sends the token and the headers, and no Origin", async () => {
    let headers: Record<string, unknown> = {};
    await using server = await fakeServer((request, _socket, accept) => {
      headers = { ...request.headers, url: request.url };
      accept().farewell(1000, "");
    });
    const factory = websocketTransport(`${server.url}/rpc?x=1`, { token: "tok-en", headers: { "X-Team": "a" } });
    await (await open(factory)).closed;
    assertEquals(headers["authorization"], "Bearer tok-en");
    assertEquals(headers["x-team"], "a");
    assertEquals(headers["url"], "/rpc?x=1");
    assertEquals(headers["origin"], undefined);
  });

  const refusals: Record<string, readonly [string, string]> = {
    "401": ["HTTP/1.1 401 Unauthorized\r\ncontent-length: 6\r\n\r\nsecret", "wants another token"],
    "403": ["HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n", "Origin"],
    "404": ["HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n", "HTTP 404"],
    "200, no upgrade": ["HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi", "HTTP 200"],
    "garbage": ["220 mail.example.org ESMTP\r\n\r\n", "Is the server running"],
    "nothing, then the end": ["", "Is the server running"],
  };
  for (const [what, [answer, expected]] of Object.entries(refusals)) {
    test(`a server that answers ${what}: StartError, without the token`, async () => {
      await using server = await fakeServer((_request, socket) => void socket.end(answer));
      const factory = websocketTransport(server.url, { token: "hunter2-token" });
      const error = await assertRejects(() => open(factory), StartError);
      assertStringIncludes(error.message, `Cannot connect to ${server.url}`);
      assertStringIncludes(error.message, expected);
      assert(!inspect(error, { depth: 20, showHidden: true }).includes("hunter2"), inspect(error, { depth: 20 }));
      assert(!inspect(factory, { depth: 20, showHidden: true }).includes("hunter2"));
    });
  }

  test("nobody listens: StartError that names the address", async () => {
    const server = await fakeServer(() => {});
    await server[Symbol.asyncDispose]();
    const error = await assertRejects(() => open(websocketTransport(server.url)), StartError);
    assertStringIncludes(error.message, server.url);
    assertStringIncludes(error.message, "ECONNREFUSED");
  });

  test("wss: to a server without TLS: StartError, and nothing of the request is sent in the clear", async () => {
    let upgrades = 0;
    await using server = await fakeServer(() => upgrades++);
    const factory = websocketTransport(server.url.replace("ws:", "wss:"), { token: "hunter2" });
    const error = await assertRejects(() => open(factory), StartError);
    assertStringIncludes(error.message, "Cannot connect to wss://127.0.0.1");
    assertEquals(upgrades, 0);
  });

  test("a server that never answers the upgrade: given up after connectTimeoutMs", async () => {
    await using server = await fakeServer(() => {});
    const factory = websocketTransport(server.url, { connectTimeoutMs: 20 });
    const error = await assertRejects(() => open(factory), StartError);
    assertStringIncludes(error.message, "within 20 ms");
  });

  test("[L4] aborts before and while connecting, with the signal's reason", async () => {
    const reason = new Error("enough");
    const aborted = AbortSignal.abort(reason);
    const controller = new AbortController();
    await using server = await fakeServer(() => controller.abort(reason));
    const factory = websocketTransport(server.url);
    assertEquals(await assertRejects(async () => await factory({ signal: aborted })), reason);
    assertEquals(await assertRejects(async () => await factory({ signal: controller.signal })), reason);
  });

  test("close() says farewell once, settles all, and writes fail afterwards", async () => {
    await withPeer(async (transport, peer) => {
      const answered = peer.next().then((frame) => {
        assertEquals(frame.opcode, 8);
        peer.farewell(1000, "");
      });
      await Promise.all([transport.close(), transport.close()]);
      await answered;
      assertEquals(await transport.closed, {});
      assertEquals(await readAll(transport), { lines: [], error: undefined });
      const error = await assertRejects(() => transport.writable.getWriter().write("late"));
      assert(error instanceof TransportClosedError, String(error));
      await transport.close();
    });
  });

  test("close() is bounded where the server keeps silent", async () => {
    await withPeer(async (transport, peer) => {
      peer.ignore();
      await transport.close();
      assertEquals(await transport.closed, {});
      await peer.gone;
    }, { closeGraceMs: 20 });
  });

  test("what had arrived is read before the end is seen, whoever ended it", async () => {
    await withPeer(async (transport, peer) => {
      peer.send("one");
      peer.send("two");
      peer.farewell(4001, "moved away");
      const { error } = await transport.closed;
      assert(error instanceof TransportClosedError);
      assertStringIncludes(error.message, "close code 4001: moved away");
      assertEquals(await readAll(transport), { lines: ["one", "two"], error });
    });
  });

  test("a dropped connection: TransportClosedError with the close code", async () => {
    await withPeer(async (transport, peer) => {
      peer.send("one");
      const reader = transport.readable.getReader();
      await reader.read();
      peer.socket.resetAndDestroy();
      const error = await assertRejects(() => reader.read(), TransportClosedError);
      assertStringIncludes(error.message, "close code 1006");
      assertEquals((await transport.closed).error, error);
      reader.releaseLock();
    });
  });

  test("half a frame, then the end: the half is not delivered", async () => {
    await withPeer(async (transport, peer) => {
      peer.send("whole");
      peer.socket.write(frameHeader(1, 100));
      peer.socket.end("half");
      const { lines, error } = await readAll(transport);
      assertEquals(lines, ["whole"]);
      assert(error instanceof TransportClosedError, String(error));
    });
  });

  test("a frame that breaks the WebSocket protocol ends the connection with an error", async () => {
    await withPeer(async (transport, peer) => {
      peer.frame(3, new Uint8Array(1));
      const { error } = await readAll(transport);
      assert(error instanceof TransportClosedError, String(error));
    });
  });

  test("[F4] a message over the limit: ProtocolError, before it is buffered", async () => {
    await withPeer(async (transport, peer) => {
      peer.send("x".repeat(1_000));
      // Announced, never sent: the length alone must be enough.
      peer.socket.write(frameHeader(1, 1_001));
      const { lines, error } = await readAll(transport);
      assertEquals(lines, ["x".repeat(1_000)]);
      assert(error instanceof ProtocolError, String(error));
      assertStringIncludes(error.message, "more than 1000 bytes");
    }, { maxMessageBytes: 1_000 });
  });

  test("a message of 50 MB arrives whole", async () => {
    await withPeer(async (transport, peer) => {
      peer.send("x".repeat(50_000_000));
      const { value } = await transport.readable.getReader().read();
      assertEquals(value?.length, 50_000_000);
    });
  });

  test("[L14] 60,000 messages are taken off the socket while nobody reads, and are all there in order", async () => {
    await withPeer(async (transport, peer) => {
      for (let i = 0; i < 60_000; i++) peer.send(`{"delta":${i}}`);
      peer.farewell(1000, "");
      // The end is behind everything: it can only be seen if the socket was read to its end.
      await transport.closed;
      let next = 0;
      await assertRejects(async () => {
        for await (const line of transport.readable) assertEquals(line, `{"delta":${next++}}`);
      }, TransportClosedError);
      assertEquals(next, 60_000);
    });
  });

  test("more than maxBufferedChars unread: StreamOverflowError, behind what was kept", async () => {
    await withPeer(async (transport, peer) => {
      for (let i = 0; i < 20; i++) peer.send("x".repeat(100));
      const { error } = await transport.closed;
      assert(error instanceof StreamOverflowError, String(error));
      assertEquals(error.limitBytes, 1_000);
      assertEquals(await readAll(transport), { lines: Array(10).fill("x".repeat(100)), error });
    }, { maxBufferedChars: 1_000 });
  });

  test("a server that has silently gone: given up after an unanswered ping", async () => {
    await withPeer(async (transport, peer) => {
      peer.ignore();
      const { error } = await readAll(transport);
      assert(error instanceof TransportClosedError, String(error));
      assertStringIncludes(error.message, "did not answer a ping");
      await peer.gone;
    }, { pingIntervalMs: 15 });
  });

  test("a server that answers pings is kept, though it says nothing else", async () => {
    await withPeer(async (transport, peer) => {
      for (let pings = 0; pings < 3;) {
        const frame = await peer.next();
        assertEquals(frame.opcode, 9);
        peer.frame(10, new TextEncoder().encode(frame.text));
        pings++;
      }
      peer.send("still here");
      assertEquals((await transport.readable.getReader().read()).value, "still here");
    }, { pingIntervalMs: 100 });
  });

  test("[F9] concurrent writes never interleave", async () => {
    await withPeer(async (transport, peer) => {
      const writer = transport.writable.getWriter();
      const lines = Array.from({ length: 50 }, (_, i) => String.fromCharCode(97 + i % 26).repeat(1 + i * 997));
      await Promise.all(lines.map((line) => writer.write(line)));
      for (const line of lines) assertEquals((await peer.next()).text, line);
    });
  });

  test("[F9] a write waits for a server that does not read, and is rejected when the connection goes", async () => {
    await withPeer(async (transport, peer) => {
      peer.socket.pause();
      const writer = transport.writable.getWriter();
      let written = 0;
      const writing = (async () => {
        // Far more than the buffers of the system hold; each write waits for the one before.
        for (; written < 64; written++) await writer.write("x".repeat(1_000_000));
      })();
      const outcome = assertRejects(() => writing, TransportClosedError);
      for (let turn = 0; turn < 200; turn++) await new Promise((resolve) => setImmediate(resolve));
      peer.socket.destroy();
      assertStringIncludes((await outcome).message, "close code 1006");
      assert(written < 64, "the memory of the system cannot have taken it all");
      writer.closed.catch(() => {});
    });
  });

  test("closing the writable or cancelling the readable closes the connection", async () => {
    for (const end of [(t: Transport) => t.writable.close(), (t: Transport) => t.readable.cancel()]) {
      await withPeer(async (transport, peer) => {
        const farewell = peer.next();
        const ended = end(transport);
        assertEquals((await farewell).opcode, 8);
        peer.farewell(1000, "");
        await ended;
        assertEquals(await transport.closed, {});
      });
    }
  });

  test("refuses to send a token unencrypted to another machine", async () => {
    for (const options of [{ token: "t" }, { headers: { authorization: "t" } }, { headers: { Cookie: "t" } }]) {
      const error = assertThrows(() => websocketTransport("ws://example.org/x", options), TypeError);
      assertStringIncludes(error.message, "ws://example.org/x");
      websocketTransport("ws://example.org", { ...options, allowInsecureToken: true });
      websocketTransport("wss://example.org", options);
      for (const host of ["localhost", "127.0.0.1:1", "127.8.9.1", "[::1]:80"]) {
        websocketTransport(`ws://${host}`, options);
      }
      for (const host of ["0.0.0.0", "127.0.0.1.example.org", "localhost.example.org", "[::2]"]) {
        assertThrows(() => websocketTransport(`ws://${host}`, options), TypeError);
      }
    }
    websocketTransport("ws://example.org", { headers: { "x-team": "a" } });
    await Promise.resolve();
  });

  test("refuses what is no address, and shows none of it", () => {
    for (const url of ["http://hunter2", "hunter2", "", "ws://user:hunter2@localhost", "unix:///hunter2"]) {
      const error = assertThrows(() => websocketTransport(url), TypeError);
      assert(!error.message.includes("hunter2"), error.message);
    }
    for (const token of ["", "a b", "a\r\nX: y", "ü"]) {
      const error = assertThrows(() => websocketTransport("ws://localhost", { token }), TypeError);
      assert(token.length < 3 || !error.message.includes(token), error.message);
    }
  });

  test("secrets in the address stay out of messages", async () => {
    const server = await fakeServer(() => {});
    await server[Symbol.asyncDispose]();
    const error = await assertRejects(
      () => open(websocketTransport(`${server.url}/a?token=hunter2#hunter2`)),
      StartError,
    );
    assert(!inspect(error, { depth: 20 }).includes("hunter2"), error.message);
    assertStringIncludes(error.message, `${server.url}/a:`);
  });
});

describe("unixSocketTransport", () => {
  test("speaks WebSocket over the socket, whatever the path's characters", async () => {
    if (process.platform === "win32") return; // There, a path names a pipe.
    const folder = await mkdtemp(join(tmpdir(), "sdk-unix-"));
    try {
      for (const name of ["a.sock", "a b:c%20?#ü.sock"]) {
        const path = join(folder, name);
        await using _server = await fakeServer((request, _socket, accept) => {
          const peer = accept();
          peer.send(String(request.headers["x-team"]));
          void peer.next().then(() => peer.farewell(1000, ""));
        }, path);
        const transport = await open(unixSocketTransport(path, { headers: { "X-Team": "b" } }));
        assertEquals(transport.shared, true);
        assertEquals((await transport.readable.getReader().read()).value, "b");
        await transport.close();
      }
      const missing = join(folder, "missing.sock");
      const error = await assertRejects(() => open(unixSocketTransport(missing)), StartError);
      assertStringIncludes(error.message, `unix:${missing}`);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test("refuses a path that is not absolute", () => {
    for (const path of ["", "/", "a.sock", "./a.sock"]) assertThrows(() => unixSocketTransport(path), TypeError);
  });

  test("[P17] refuses a path that is too long or holds a NUL, and connects to nobody else", async () => {
    if (process.platform === "win32") return; // There, a path names a pipe.
    const folder = await mkdtemp(join(tmpdir(), "sdk-unix-"));
    const room = process.platform === "linux" ? 107 : 103;
    const other = `${folder}/`.padEnd(room, "a");
    const seen: string[] = [];
    try {
      await using _server = await fakeServer((_request, socket) => void (seen.push("other"), socket.destroy()), other);
      for (const path of [`${other}a`, other.padEnd(200, "a"), `${other}\0b`, `${other.slice(0, -1)}ü`]) {
        const error = assertThrows(() => unixSocketTransport(path), TypeError);
        assertStringIncludes(error.message, "cannot be used: it ");
        // Whoever else opens a socket by its path, such as for the daemon of a home, gets no further.
        const target = { name: "unix", url: "ws://localhost/", unixPath: path, headers: {} };
        assertEquals(await connectIfThere(target, never), null);
      }
      assertEquals(seen, []);
      await assertRejects(() => open(unixSocketTransport(other)), StartError);
      assertEquals(seen, ["other"]);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
