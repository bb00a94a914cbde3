import { Codex } from "@codex-app-server/sdk";
import { type ChatHandlerOptions, createChatHandler } from "@codex-app-server/sdk/ai-sdk";
import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { describe, test } from "node:test";
import { ORIGIN } from "./peers.ts";

/** Nothing here gets as far as a server. */
const codex = new Codex({ codexBin: "/nowhere/codex" });
const authorize = () => ({ id: "me" });

interface Sent {
  readonly method?: string;
  readonly path?: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

function send(options: Partial<ChatHandlerOptions>, sent: Sent): Promise<Response> {
  const { method = "POST", path = "/api/chat", body, headers = {} } = sent;
  const handler = createChatHandler({ codex, authorize, ...options });
  const init: RequestInit = { method, headers: { "content-type": "application/json", ...headers } };
  if (method !== "GET" && method !== "HEAD") init.body = typeof body === "string" ? body : JSON.stringify(body);
  return handler(new Request(`${ORIGIN}${path}`, init));
}

async function refusal(options: Partial<ChatHandlerOptions>, sent: Sent): Promise<[number, string, string]> {
  const response = await send(options, sent);
  assertEquals(response.headers.get("content-type"), "application/json; charset=utf-8");
  assertEquals(response.headers.get("cache-control"), "no-store");
  assertEquals([...response.headers.keys()].filter((name) => name.startsWith("access-control")), []);
  const { error, code } = await response.json();
  return [response.status, code, error];
}

const user = (...parts: unknown[]) => ({ id: "c", messages: [{ id: "u", role: "user", parts }] });
const TEXT = { type: "text", text: "hi" };

describe("the options of a handler", () => {
  test("[I4] authorize is required: without it everybody would see everything", () => {
    const make = (options: object) => () => createChatHandler(options as ChatHandlerOptions);
    assertThrows(make({ codex }), TypeError, "authorize");
    assertThrows(make({ authorize }), TypeError, "codex");
    assertThrows(make({ codex, authorize: "me" }), TypeError, "authorize must be a function");
    assertThrows(make({ codex, authorize, keepMS: 3 }), TypeError, "Did you mean keepMs?");
    assertThrows(make({ codex, authorize, maxBodyBytes: NaN }), RangeError, "maxBodyBytes");
    assertThrows(() => createChatHandler(undefined as unknown as ChatHandlerOptions), TypeError, "options");
  });
});

describe("requests that are refused", () => {
  test("[I4] each with a status, a code and a reason", async () => {
    const cases: readonly (readonly [Sent, number, string, string])[] = [
      [{ method: "GET" }, 405, "method-not-allowed", "POST"],
      [{ method: "PUT", body: user(TEXT) }, 405, "method-not-allowed", "POST"],
      [{ method: "OPTIONS" }, 405, "method-not-allowed", "POST"],
      [{ method: "POST", path: "/api/chat/c/stream", body: {} }, 405, "method-not-allowed", "GET"],
      [{ method: "GET", path: "/api/chat/c/stop" }, 405, "method-not-allowed", "POST"],
      [{ path: "/api/chat/c/stop", body: {} }, 404, "unknown-thread", "no such thread"],
      [{ path: "/api/chat/%E0%A4%A/stop", body: {} }, 400, "bad-request", "encoded"],
      [{ method: "GET", path: "/api/chat//stream" }, 400, "bad-request", "id of the chat"],
      [
        { body: user(TEXT), headers: { "content-type": "text/plain" } },
        415,
        "unsupported-media-type",
        "application/json",
      ],
      [{ body: "{" }, 400, "bad-request", "not JSON"],
      [{ body: "" }, 400, "bad-request", "not JSON"],
      [{ body: "[".repeat(200_000) }, 400, "bad-request", "not JSON"],
      [{ body: [] }, 400, "bad-request", "an object"],
      [{ body: null }, 400, "bad-request", "an object"],
      [{ body: { messages: [{}] } }, 400, "bad-request", "`id`"],
      [{ body: { ...user(TEXT), id: "x".repeat(201) } }, 400, "bad-request", "`id`"],
      [{ body: { id: "c" } }, 400, "bad-request", "`messages`"],
      [{ body: { id: "c", messages: [] } }, 400, "bad-request", "`messages`"],
      [{ body: { id: "c", messages: ["hi"] } }, 400, "bad-request", "last message"],
      [{ body: { id: "c", messages: [{ role: "system", parts: [] }] } }, 400, "bad-request", "role"],
      [{ body: { id: "c", messages: [{ role: "user", content: "hi" }] } }, 400, "bad-request", "`parts`"],
      [{ body: user("hi") }, 400, "bad-request", "`parts`"],
      [{ body: user() }, 400, "bad-request", "empty"],
      [{ body: user({ type: "text", text: 3 }) }, 400, "bad-request", "text"],
      [
        { body: user({ type: "file", mediaType: "text/plain", url: "data:text/plain,hi" }) },
        400,
        "bad-request",
        "images",
      ],
      [
        { body: user({ type: "file", mediaType: "image/png", url: "https://x/a.png" }) },
        400,
        "bad-request",
        "data URL",
      ],
      [{ body: user({ type: "file", mediaType: "image/png", url: "/etc/passwd" }) }, 400, "bad-request", "data URL"],
      [
        { body: { id: "c", messages: [{ role: "user", metadata: { threadId: "other" }, parts: [TEXT] }] } },
        404,
        "unknown-thread",
        "no such thread",
      ],
      [
        { body: { id: "c", messages: [{ role: "user", metadata: { threadId: {} }, parts: [TEXT] }] } },
        400,
        "bad-request",
        "threadId",
      ],
    ];
    for (const [sent, status, code, reason] of cases) {
      const [foundStatus, foundCode, error] = await refusal({}, sent);
      assertEquals([foundStatus, foundCode], [status, code], JSON.stringify(sent).slice(0, 300));
      assertStringIncludes(error, reason);
    }
    assertEquals((await send({}, { method: "GET" })).headers.get("allow"), "POST");
  });

  test("[I4] bodies that are too large, also when they do not say so", async () => {
    const large = user({ type: "text", text: "x".repeat(2_000) });
    const length = { "content-length": "5000000" };
    assertEquals((await refusal({}, { body: user(TEXT), headers: length }))[0], 413);
    const [status, code, error] = await refusal({ maxBodyBytes: 1_000 }, { body: large });
    assertEquals([status, code], [413, "body-too-large"]);
    assertStringIncludes(error, "1000 bytes");
    let given = 0;
    const endless = new ReadableStream<Uint8Array>({
      pull(controller) {
        given++;
        controller.enqueue(new Uint8Array(10_000).fill(32));
      },
    }, { highWaterMark: 0 });
    const handler = createChatHandler({ codex, authorize, maxBodyBytes: 100_000 });
    const init = { method: "POST", headers: { "content-type": "application/json" }, body: endless, duplex: "half" };
    const response = await handler(new Request(`${ORIGIN}/api/chat`, init as RequestInit));
    assertEquals(response.status, 413);
    assert(given < 50, `${given} pieces were read`);
  });

  test("[I4] what comes from the page of another site", async () => {
    const options = { origins: ["https://app.example"] };
    const foreign: readonly Readonly<Record<string, string>>[] = [
      { origin: "https://evil.example" },
      { origin: "null" },
      { origin: `${ORIGIN}.evil.example` },
      { origin: "http://app.example:81" },
      { "sec-fetch-site": "cross-site" },
      { "sec-fetch-site": "same-site" },
    ];
    let asked = 0;
    const counted = () => {
      asked++;
      return { id: "me" };
    };
    for (const headers of foreign) {
      for (const sent of [{ body: user(TEXT) }, { method: "GET", path: "/api/chat/c/stream" }]) {
        const [status, code] = await refusal({ ...options, authorize: counted }, { ...sent, headers });
        assertEquals([status, code], [403, "foreign-origin"], JSON.stringify(headers));
      }
    }
    assertEquals(asked, 0);
    const own: readonly Readonly<Record<string, string>>[] = [
      { origin: ORIGIN, "sec-fetch-site": "same-origin" },
      { origin: "https://app.example" }, // as a browser has it behind a proxy that speaks https
      { "sec-fetch-site": "none" },
      {},
    ];
    for (const headers of own) {
      const { status } = await send(options, { method: "GET", path: "/api/chat/c/stream", headers });
      assertEquals(status, 204, JSON.stringify(headers));
    }
  });

  test("[I4] what authorize says, and what it throws, which stays on the server", async () => {
    const sent = { method: "GET", path: "/api/chat/c/stream" };
    for (const nobody of [null, undefined]) {
      assertEquals((await refusal({ authorize: () => nobody }, sent)).slice(0, 2), [401, "unauthorized"]);
    }
    const login = await send(
      { authorize: () => new Response(null, { status: 303, headers: { location: "/login" } }) },
      sent,
    );
    assertEquals([login.status, login.headers.get("location")], [303, "/login"]);
    const told: unknown[] = [];
    const onError = (error: unknown) => void told.push(error);
    const wrong = [
      () => Promise.reject(new Error("password of db-1 is hunter2")),
      () => ({ id: "" }),
      () => "me" as unknown as { id: string },
    ];
    for (const authorize of wrong) {
      const [status, code, error] = await refusal({ authorize, onError }, sent);
      assertEquals([status, code, error], [500, "failed", "The agent could not be asked."]);
    }
    assertEquals(told.length, wrong.length);
    assertStringIncludes(String(told[0]), "hunter2");
  });

  test("[I4] a server that does not start: 500, without its path", async () => {
    const told: unknown[] = [];
    const [status, code, error] = await refusal({ onError: (error) => void told.push(error) }, { body: user(TEXT) });
    assertEquals([status, code, error], [500, "failed", "The agent could not be asked."]);
    assertStringIncludes(String(told[0]), "/nowhere/codex");
  });
});
