import { assert, assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { type AddressInfo, createServer, type Socket } from "node:net";
import process from "node:process";
import { describe, test } from "node:test";
import { StartError } from "../../src/errors.ts";
import { parseProxy, proxyOfEnvironment } from "../../src/transport/proxy.ts";
import type { TransportFactory } from "../../src/transport/transport.ts";
import { websocketTransport } from "../../src/transport/websocket.ts";
import { connectProxy } from "./connect_proxy.ts";
import { type FakePeer, fakeServer } from "./fake_websocket_server.ts";

const never = new AbortController().signal;
const open = (factory: TransportFactory, signal: AbortSignal = never) => Promise.resolve(factory({ signal }));

/** Takes connections and says what comes first over each. */
async function firstBytes(): Promise<{ port: number; next: Promise<Uint8Array> } & AsyncDisposable> {
  const sockets: Socket[] = [];
  let got!: (chunk: Uint8Array) => void;
  const next = new Promise<Uint8Array>((resolve) => got = resolve);
  const server = createServer((socket) => {
    sockets.push(socket.on("error", () => {}));
    socket.once("data", (chunk: Uint8Array) => {
      got(chunk);
      socket.destroy();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    next,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

describe("a WebSocket through a proxy", () => {
  test("[W13] goes by CONNECT, both ways, with user and password, and nothing else is asked of the proxy", async () => {
    const peers: FakePeer[] = [];
    await using server = await fakeServer((_request, _socket, accept) => peers.push(accept()));
    await using proxy = await connectProxy({ to: server.port });
    const address = "ws://codex.example:4500/rpc";
    const transport = await open(websocketTransport(address, { proxy: `http://me:p%40ss@127.0.0.1:${proxy.port}` }));
    const writer = transport.writable.getWriter();
    await writer.write("one");
    assertEquals((await peers[0]!.next()).text, "one");
    peers[0]!.send("two");
    assertEquals((await transport.readable.getReader().read()).value, "two");
    assertEquals([peers[0]!.request.url, peers[0]!.request.headers.host], ["/rpc", "codex.example:4500"]);
    peers[0]!.socket.destroy();
    await transport.close();
    assertEquals(proxy.asked, [
      `CONNECT codex.example:4500 HTTP/1.1\r\nHost: codex.example:4500\r\nProxy-Authorization: Basic ${
        btoa("me:p@ss")
      }\r\n\r\n`,
    ]);
  });

  test("[W13] wss: speaks TLS with the server itself, and names it, whatever the proxy", async () => {
    await using server = await firstBytes();
    await using proxy = await connectProxy({ to: server.port });
    const factory = websocketTransport("wss://codex.example/", {
      proxy: `http://127.0.0.1:${proxy.port}`,
      token: "tok",
    });
    await assertRejects(() => open(factory), StartError, "wss://codex.example");
    const hello = await server.next;
    assertEquals([...hello.subarray(0, 2)], [0x16, 0x03]);
    assertStringIncludes(new TextDecoder("latin1").decode(hello), "codex.example");
    assertStringIncludes(proxy.asked[0]!, "CONNECT codex.example:443 HTTP/1.1\r\n");
    assert(!proxy.asked[0]!.includes("tok"));
  });

  test("[W13] that of the environment is used, unless the host is excluded or proxy is null", async () => {
    await using proxy = await connectProxy({ answer: "HTTP/1.1 502 Bad Gateway\r\n\r\n" });
    const before = ["https_proxy", "no_proxy"].map((name) => [name, process.env[name]] as const);
    const connect = (options = {}) => open(websocketTransport("wss://127.0.0.1:9/", options)).catch((error) => error);
    try {
      process.env["https_proxy"] = `127.0.0.1:${proxy.port}`;
      delete process.env["no_proxy"];
      const error = await connect();
      assert(error instanceof StartError);
      assertStringIncludes(error.message, `the proxy 127.0.0.1:${proxy.port} (https_proxy) does not let it through`);
      assertEquals(proxy.asked.length, 1);
      assert(!(await connect({ proxy: null })).message.includes("proxy"));
      process.env["no_proxy"] = "elsewhere.example, 127.0.0.1";
      assert(!(await connect()).message.includes("proxy"));
      process.env["no_proxy"] = "";
      process.env["https_proxy"] = "socks5://user:secret@127.0.0.1:1080";
      const { message } = await connect();
      assertStringIncludes(message, "https_proxy: expected the address of a proxy");
      assert(!message.includes("secret"));
      assertEquals(proxy.asked.length, 1);
    } finally {
      for (const [name, value] of before) {
        if (value === undefined) delete process.env[name];
        else process.env[name] = value;
      }
    }
  });

  const refusals: Record<string, readonly [string, string]> = {
    "that wants a password": ["HTTP/1.1 407 Proxy Authentication Required\r\n\r\n", "a user and a password (HTTP 407)"],
    "that forbids": ["HTTP/1.1 403 Forbidden\r\ncontent-length: 6\r\n\r\nsecret", "HTTP 403"],
    "that is none": ["220 smtp.example ready\r\n\r\n", "is no HTTP proxy"],
    "that talks for ever": [`HTTP/1.1 200 OK\r\nx: ${"x".repeat(100_000)}`, "is no HTTP proxy"],
  };
  for (const [name, [answer, told]] of Object.entries(refusals)) {
    test(`[W13] a proxy ${name}: StartError that names it and says what to do`, async () => {
      await using proxy = await connectProxy({ answer });
      const given = `http://me:secret@127.0.0.1:${proxy.port}`;
      const error = await assertRejects(
        () => open(websocketTransport("wss://a.example", { proxy: given })),
        StartError,
      );
      assertStringIncludes(error.message, told);
      assertStringIncludes(error.message, `127.0.0.1:${proxy.port}`);
      assertStringIncludes(error.message, "proxy: null");
      assert(!error.message.includes("secret"));
    });
  }

  test("[W13] a proxy that is not there, keeps silent, or hangs up", async () => {
    await using proxy = await connectProxy({ answer: "" });
    const silent = { proxy: `http://127.0.0.1:${proxy.port}` };
    const late = websocketTransport("wss://a.example", { ...silent, connectTimeoutMs: 100 });
    await assertRejects(() => open(late), StartError, "did not answer within 100 ms");
    const reason = new Error("enough");
    const given = new AbortController();
    const opening = open(websocketTransport("wss://a.example", silent), given.signal);
    given.abort(reason);
    assertEquals(await opening.then(() => undefined, (error) => error), reason);
    await using hangsUp = await firstBytes();
    const closed = websocketTransport("wss://a.example", { proxy: `http://127.0.0.1:${hangsUp.port}` });
    await assertRejects(() => open(closed), StartError, "does not let it through");
    const { port } = proxy;
    await proxy[Symbol.asyncDispose]();
    await assertRejects(() => open(websocketTransport("wss://a.example", silent)), StartError, `${port}`);
  });

  test("[W13] a token does not go unencrypted to a proxy elsewhere", () => {
    const options = { token: "tok", proxy: "http://proxy.example:3128" };
    assertThrows(() => websocketTransport("ws://127.0.0.1:4500", options), TypeError, "unencrypted");
    websocketTransport("wss://codex.example", options);
    websocketTransport("ws://127.0.0.1:4500", { ...options, proxy: "http://127.0.0.1:3128" });
    websocketTransport("ws://127.0.0.1:4500", { ...options, allowInsecureToken: true });
  });

  test("[W13] what is no proxy is a TypeError, and none of it is shown", () => {
    for (const proxy of ["socks5://me:secret@127.0.0.1:1080", "http://me:secret@[", "ftp://secret", ""]) {
      const error = assertThrows(() => websocketTransport("wss://codex.example", { proxy }), TypeError, "proxy: null");
      assert(!error.message.includes("secret"));
    }
    for (const proxy of [{}, true, ["http://proxy.example"]]) {
      assertThrows(() => websocketTransport("wss://codex.example", { proxy: proxy as never }), TypeError, "proxy");
    }
    assertEquals(parseProxy("proxy.example:3128", "x").url.href, "http://proxy.example:3128/");
  });

  test("[W13] which one the environment names for which address", () => {
    const cases: readonly (readonly [address: string, env: Record<string, string>, host: string | null])[] = [
      ["wss://a.example", { HTTPS_PROXY: "http://p:1" }, "p:1"],
      ["wss://a.example", { HTTPS_PROXY: "http://p:1", https_proxy: "http://q:2" }, "q:2"],
      ["wss://a.example", { HTTP_PROXY: "http://p:1" }, null],
      ["wss://a.example", { ALL_PROXY: "http://p:1" }, "p:1"],
      ["ws://a.example", { HTTP_PROXY: "http://p:1" }, "p:1"],
      ["ws://127.0.0.1:4500", { http_proxy: "http://p:1", all_proxy: "http://p:1" }, null],
      ["ws://localhost:4500", { http_proxy: "http://p:1" }, null],
      ["wss://localhost", { https_proxy: "http://p:1" }, "p:1"],
      ["wss://localhost", { https_proxy: "http://p:1", NO_PROXY: "localhost,127.0.0.1" }, null],
      ["wss://a.example", { https_proxy: "http://p:1", no_proxy: "*" }, null],
      ["wss://a.b.example", { https_proxy: "http://p:1", no_proxy: "x.example .B.example" }, null],
      ["wss://a.b.example", { https_proxy: "http://p:1", no_proxy: "*.b.example" }, null],
      ["wss://ab.example", { https_proxy: "http://p:1", no_proxy: "b.example" }, "p:1"],
      ["wss://a.example", { https_proxy: "http://p:1", no_proxy: "a.example:444" }, "p:1"],
      ["wss://a.example", { https_proxy: "http://p:1", no_proxy: "a.example:443" }, null],
      ["wss://[::2]:5", { https_proxy: "http://p:1", no_proxy: "[::2]:5" }, null],
      ["wss://[::2]:5", { https_proxy: "http://p:1", no_proxy: "::2" }, null],
      ["wss://[::2]:5", { https_proxy: "http://p:1", no_proxy: ",  ,::3" }, "p:1"],
    ];
    for (const [address, env, host] of cases) {
      const found = proxyOfEnvironment(new URL(address), (name) => env[name]);
      assertEquals(found?.url.host ?? null, host, `${address} with ${JSON.stringify(env)}`);
    }
  });
});
