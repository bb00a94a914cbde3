import { Codex, type CodexOptions, type Diagnostic, ProtocolError, type ValidationMode } from "@codex-app-server/sdk";
import { SERVER_REQUESTS } from "@codex-app-server/sdk/protocol";
import { memoryTransportPair, scriptTurns } from "@codex-app-server/sdk/testing";
import { assertEquals, assertRejects } from "@std/assert";
import { describe, test } from "node:test";
import { scripted } from "./scripted.ts";

const MODES: readonly ValidationMode[] = ["tolerant", "off"];

/** Texts of JSON that the protocol has nowhere. */
const ODD = ["null", "7", '"text"', "[]", "[null]", "{}", '{"toString":1,"valueOf":null}', '{"__proto__":{"id":1}}'];

/** Deeper than the stack. */
const DEEP = "[".repeat(100_000) + "]".repeat(100_000);

/** A server of which every line is written by hand. It answers `initialize` and `model/list`. */
function byHand(options: CodexOptions) {
  const [near, far] = memoryTransportPair({ capacity: 10_000 });
  const writer = far.writable.getWriter();
  const answers: { readonly id?: unknown; readonly result?: unknown; readonly error?: unknown }[] = [];
  const results: Record<string, unknown> = {
    initialize: { userAgent: "codex/0.169.0", codexHome: "/", platformFamily: "unix", platformOs: "linux" },
    "model/list": { data: [], nextCursor: null },
  };
  const serve = async () => {
    for await (const line of far.readable as ReadableStream<string> & AsyncIterable<string>) {
      const message = JSON.parse(line);
      if (message.method === undefined) answers.push(message);
      else if (message.id !== undefined) {
        await writer.write(JSON.stringify({ id: message.id, result: results[message.method] }));
      }
    }
  };
  serve().catch(() => {});
  const codex = new Codex({ transport: () => near, ...options });
  return { codex, answers, send: (line: string) => writer.write(line) };
}

