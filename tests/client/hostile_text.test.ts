import { Codex, CodexError, type Diagnostic, finalResponse } from "@codex-app-server/sdk";
import { ScriptedAppServer, scriptTurns } from "@codex-app-server/sdk/testing";
import { parseOutput } from "@codex-app-server/sdk/tools";
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { describe, test } from "node:test";
import { resolveSocketOptions } from "../../src/transport/socket_options.ts";
import { SocketTransport } from "../../src/transport/socket_transport.ts";
import { selfCommand } from "../runtime/self.ts";
import { scripted } from "./scripted.ts";

/** Clears the screen, sets a title, rings, hides and reorders. */
const HOSTILE = "\x1b[2J\x1b]0;title\x07\x9b2J\r\u202e\u200b all is well";

/** Members of errors that hold what the server sent as it sent it: data, not words about it. */
const AS_SENT: readonly string[] = ["data", "turn", "text"];

/** Every text in an error or a diagnostic, its causes included. */
function* texts(value: unknown, seen: Set<unknown> = new Set()): Iterable<string> {
  if (typeof value === "string") yield value;
  if (typeof value !== "object" || value === null || seen.has(value)) return;
  seen.add(value);
  if (value instanceof Error) yield* [value.message, String(value.stack)];
  for (const key of Object.getOwnPropertyNames(value)) {
    if (!AS_SENT.includes(key)) yield* texts((value as Record<string, unknown>)[key], seen);
  }
}

function assertHarmless(value: unknown): void {
  let count = 0;
  for (const text of texts(value)) {
    count++;
    // deno-lint-ignore no-control-regex -- it is about these
    assert(!/[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e]/.test(text), JSON.stringify(text));
  }
  assert(count > 0);
}

describe("[P13] what a server says is harmless to print", () => {
  test("in every diagnostic", async () => {
    await using peer = scripted({}, { validate: false });
    peer.server.onRequest("model/list", () => ({ data: [], nextCursor: null, [HOSTILE]: 1 }) as never);
    await peer.codex.threadStart();
    const { connection } = peer.server;
    connection.sendRaw(`${HOSTILE}\n{broken${HOSTILE}\n[1]\n{"id":"${"\\u001b"}[2J","result":1}\n{"id":"a\\u0007"}\n`);
    connection.notify(`unknown/${HOSTILE}` as never, {} as never);
    connection.notify("turn/started", { threadId: HOSTILE, turn: { id: HOSTILE, status: HOSTILE } } as never);
    connection.notify("item/agentMessage/delta", { [HOSTILE]: HOSTILE } as never);
    connection.notify("error", { willRetry: true, error: { message: HOSTILE }, threadId: "t", turnId: "u" } as never);
    connection.notify("configWarning", { summary: HOSTILE, details: HOSTILE } as never);
    await peer.server.ask(`future/${HOSTILE}` as never, {} as never).catch(() => {});
    await peer.codex.models();
    const types = new Set(peer.diagnostics.map(({ type }) => type));
    for (
      const type of [
        "skipped-line",
        "unknown-method",
        "drift",
        "invalid-message",
        "unexpected-reply",
        "server-retries",
        "config-warning",
        "server-request-refused",
      ]
    ) assert(types.has(type as Diagnostic["type"]), `${type} was not told`);
    assertHarmless(peer.diagnostics);
  });

  test("in a line that is none of its messages, nor does that show secrets", async () => {
    await using peer = scripted({}, { validate: false });
    peer.server.onRequest("model/list", () => ({ data: [], nextCursor: null }));
    await peer.codex.threadStart();
    const secret = `sk-proj-${"abcDEF123".repeat(5)}`;
    const lines = [
      `export OPENAI_API_KEY=${secret}`,
      `{"token":"${secret}`,
      `Authorization: Bearer ${secret}`,
      `${"x".repeat(40)} https://me:${secret}@example.org/`,
      `{"password":"${secret}"}`,
      // Where a long line is cut, too.
      ...[0, 20, 100, 180, 190, 195, 199, 300, 1_000].map((at) =>
        `${"y ".repeat(at / 2)}Bearer ${secret} ${"z".repeat(9_000)}`
      ),
    ];
    peer.server.connection.sendRaw(`${lines.join("\n")}\n`);
    await peer.codex.models();
    const told = peer.diagnostics.flatMap((each) => each.type === "skipped-line" ? each.line : []);
    assertEquals(told.length, lines.length);
    for (const line of told) assert(!/sk-proj-|abcDEF/.test(line), line);
    assertHarmless(peer.diagnostics);
  });

  test("in the error of a request, of a turn, and of an answer that does not fit", async () => {
    await using peer = scripted({ validation: "strict" }, { validate: false });
    const { codex, server } = peer;
    for (const code of [-32700, -32600, -32601, -32602, -32603, -32001, -32000, 7]) {
      server.onRequest("model/list", (_params, ctx) => ctx.fail(code, HOSTILE, HOSTILE));
      assertHarmless(await assertRejects(() => codex.models(), CodexError));
    }
    server.onRequest("model/list", () => ({ data: [{ [HOSTILE]: HOSTILE }], [HOSTILE]: HOSTILE }) as never);
    assertHarmless(await assertRejects(() => codex.models(), CodexError));
    const failed = { id: "t", items: [], status: "failed", error: { message: HOSTILE } };
    assertHarmless(assertThrows(() => finalResponse(failed as never), CodexError));
    const said = { id: "t", status: "completed", items: [{ type: "agentMessage", id: "i", text: HOSTILE }] };
    assertHarmless(await assertRejects(() => parseOutput(said as never, { type: "object" }), CodexError));
  });

  test("in how the server ended", async () => {
    await using server = new ScriptedAppServer();
    scriptTurns(server, ({ connection }) => connection.die({ stderrTail: HOSTILE }));
    const codex = new Codex({ transport: () => server.connect() });
    const thread = await codex.threadStart();
    assertHarmless(await assertRejects(() => thread.run("hi"), CodexError));
    assertHarmless(await codex.closed);
  });

  test("in the error of a start", async () => {
    const error = await assertRejects(
      () => Codex.start({ launchArgsOverride: selfCommand("runtime/fault_child", "complain_hostile") }),
      CodexError,
    );
    assertHarmless(error);
  });

  test("in the farewell of a WebSocket", async () => {
    const transport = new SocketTransport("ws://x", resolveSocketOptions({}));
    const { closed } = transport.over({ send: async () => {}, close() {}, terminate() {}, ref() {}, unref() {} });
    transport.end({ code: 1008, reason: HOSTILE });
    assertHarmless((await closed).error);
  });
});
