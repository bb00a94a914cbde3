import {
  type CallOptions,
  type Codex,
  type LoginHandle,
  type Thread,
  TimeoutError,
  TransportClosedError,
  type TurnHandle,
} from "@codex-app-server/sdk";
import { CLIENT_REQUESTS, type RequestMethod } from "@codex-app-server/sdk/protocol";
import { scriptTurns } from "@codex-app-server/sdk/testing";
import { assert, assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import { describe, test } from "node:test";
import { collect, type Scripted, scripted } from "./scripted.ts";

type Call = (options?: CallOptions) => Promise<unknown>;

interface Parts {
  readonly codex: Codex;
  readonly thread: Thread;
  readonly handle: TurnHandle;
  readonly login: LoginHandle;
}

/** Everything public that asks the server for something, by its name. */
function calls({ codex, thread, handle, login }: Parts): Record<string, Call> {
  return {
    "Codex.threadStart": (options) => codex.threadStart({}, options),
    "Codex.threadResume": (options) => codex.threadResume("t", {}, options),
    "Codex.threadFork": (options) => codex.threadFork("t", {}, options),
    "Codex.threadUnarchive": (options) => codex.threadUnarchive("t", options),
    "Codex.threadArchive": (options) => codex.threadArchive("t", options),
    "Codex.threadList": (options) => codex.threadList({}, options),
    "Codex.threads": (options) => collect(codex.threads({}, options)),
    "Codex.models": (options) => codex.models({}, options),
    "Codex.account": (options) => codex.account({}, options),
    "Codex.loginApiKey": (options) => codex.loginApiKey("k", options),
    "Codex.loginChatgpt": (options) => codex.loginChatgpt(options),
    "Codex.loginChatgptDeviceCode": (options) => codex.loginChatgptDeviceCode(options),
    "Codex.logout": (options) => codex.logout(options),
    "Codex.request": (options) => codex.request("skills/list", {}, options),
    "Codex.requestAll": (options) => collect(codex.requestAll("model/list", {}, options)),
    "Codex.requestRaw": (options) => codex.requestRaw("future/method", {}, options),
    "Thread.run": (options) => thread.run("hi", options),
    "Thread.turn": (options) => thread.turn("hi", options),
    "Thread.read": (options) => thread.read({}, options),
    "Thread.setName": (options) => thread.setName("n", options),
    "Thread.compact": (options) => thread.compact(options),
    "Thread.review": (options) => thread.review({ type: "uncommittedChanges" }, options),
    "Thread.cleanBackgroundTerminals": (options) => thread.cleanBackgroundTerminals(options),
    "Thread.archive": (options) => thread.archive(options),
    "Thread.release": (options) => thread.release(options),
    "TurnHandle.steer": (options) => handle.steer("more", options),
    "TurnHandle.interrupt": (options) => handle.interrupt(options),
    "LoginHandle.wait": (options) => login.wait(options),
    "LoginHandle.cancel": (options) => login.cancel(options),
  };
}

/** What asks for nothing: it listens, tells what is known here, or ends something of one's own. */
const ASK_NOTHING = [
  "Codex.close",
  "Codex.notifications",
  "Codex.events",
  "Codex.observe",
  "Codex.threadPath",
  "Codex.pendingServerRequests",
  "Codex.answer",
  "Thread.events",
  "TurnHandle.stream",
  "TurnHandle.text",
  "TurnHandle.messages",
  "TurnHandle.run",
  "TurnHandle.cancel",
  "TurnHandle.fail",
];

async function open(): Promise<Scripted & Parts> {
  const peer = scripted({ limits: { closeGraceMs: 100 } }, { validate: false });
  scriptTurns(peer.server, () => new Promise<void>(() => {}));
  peer.server.onRequest("account/login/start", () => ({ type: "chatgpt", loginId: "l", authUrl: "https://x" }));
  const { codex } = peer;
  const busy = await codex.threadStart();
  const [handle, login] = [await busy.turn("hi"), await codex.loginChatgpt()];
  return Object.assign(peer, { thread: await codex.threadStart(), handle, login });
}

/** Every call by itself, so that one that hangs is named. */
async function outcomes(all: Record<string, Call>, options?: CallOptions): Promise<Map<string, unknown>> {
  const result = new Map<string, unknown>();
  for (const [name, call] of Object.entries(all)) {
    result.set(name, await call(options).then(() => "resolved", (error) => error));
  }
  return result;
}

describe("every call", () => {
  test("stands in this list", async () => {
    await using parts = await open();
    const { codex, thread, handle, login } = parts;
    const named = Object.entries({ Codex: codex, Thread: thread, TurnHandle: handle, LoginHandle: login }).flatMap((
      [name, part],
    ) =>
      Object.entries(Object.getOwnPropertyDescriptors(Object.getPrototypeOf(part)))
        .filter(([method, { value }]) => typeof value === "function" && method !== "constructor")
        .map(([method]) => `${name}.${method}`)
    );
    assertEquals([...Object.keys(calls(parts)), ...ASK_NOTHING].sort(), named.sort());
  });

  test("[Q2] with a signal that has aborted rejects with its reason, and sends nothing", async () => {
    await using parts = await open();
    const sent = parts.server.messages.length;
    const reason = new Error("never mind");
    for (const [name, outcome] of await outcomes(calls(parts), { signal: AbortSignal.abort(reason) })) {
      assertStrictEquals(outcome, reason, name);
    }
    assertEquals(parts.server.messages.slice(sent).map(({ method }) => method), []);
  });

  test("[Q2] with a deadline is over when it has passed, though the server answers nothing", async () => {
    await using parts = await open();
    for (const method of [...Object.keys(CLIENT_REQUESTS), "future/method"]) {
      parts.server.onRequest(method as RequestMethod, (_params, ctx) => ctx.never());
    }
    for (const [name, outcome] of await outcomes(calls(parts), { timeoutMs: 10 })) {
      assert(outcome instanceof TimeoutError, `${name}: ${outcome}`);
      assertEquals(outcome.timeoutMs, 10, name);
    }
  });

  test("[L6] behind a crash fails with the one error, which has exit code, signal and stderr", async () => {
    await using parts = await open();
    const exit = { code: null, signal: "SIGSEGV" };
    await parts.server.connection.die({ exit, stderrTail: "bad luck" });
    const { error } = await parts.codex.closed;
    assertEquals([error.exit, error.stderrTail], [exit, "bad luck"]);
    for (const [name, outcome] of await outcomes(calls(parts))) assertStrictEquals(outcome, error, name);
    // That of a turn carries its items, too.
    const { codex, thread, handle } = parts;
    for (const stream of [handle.stream(), handle.text(), handle.messages()]) {
      const thrown = await assertRejects(() => collect<unknown>(stream), TransportClosedError);
      assertEquals([thrown.exit, thrown.stderrTail], [exit, "bad luck"]);
    }
    for (const stream of [codex.events(), codex.notifications(), thread.events()]) {
      assertStrictEquals(await collect<unknown>(stream).catch((thrown) => thrown), error);
    }
  });

  test("[L6] [L5] behind close(), and while it closes, fails with the one error", async () => {
    await using parts = await open();
    const closing = parts.codex.close();
    const meanwhile = await outcomes(calls(parts));
    await closing;
    const { error, reason } = await parts.codex.closed;
    assertEquals([reason, error.message], ["closed", "This Codex was closed"]);
    for (const [name, outcome] of [...meanwhile, ...await outcomes(calls(parts))]) {
      assertStrictEquals(outcome, error, name);
    }
    await assertRejects(() => parts.handle.run(), TransportClosedError, "was closed");
  });
});