for (const validation of MODES) {
  describe(`an odd message (${validation})`, () => {
    test("[F6] [A1] a request of the server with params of any kind is answered, and the connection goes on", async () => {
      const { codex, answers, send } = byHand({ validation });
      await codex.models();
      const methods = [...Object.keys(SERVER_REQUESTS), "new/requestApproval", "constructor", "__proto__"];
      let id = 0;
      for (const method of methods) {
        await send(`{"id":${id++},"method":"${method}"}`);
        for (const params of [...ODD, DEEP]) await send(`{"id":${id++},"method":"${method}","params":${params}}`);
      }
      await codex.models();
      assertEquals(answers.map((answer) => answer.id), Array.from({ length: id }, (_, each) => each));
      await codex.close();
    });

    test("[F7] ids of the server's requests, numbers and strings, are echoed as they were sent", async () => {
      const { codex, answers, send } = byHand({ validation });
      await codex.models();
      const ids = ["0", 0, "", "__proto__", -1, 1.5, 2 ** 53 - 1, "\u2028\ud83d\ude00"];
      for (const id of ids) {
        await send(JSON.stringify({ id, method: "item/tool/call", params: null }));
        await send(JSON.stringify({ id: typeof id === "string" ? `new ${id}` : id + 0.25, method: "new/method" }));
      }
      await codex.models();
      const expected = ids.flatMap((id) => [id, typeof id === "string" ? `new ${id}` : id + 0.25]);
      assertEquals(answers.map(({ id }) => id), expected);
      await codex.close();
    });

    test("[F6] two approvals of one item, deeper than the stack, are both refused", async () => {
      const { codex, answers, send } = byHand({ validation });
      await codex.models();
      const params = `{"threadId":"t","turnId":"u","itemId":"i","reason":${DEEP}}`;
      for (const id of [0, 1]) await send(`{"id":${id},"method":"item/fileChange/requestApproval","params":${params}}`);
      await codex.models();
      assertEquals(answers.map(({ result }) => result), [{ decision: "decline" }, { decision: "decline" }]);
      await codex.close();
    });

    test("[F6] [A1] another request under the id of one that waits is told of, and the id gets one answer", async () => {
      const diagnostics: Diagnostic[] = [];
      const { codex, answers, send } = byHand({
        validation,
        onDiagnostic: (diagnostic) => diagnostics.push(diagnostic),
        handlers: { "item/tool/requestUserInput": (_params, ctx) => ctx.defer() },
      });
      await codex.models();
      const ask = (startedAtMs: number, itemId: string) => {
        const params = { threadId: "t", turnId: "u", itemId, questions: [], startedAtMs };
        return send(JSON.stringify({ id: 0, method: "item/tool/requestUserInput", params }));
      };
      for (const at of [1, 2]) await ask(at, "i"); // asked again, as of a client that resumes the thread
      await codex.models();
      const told = () => diagnostics.filter(({ type }) => type === "invalid-message");
      assertEquals(told(), []);
      await ask(3, "other");
      await codex.models();
      assertEquals(told().map((each) => "issues" in each && each.issues.map(({ path }) => path)), [["id"]]);
      codex.answer(0, { answers: {} });
      await codex.models();
      assertEquals(answers, [{ id: 0, result: { answers: {} } }]);
      await codex.close();
    });

    test("[F6] an item deeper than the stack, begun twice and ended twice, does not end the connection", async () => {
      const { codex, send } = byHand({ validation });
      await codex.models();
      const item = `{"type":"mcpToolCall","id":"i","arguments":${DEEP}}`;
      for (const method of ["item/started", "item/started", "item/completed", "item/completed"]) {
        await send(`{"method":"${method}","params":{"threadId":"t","turnId":"u","item":${item}}}`);
      }
      await codex.models();
      await codex.close();
    });

    test("[T2] whatever a turn says of its failures and its items, its end is its end", async () => {
      await using peer = scripted({ validation, limits: { silenceMs: 0 } }, { validate: false });
      peer.server.onRequest("thread/turns/list", () => ({ data: [] }));
      scriptTurns(peer.server, ({ connection, threadId, id: turnId }) => {
        for (const odd of ODD.map((each) => JSON.parse(each))) {
          const error = { message: odd, additionalDetails: odd };
          connection.notify("error", { threadId, turnId, error, willRetry: true } as never);
          connection.notify(
            "turn/started",
            { threadId, turn: { id: turnId, status: "inProgress", rootTurnId: odd } } as never,
          );
        }
        const item = { type: "agentMessage", id: "m", text: "hi" };
        const turn = { id: turnId, status: "completed", items: [null, 7, item, "text"], itemsView: "full" };
        connection.notify("turn/completed", { threadId, turn } as never);
      });
      const done = await (await peer.codex.threadStart()).run("hi");
      assertEquals([done.status, done.items.map(({ id }) => id)], ["completed", ["m"]]);
    });

    test("[Q7] an answer whose list of turns has an entry that is none reaches whoever asked", async () => {
      const thread = { id: "t", status: { type: "active", activeFlags: [] }, turns: [null, 7] };
      await using peer = scripted({ validation }, { validate: false });
      peer.server.onRequest("thread/resume", () => ({ thread }) as never);
      assertEquals(await peer.codex.requestRaw("thread/resume", { threadId: "t" }), { thread });
      assertEquals(await peer.codex.requestRaw("thread/resume", { threadId: "t" }), { thread });
    });
  });
}

describe('validation: "off"', () => {
  test("[Q7] an answer without the id of what it is about is an error that says so", async () => {
    await using peer = scripted({ validation: "off" }, { validate: false });
    for (const odd of [null, {}, { thread: null, turn: 7 }, { thread: { id: 7 }, turn: { id: null } }]) {
      peer.server.onRequest("turn/start", () => odd as never);
      const thread = await peer.codex.threadStart();
      await assertRejects(() => thread.turn("hi"), ProtocolError, "turn.id");
      // Whoever asks by hand has what came.
      assertEquals(await peer.codex.request("turn/start", { threadId: thread.id, input: [] }), odd as never);
    }
    peer.server.onRequest("thread/start", () => ({ thread: null }) as never);
    await assertRejects(() => peer.codex.threadStart(), ProtocolError, "thread.id");
  });
});
