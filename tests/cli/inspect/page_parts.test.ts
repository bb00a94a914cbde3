import { check, CLIENT_REQUESTS, SERVER_REQUESTS } from "@codex-app-server/sdk/protocol";
import { type Random, withSeed } from "@codex-app-server/sdk/testing";
import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { align } from "../../../src/cli/inspect/page/align.ts";
import { asTypeScript, literal } from "../../../src/cli/inspect/page/as_typescript.ts";
import { Conversation } from "../../../src/cli/inspect/page/conversation.ts";
import { NO_FILTER, tester } from "../../../src/cli/inspect/page/filter.ts";
import { exampleOf } from "../../../src/cli/inspect/page/form.ts";
import type { PageSchema } from "../../../src/cli/inspect/page/schema.ts";
import { Store } from "../../../src/cli/inspect/page/store.ts";
import { readTranscript, writeTranscript } from "../../../src/cli/inspect/page/transcript.ts";
import { EventLog } from "../../../src/cli/inspect/server/event_log.ts";
import { PAGE_FILES } from "../../../src/cli/inspect/server/page_files.ts";
import { openTranscript } from "../../../src/cli/inspect/server/transcript_file.ts";
import type { Direction } from "../../../src/cli/inspect/wire.ts";

const RECORDING = readFileSync(
  fileURLToPath(new URL("../../testing/transcripts/readme.jsonl", import.meta.url)),
  "utf8",
);
const schema = JSON.parse(PAGE_FILES["schema.json"]![1]) as PageSchema;

/** A store that has seen these messages, a millisecond apart. */
function storeOf(...messages: readonly (readonly [Direction, unknown])[]): Store {
  const store = new Store("test");
  const events = messages.map(([d, message], n) => ({
    n,
    c: 0,
    t: n,
    d,
    l: typeof message === "string" ? message : JSON.stringify(message),
  }));
  const connections = [{ id: 0, kind: "own", title: "test", startedAt: 0, ended: null }] as const;
  store.take({ first: 0, next: events.length, events, connections });
  return store;
}

/** Any value of JSON. */
function anyJson(random: Random, depth = 0): unknown {
  const texts = [
    "",
    "a b",
    "__proto__",
    '"`${x}',
    "\u2028\u202e\u200b",
    "\ud83d",
    "é😀",
    "</script>",
    "constructor",
    "x".repeat(90),
  ];
  const kind = random.below(depth > 3 ? 4 : 6);
  const text = () => texts[random.below(texts.length)]!;
  if (kind === 0) return text();
  if (kind === 1) return random.chance(0.5) ? random.below(1000) : -random.next() * 1e21;
  if (kind === 2) return random.chance(0.5);
  if (kind === 3) return null;
  if (kind === 4) return Array.from({ length: random.below(5) }, () => anyJson(random, depth + 1));
  return JSON.parse(
    `{${
      [...new Set(Array.from({ length: random.below(5) }, text))].map((key) =>
        `${JSON.stringify(key)}:${JSON.stringify(anyJson(random, depth + 1))}`
      ).join(",")
    }}`,
  );
}

