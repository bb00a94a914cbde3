import { Codex, finalResponse, MethodNotFoundError, ProtocolError, TransportClosedError } from "@codex-app-server/sdk";
import {
  memoryTransportPair,
  recordingTransport,
  replayTransport,
  type TranscriptEntry,
} from "@codex-app-server/sdk/testing";
import { assert, assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";

const entry = (dir: "in" | "out", message: unknown): TranscriptEntry => ({ t: 0, dir, line: JSON.stringify(message) });

const CONVERSATION = [
  entry("out", { id: 0, method: "initialize", params: { clientInfo: { name: "a", version: "1" } } }),
  entry("in", { id: 0, result: { userAgent: "codex" } }),
  entry("out", { method: "initialized" }),
  entry("in", { method: "hello" }),
  entry("out", { id: 1, method: "turn/start", params: { input: [{ type: "text", text: "hi" }] } }),
  entry("in", { id: 0, method: "item/tool/call", params: {} }),
  entry("out", { id: 0, result: { success: true } }),
  entry("in", { id: 1, result: { turn: 1 } }),
];

/** Sends a line, then reads what is there. */
function peer(transport: ReturnType<typeof replayTransport>) {
  const writer = transport.writable.getWriter();
  const reader = transport.readable.getReader();
  writer.closed.catch(() => {});
  reader.closed.catch(() => {});
  return {
    send: (message: unknown) => writer.write(JSON.stringify(message)),
    read: async () => JSON.parse(String((await reader.read()).value)) as unknown,
    reader,
  };
}

describe("replayTransport, strict", () => {
  test("plays a conversation with the client's own ids", async () => {
    const transport = replayTransport(CONVERSATION);
    const { send, read } = peer(transport);
    assertEquals(transport.remaining, 4);
    await send({ method: "initialize", params: { clientInfo: { version: "2", name: "a" } }, id: "first" });
    assertEquals(await read(), { id: "first", result: { userAgent: "codex" } });
    await send({ method: "initialized" });
    assertEquals(await read(), { method: "hello" });
    await send({ id: 99, method: "turn/start", params: { input: [{ type: "text", text: "hi" }] } });
    assertEquals(await read(), { id: 0, method: "item/tool/call", params: {} });
    await send({ id: 0, result: { success: true } });
    assertEquals(await read(), { id: 99, result: { turn: 1 } });
    assertEquals(transport.remaining, 0);
    await transport.close();
    assertEquals(await transport.closed, {});
  });

  async function deviation(message: unknown, options = {}): Promise<string> {
    const transport = replayTransport(CONVERSATION.slice(4, 5), options);
    const { send, reader } = peer(transport);
    await send(message);
    const error = await assertRejects(() => reader.read());
    assert(error instanceof ProtocolError);
    assertEquals((await transport.closed).error, error);
    await assertRejects(() => send({}));
    return error.message;
  }

  test("shows what differs", async () => {
    const input = [{ type: "text", text: "ho", more: [1] }];
    assertEquals(
      await deviation({ id: 5, method: "turn/start", params: { input } }),
      "Replay, line 1 of the transcript: what the client sent differs from the recorded turn/start\n" +
        '  params.input[0].text: expected "hi", found "ho"\n' +
        "  params.input[0].more: expected nothing, found [1]",
    );
    assertEquals(
      await deviation({ id: 5, method: "thread/start" }),
      "Replay, line 1 of the transcript: the client sent thread/start where the transcript has turn/start",
    );
    assert((await deviation({ id: 0, result: 1 })).includes("the answer to server request 0"));
  });

  test("a line after the last one is refused", async () => {
    const transport = replayTransport([]);
    const { send, reader } = peer(transport);
    await send({ id: 1, method: "model/list" });
    const error = await assertRejects(() => reader.read());
    assert(String(error).includes("nothing more"), String(error));
  });

  test("lets ignored paths differ", async () => {
    const transport = replayTransport(CONVERSATION.slice(4), { ignore: ["params.input[0].text"] });
    const { send, read } = peer(transport);
    await send({ id: 5, method: "turn/start", params: { input: [{ type: "text", text: "other" }] } });
    assertEquals(await read(), { id: 0, method: "item/tool/call", params: {} });
    await transport.close();
  });

  test("a recorded crash crashes again, behind what came before it", async () => {
    const transport = replayTransport([
      entry("out", { method: "initialized" }),
      entry("in", { method: "hello" }),
      { t: 0, dir: "end", error: "the server died" },
    ]);
    const { send, read, reader } = peer(transport);
    await send({ method: "initialized" });
    assertEquals(await read(), { method: "hello" });
    const error = await assertRejects(() => reader.read());
    assert(error instanceof TransportClosedError && error.message === "the server died");
  });

  test("plays what was recorded, secrets and all", async () => {
    const [client, server] = memoryTransportPair();
    let transcript = "";
    const recorded = recordingTransport(client, (line) => void (transcript += line));
    const login = '{"id":1,"method":"account/login/start","params":{"type":"apiKey","apiKey":"sk-secret"}}';
    await recorded.writable.getWriter().write(login);
    await server.writable.getWriter().write('{"id":1,"result":{}}');
    await recorded.readable.getReader().read();
    await recorded.close();
    const transport = replayTransport(transcript);
    const { read } = peer(transport);
    const second = replayTransport(transcript);
    const other = peer(second);
    await other.send(JSON.parse(login.replace('"id":1', '"id":8')));
    assertEquals(await other.read(), { id: 8, result: {} });
    assertEquals((await other.reader.read()).done, true);
    await transport.close();
    await read().catch(() => {});
  });

  test("refuses what is no transcript, by line number", () => {
    const error = assertThrows(() => replayTransport('{"t":0,"dir":"in","line":"a"}\n\n{"dir":"sideways"}'));
    assert(error instanceof ProtocolError && error.message.startsWith("Line 3 of the transcript"), String(error));
    assertThrows(() => replayTransport("not JSON"), ProtocolError);
  });
});

describe("replayTransport and a Codex", () => {
  const traffic = readFileSync(new URL("../frame/traffic.jsonl", import.meta.url), "utf8");
  for (const mode of ["strict", "lenient"] as const) {
    test(`a recorded session of the real server gives the same turn again, ${mode}`, async () => {
      const transport = replayTransport(traffic, { mode });
      await using codex = await Codex.start({ transport });
      const thread = await codex.threadStart({ cwd: "/project" });
      const turn = await thread.run("héllo\nworld");
      assertEquals(turn.items.map(({ type }) => type), [
        "userMessage",
        "agentMessage",
        "commandExecution",
        "agentMessage",
      ]);
      assertEquals(finalResponse(turn), 'Naïve 😀 line\u2028separator\u2029 and \u0085 NEL, tab\t quote " back\\slash');
      await assertRejects(() => codex.requestRaw("no/such/method", {}), MethodNotFoundError);
      await thread.setName("näme");
      assertEquals(transport.remaining, 0);
    });
  }

  test("a session that goes another way is ended with what differs", async () => {
    await using codex = await Codex.start({ transport: replayTransport(traffic) });
    const error = await assertRejects(() => codex.threadStart({ cwd: "/elsewhere" }), TransportClosedError);
    assertStringIncludes(error.message, 'params.cwd: expected "/project", found "/elsewhere"');
  });
});

describe("replayTransport, lenient", () => {
  test("answers by method, in any order, with what followed each", async () => {
    const { send, read } = peer(replayTransport(CONVERSATION, { mode: "lenient" }));
    await send({ id: 5, method: "turn/start", params: { anything: true } });
    assertEquals(await read(), { id: 0, method: "item/tool/call", params: {} });
    assertEquals(await read(), { id: 5, result: { turn: 1 } });
    await send({ id: 6, method: "initialize" });
    assertEquals(await read(), { id: 6, result: { userAgent: "codex" } });
    await send({ method: "unheard of" });
    await send({ id: 7, method: "turn/start" });
    assertEquals(await read(), { id: 7, result: { turn: 1 } }, "the last answer is given again, without its events");
  });

  test("has an error for a method that was never recorded", async () => {
    const { send, read } = peer(replayTransport(CONVERSATION, { mode: "lenient" }));
    await send({ id: 5, method: "thread/list" });
    assertEquals(await read(), {
      id: 5,
      error: { code: -32601, message: "Replay: the transcript has no answer to thread/list" },
    });
  });
});