describe("the parts of inspect's page", () => {
  test("[C3] all that is loaded is below 80 KB, compressed; the page without the protocol below 30", () => {
    const size = (...paths: string[]) =>
      paths.reduce((sum, path) => sum + gzipSync(PAGE_FILES[path]![1], { level: 9 }).length, 0);
    const page = size("", "page.css", "page.js");
    assert(page < 30_000, `the page has ${page} bytes`);
    assert(page + size("schema.json") < 80_000, `all has ${page + size("schema.json")} bytes`);
  });

  test("[C3] requests meet their answers and questions their replies, on either side, by ids of either kind", () => {
    const store = storeOf(
      ["out", { id: 0, method: "thread/start", params: {} }],
      ["in", { id: 0, method: "item/tool/call", params: { threadId: "t", turnId: "u", callId: "c" } }],
      ["in", { id: 0, result: { thread: { id: "t" } } }],
      ["out", { id: "0", method: "thread/list", params: {} }],
      ["in", { id: "0", error: { code: -32600, message: "no" } }],
      ["out", { id: 0, result: { success: true } }],
      ["in", { method: "turn/completed", params: { threadId: "t", turn: { id: "u", status: "failed" } } }],
      ["in", "no JSON"],
      ["err", "a warning"],
    );
    assertEquals(store.rows.map(({ kind }) => kind), [
      "request",
      "question",
      "answer",
      "request",
      "error",
      "reply",
      "event",
      "unreadable",
      "stderr",
    ]);
    assertEquals(store.rows.map(({ pair }) => pair?.event.n), [2, 5, 0, 4, 3, 1, undefined, undefined, undefined]);
    assertEquals(store.rows[0]?.thread, "t");
    assertEquals(store.questions.size, 0);
    assertEquals(store.threads.get("t")?.turns.get("u")?.status, "failed");
  });

  test("[C3] a question is open until it is answered, resolved, or its connection is over", () => {
    const ask = (id: number) => ["in", { id, method: "item/tool/call", params: { threadId: "t" } }] as const;
    const store = storeOf(
      ask(1),
      ask(2),
      ask(3),
      ["out", { id: 1, result: {} }],
      ["in", { method: "serverRequest/resolved", params: { threadId: "t", requestId: 2 } }],
    );
    assertEquals([...store.questions.keys()], ["0:3"]);
    const connections = store.connections.map((connection) => ({ ...connection, ended: "closed" }));
    store.take({ first: 0, next: 5, events: [], connections });
    assertEquals(store.questions.size, 0);
  });

  test("[C3] filters: kinds, deltas, thread, words that must and must not be there", () => {
    const store = readTranscript("x", RECORDING);
    const count = (filter: Partial<typeof NO_FILTER>) => store.rows.filter(tester({ ...NO_FILTER, ...filter })).length;
    assertEquals(count({}), 24);
    assertEquals(count({ hidden: new Set(["event"]) }), 6);
    assertEquals(count({ hidesDeltas: true }), 22);
    assertEquals(count({ thread: "nobody" }), 0);
    assertEquals(count({ search: "TO-DOS" }), count({ search: "to-dos" }));
    assertEquals(count({ search: "method:turn/start" }), 3);
    assertEquals(count({ search: "method:turn/start -inprogress" }), 1);
    assertEquals(count({ search: "  " }), 24);
  });

  test("[C3] a recording is opened, and saved again as it was; what is none is refused with its line", () => {
    const store = readTranscript("x", RECORDING);
    const { startedAt, ended } = store.connections[0]!;
    const lines = (text: string) => text.trim().split("\n").filter((line) => !line.includes('"dir":"end"'));
    assertEquals(lines(writeTranscript(store.rows, startedAt, ended)), lines(RECORDING));
    assertThrows(() => readTranscript("x", `${lines(RECORDING)[0]}\nno`), Error, "Line 2");
    assertThrows(() => readTranscript("x", '{"t":0,"dir":"sideways","line":""}'), Error, "Line 1");
    assertEquals(readTranscript("x", "").rows, []);
  });

  test("[C3] what is odd in a recording is left out, so that it can be looked at all the same", async () => {
    const folder = await mkdtemp(join(tmpdir(), "inspect-odd-"));
    try {
      for (const odd of ["1e999", "-1", "1e300", "{}", '"x"', "null"]) {
        const text = `{"t":${odd},"dir":"in","line":"{}","length":${odd}}\n{"t":0,"dir":"end","error":${odd}}\n`;
        const [{ event } = { event: null }] = readTranscript("x", text).rows;
        assertEquals([event?.t, event?.l], [0, "{}"], odd);
        await writeFile(join(folder, "odd.jsonl"), text);
        const log = new EventLog({ maxEvents: 10, maxChars: 100 });
        await openTranscript(log, join(folder, "odd.jsonl"), false);
        const [{ startedAt, ended } = { startedAt: NaN, ended: null }] = log.connections;
        assert(startedAt > 0 && startedAt <= Date.now() + 1000, `${startedAt}`);
        assertEquals(ended, odd === '"x"' ? "x" : "closed");
      }
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test("[C3] the conversation is the one of ./state, at any of its lines", () => {
    const { rows } = readTranscript("x", RECORDING);
    const conversation = new Conversation("00000000-0000-7000-8000-000000000002", 0);
    const items: number[] = [];
    for (const row of rows) {
      conversation.take(row);
      items.push(conversation.state.turns[0]?.items.length ?? 0);
    }
    assertEquals(items.at(-1), 2);
    assertEquals(Math.max(...items.slice(0, 12)), 0);
    assertEquals(conversation.state.turns[0]?.turn.status, "completed");
    const broken = storeOf(["in", { method: "item/started", params: { threadId: 5, item: null } }], ["in", "{"], [
      "in",
      "null",
    ]);
    for (const row of broken.rows) conversation.take(row);
  });

  test("[C3] two recordings of the same are alike but for ids and times; where they differ is told", () => {
    const one = readTranscript("one", RECORDING);
    const other = readTranscript("two", RECORDING.replaceAll("00000000-0000-7000-8000-", "11111111-0000-7000-8000-"));
    assert(
      align(one.rows, other.rows).every(({ left, right, differences }) => left && right && differences.length === 0),
    );
    const changed = RECORDING.split("\n");
    const at = changed.findIndex((line) => line.includes("warning"));
    changed.splice(at, 1);
    const text = changed.join("\n").replace("It counts ", "It eats ");
    const found = align(one.rows, readTranscript("three", text).rows).filter(({ left, right, differences }) =>
      !left || !right || differences.length > 0
    );
    assertEquals(found.map(({ left, right, differences }) => [left?.method, right?.method, differences]), [
      ["warning", undefined, []],
      ["item/agentMessage/delta", "item/agentMessage/delta", ["params.delta"]],
    ]);
    assertEquals(align([], []), []);
  });

  test("[C3] a value as TypeScript is that value, and shows no character that is not seen", async () => {
    await withSeed((random) => {
      for (let times = 0; times < 200; times++) {
        const value = anyJson(random);
        const code = literal(value);
        assert(!/[\u2028\u2029\u202e\u200b]/.test(code));
        assertEquals(JSON.stringify(new Function(`return (${code});`)()), JSON.stringify(value));
      }
    });
  });

  test("[C3] lines as TypeScript: a call, a handler, a fixture", () => {
    const store = storeOf(
      ["out", { id: 1, method: "thread/list", params: { limit: 3 } }],
      ["in", { id: 7, method: "item/commandExecution/requestApproval", params: { threadId: "t" } }],
      ["out", { id: 7, result: { decision: "accept" } }],
      ["in", { method: "turn/started", params: { threadId: "t" } }],
      ["in", "what\u2028await evil()\nis \u202ethis"],
      ["in", { method: 'x\u202e"\u2066\x9b', params: {} }],
      ["out", { id: 2, method: "x\u202e" }],
      ["in", { id: 8, method: "x\u202e" }],
    );
    const [call, question, reply, event, unreadable, ...turned] = store.rows.map(asTypeScript);
    assertEquals([unreadable, ...turned].filter((code) => /[\u202e\u2066\x9b]/.test(code!)), []);
    assertStringIncludes(turned[0]!, String.raw`notification("x\u202e\"\u2066\u009b", {})`);
    assertStringIncludes(call!, 'await codex.request("thread/list", { limit: 3 })');
    assertStringIncludes(question!, '"item/commandExecution/requestApproval": (params) => ({ decision: "accept" })');
    assertEquals(reply, question);
    assertStringIncludes(event!, 'notification("turn/started", { threadId: "t" })');
    assert(unreadable!.trim().split("\n").every((line) => line.startsWith("// ")), unreadable);
  });

  test("[C3] what the form begins with is right by the schema, for every request and every answer", () => {
    const wrong: string[] = [];
    for (const [tables, entries] of [[CLIENT_REQUESTS, schema.requests], [SERVER_REQUESTS, schema.answers]] as const) {
      assertEquals(Object.keys(entries).sort(), Object.keys(tables).sort());
      for (const [method, { type }] of Object.entries(entries)) {
        const table = (tables as Record<string, { params?: unknown; result?: unknown }>)[method]!;
        const expected = tables === CLIENT_REQUESTS ? table.params : table.result;
        if (type === undefined) continue;
        const { typed, violations } = check(expected as never, exampleOf(schema, { ref: type })) as unknown as {
          typed: boolean;
          violations?: unknown;
        };
        if (!typed) wrong.push(`${method}: ${JSON.stringify(violations)}`);
      }
    }
    assertEquals(wrong, []);
    assert(!check(CLIENT_REQUESTS["turn/start"].params!, {}).typed, "what is wrong is found");
  });
});
