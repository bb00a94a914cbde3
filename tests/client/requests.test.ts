import {
  Codex,
  InvalidParamsError,
  isRetryableError,
  JsonRpcError,
  MethodNotFoundError,
  ResponseValidationError,
  RetryLimitExceededError,
  retryOnOverload,
  ServerBusyError,
  TimeoutError,
} from "@codex-app-server/sdk";
import type { RequestMethod } from "@codex-app-server/sdk/protocol";
import { ModelSchema, ThreadSchema, TurnSchema } from "@codex-app-server/sdk/protocol";
import { notification, sample, ScriptedAppServer } from "@codex-app-server/sdk/testing";
import { assert, assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import { describe, test } from "node:test";
import { deferred } from "../../src/util/deferred.ts";
import { collect, scripted } from "./scripted.ts";

const MODELS = () => ({ data: [], nextCursor: null });

describe("a request", () => {
  test("[Q1] sends what it is given and returns what it gets; unknown methods go through requestRaw", async () => {
    await using peer = scripted();
    peer.server.onRequest("thread/name/set", () => ({}));
    await peer.codex.request("thread/name/set", { threadId: "t", name: "n" });
    assertEquals(peer.server.messages.at(-1)?.params, { threadId: "t", name: "n" });
    const unknown = "future/method" as RequestMethod;
    await assertRejects(() => peer.codex.request(unknown, {} as never), TypeError, "requestRaw");
  });

  test("[Q1] requestRaw checks neither what goes nor what comes", async () => {
    const peer = scripted({}, { validate: false });
    peer.server.onRequest("future/method" as RequestMethod, () => ({ anything: 1 }) as never);
    assertEquals(await peer.codex.requestRaw("future/method", { a: [1] }), { anything: 1 });
    assertEquals(peer.server.messages.at(-1)?.params, { a: [1] });
    await peer.codex.close();
    await peer.server.close();
  });

  test("[Q2] abort rejects with the signal's reason, and the late answer leaves no trace", async () => {
    await using peer = scripted();
    const answer = deferred<void>();
    peer.server.onRequest("model/list", async () => {
      await answer.promise;
      return MODELS();
    });
    peer.server.onRequest("thread/loaded/list", () => ({ data: [] }));
    const controller = new AbortController();
    const reason = new Error("never mind");
    const call = peer.codex.models({}, { signal: controller.signal });
    await peer.server.received("model/list");
    controller.abort(reason);
    assertStrictEquals(await call.catch((error) => error), reason);
    answer.resolve();
    await peer.codex.request("thread/loaded/list", {});
    assertEquals(peer.diagnostics, []);
    assertStrictEquals(await peer.codex.models({}, { signal: AbortSignal.abort(reason) }).catch((e) => e), reason);
    assertEquals(peer.server.messages.filter(({ method }) => method === "model/list").length, 1);
  });

  test("[Q2] timeoutMs rejects with a TimeoutError that says what was not answered", async () => {
    await using peer = scripted({ limits: { requestTimeoutMs: 15 } });
    peer.server.onRequest("model/list", (_params, ctx) => ctx.never());
    const error = await assertRejects(() => peer.codex.models({}, { timeoutMs: 10 }), TimeoutError, "model/list");
    assertEquals([error.kind, error.timeoutMs, error.code], ["request", 10, "TIMEOUT"]);
    const byDefault = await assertRejects(() => peer.codex.models(), TimeoutError);
    assertEquals(byDefault.timeoutMs, 15);
  });

  test("[Q2] no listener stays on a signal that many calls shared", async () => {
    await using peer = scripted();
    peer.server.onRequest("model/list", MODELS);
    let listeners = 0;
    const controller = new AbortController();
    const { signal } = controller;
    const { addEventListener, removeEventListener } = signal;
    signal.addEventListener = (...args: Parameters<typeof addEventListener>) => {
      listeners++;
      addEventListener.apply(signal, args);
    };
    signal.removeEventListener = (...args: Parameters<typeof removeEventListener>) => {
      listeners--;
      removeEventListener.apply(signal, args);
    };
    for (let i = 0; i < 20; i++) await peer.codex.models({}, { signal, timeoutMs: 60_000 });
    assertEquals(listeners, 0);
    peer.server.onRequest("model/list", (_params, ctx) => ctx.fail(-32600, "no"));
    await assertRejects(() => peer.codex.models({}, { signal }), JsonRpcError);
    assertEquals(listeners, 0);
    peer.server.onRequest("model/list", (_params, ctx) => ctx.never());
    await assertRejects(() => peer.codex.models({}, { signal, timeoutMs: 1 }), TimeoutError);
    assertEquals(listeners, 0);
    const given = peer.codex.models({}, { signal });
    await peer.server.received("model/list");
    assertEquals(listeners, 1);
    controller.abort(new Error("enough"));
    await assertRejects(() => given, Error, "enough");
    assertEquals(listeners, 0);
  });

  test("[Q3] bad params fail before anything is sent, with the path of each problem", async () => {
    await using peer = scripted();
    const params = { threadId: 7, name: "n" } as never;
    const error = await assertRejects(
      () => peer.codex.request("thread/name/set", params),
      InvalidParamsError,
      "threadId",
    );
    assertEquals(error.issues.map(({ path }) => path), ["threadId"]);
    assertEquals([error.rpcCode, error.method, error.code], [-32602, "thread/name/set", "INVALID_PARAMS"]);
    const misspelt = { sandbox: "read-onyl" } as never;
    await assertRejects(() => peer.codex.threadStart(misspelt), InvalidParamsError, "sandbox");
    await assertRejects(() => peer.codex.threadStart({ modle: "x" } as never), InvalidParamsError, "modle");
    assertEquals(peer.server.messages.map(({ method }) => method), ["initialize", "initialized"]);
  });

  test("[Q3] [Q4] a refusal of the server has the class of its meaning, with code, data and method", async () => {
    await using peer = scripted();
    peer.server.onRequest("model/list", (_params, ctx) => ctx.fail(-32602, "no", { a: 1 }));
    const error = await assertRejects(() => peer.codex.models(), InvalidParamsError);
    assertEquals([error.rpcCode, error.data, error.method, error.issues], [-32602, { a: 1 }, "model/list", []]);
    peer.server.onRequest("model/list", (_params, ctx) => ctx.fail(-32601, "no"));
    await assertRejects(() => peer.codex.models(), MethodNotFoundError);
  });

  test("[F7] strange replies disturb nobody: unknown id, second answer, neither result nor error", async () => {
    await using peer = scripted();
    peer.server.onRequest("model/list", (_params, ctx) => {
      ctx.connection.sendRaw('{"id":"who","result":{}}\n');
      ctx.reply(MODELS());
      ctx.reply(MODELS());
      ctx.connection.sendRaw(`{"id":${JSON.stringify(ctx.id)},"result":3}\n`);
    });
    assertEquals((await peer.codex.models()).data, []);
    peer.server.onRequest("thread/list", (_params, ctx) => {
      ctx.connection.sendRaw(`{"id":${JSON.stringify(ctx.id)}}\n`);
      ctx.never();
    });
    await assertRejects(() => peer.codex.threadList(), JsonRpcError, "neither a result nor an error");
    assertEquals(peer.diagnostics.map((d) => d.type === "unexpected-reply" ? d.reason : d.type), [
      "unknown-id",
      "unknown-id",
      "unknown-id",
      "neither-result-nor-error",
    ]);
  });

  test("[F6] banners, blank lines and broken JSON are reported and passed over", async () => {
    await using peer = scripted();
    peer.server.onRequest("model/list", (_params, ctx) => {
      ctx.connection.sendRaw('\u001b[1mnpm notice\u001b[0m\n\n{"method":"turn/star\n{"a":1}\n');
      return MODELS();
    });
    await peer.codex.models();
    assertEquals(peer.diagnostics.map((d) => d.type === "skipped-line" ? d.reason : d.type), [
      "not-json",
      "blank",
      "broken-json",
      "not-a-message",
    ]);
  });

  test("[F9] what cannot be written as JSON rejects its caller alone", async () => {
    await using peer = scripted();
    peer.server.onRequest("model/list", MODELS);
    const cyclic: Record<string, unknown> = {};
    cyclic["self"] = cyclic;
    await assertRejects(() => peer.codex.requestRaw("x", cyclic), TypeError);
    await assertRejects(() => peer.codex.requestRaw("x", 1n), TypeError);
    assertEquals((await peer.codex.models()).data, []);
  });

  test("[L7] holds its connection, and so the program, until it is settled", async () => {
    await using server = new ScriptedAppServer();
    let held: boolean | undefined;
    const hold = { ref: () => void (held = true), unref: () => void (held = false) };
    await using codex = await Codex.start({ transport: () => Object.assign(server.connect(), hold) });
    assertEquals(held, false);
    const answer = deferred<void>();
    server.onRequest("model/list", async () => (await answer.promise, MODELS()));
    const both = [codex.models(), codex.models()];
    await server.received("model/list");
    assertEquals(held, true);
    answer.resolve();
    await Promise.all(both);
    assertEquals(held, false);
  });
});

describe("an answer that differs from the protocol", () => {
  const answering = (mode: "tolerant" | "strict" | "off", result: unknown) => {
    const peer = scripted({ validation: mode }, { validate: false });
    peer.server.onRequest("model/list", () => result as never);
    return peer;
  };
  const model = sample(ModelSchema);
  const drifting = { data: [{ ...model, novelty: { a: 1 } }, { ...model, novelty: 2 }], nextCursor: null, extra: true };

  test("[Q7] unknown fields are kept, the very object is returned, and each place is reported once", async () => {
    const peer = answering("tolerant", drifting);
    for (let i = 0; i < 2; i++) assertEquals<unknown>(await peer.codex.models(), drifting);
    const drift = peer.diagnostics.filter((diagnostic) => diagnostic.type === "drift");
    assertEquals(drift.map(({ issue }) => issue.path), ["data[0].novelty", "extra"]);
    assertEquals(drift.map(({ part, method }) => [part, method]), [["result", "model/list"], ["result", "model/list"]]);
    await peer.codex.close();
    await peer.server.close();
  });

  test("[Q7] a missing required field is a ResponseValidationError that names method and path", async () => {
    const peer = answering("tolerant", { data: [{ ...model, id: undefined }] });
    const error = await assertRejects(() => peer.codex.models(), ResponseValidationError, "data[0].id");
    assertEquals([error.method, error.issues[0]?.path, error.code], [
      "model/list",
      "data[0].id",
      "RESPONSE_VALIDATION",
    ]);
    await peer.codex.close();
    await peer.server.close();
  });

  test("[Q7] strict makes every difference an error, off looks at nothing", async () => {
    const strict = answering("strict", drifting);
    await assertRejects(() => strict.codex.models(), ResponseValidationError, "novelty");
    const off = answering("off", { data: 3 });
    assertEquals<unknown>(await off.codex.models(), { data: 3 });
    for (const peer of [strict, off]) {
      await peer.codex.close();
      await peer.server.close();
    }
  });

  test("[Q7] unknown notifications, variants and values pass; in strict mode they end the connection", async () => {
    for (const validation of ["tolerant", "strict"] as const) {
      const peer = scripted({ validation }, { validate: false });
      const thread = await peer.codex.threadStart();
      const events = peer.codex.notifications();
      const item = { type: "hologram", id: "h" };
      const params = { threadId: thread.id, turnId: "t", item, completedAtMs: 1 } as never;
      for (let i = 0; i < 2; i++) {
        peer.server.notify("item/completed", params);
        peer.server.notify("thread/teleported" as never, { threadId: thread.id } as never);
      }
      if (validation === "tolerant") {
        for (let i = 0; i < 2; i++) {
          assertEquals([(await events.next()).value?.params, (await events.next()).value?.method as string], [
            params,
            "thread/teleported",
          ]);
        }
        assertEquals(peer.diagnostics.map(({ type }) => type), ["drift", "unknown-method"]);
        await peer.codex.close();
      } else {
        const { error } = await peer.codex.closed;
        assertEquals((error.cause as Error).name, "ResponseValidationError");
      }
      await peer.server.close();
    }
  });
});

describe("a request of the server that differs from the protocol", () => {
  test("[Q7] an unknown field reaches the handler, but in strict mode, where the request is refused", async () => {
    for (const validation of ["tolerant", "strict", "off"] as const) {
      const seen: unknown[] = [];
      const handlers = {
        "item/tool/call": (params: object) => {
          seen.push((params as { novelty?: number }).novelty);
          return { contentItems: [], success: true };
        },
      };
      await using peer = scripted({ validation, handlers }, { validate: false });
      const { id: threadId } = await peer.codex.threadStart();
      const params = { threadId, turnId: "u", callId: "c", tool: "t", arguments: {}, namespace: null, novelty: 1 };
      const { success } = await peer.server.ask("item/tool/call", params);
      assertEquals([success, seen], validation === "strict" ? [false, []] : [true, [1]], validation);
      const told = { tolerant: ["drift"], strict: ["invalid-message"], off: [] }[validation];
      assertEquals(peer.diagnostics.map(({ type }) => type).slice(0, 1), told);
    }
  });
});

describe("pages", () => {
  const page = (ids: string[], nextCursor: string | null) => ({
    data: ids.map((id) => sample(ThreadSchema, { id })),
    nextCursor,
  });

  test("[Q8] for await follows the cursors, fetches no page too many, and stops on break", async () => {
    await using peer = scripted();
    const pages: Record<string, ReturnType<typeof page>> = { "": page(["a", "b"], "1"), "1": page(["c"], null) };
    peer.server.onRequest("thread/list", ({ cursor }) => pages[cursor ?? ""]!);
    const ids = (await collect(peer.codex.threads({ limit: 2 }))).map(({ id }) => id);
    assertEquals(ids, ["a", "b", "c"]);
    const sent = () =>
      peer.server.messages.filter(({ method }) => method === "thread/list").map(({ params }) => params);
    assertEquals<unknown>(sent(), [{ limit: 2 }, { limit: 2, cursor: "1" }]);
    for await (const _thread of peer.codex.threads()) break;
    assertEquals(sent().length, 3);
  });

  test("[Q8] a repeated cursor ends it", async () => {
    await using peer = scripted();
    peer.server.onRequest("thread/list", ({ cursor }) => page([cursor ?? "first"], "again"));
    assertEquals((await collect(peer.codex.threads())).map(({ id }) => id), ["first", "again"]);
  });
});

describe("retryOnOverload", () => {
  const busy = () => new ServerBusyError({ rpcCode: -32001, message: "busy", method: "m" });

  test("[Q5] calls again after overload, up to the given attempts, and passes other errors on at once", async () => {
    let calls = 0;
    const flaky = () => {
      if (++calls < 3) throw busy();
      return "done";
    };
    assertEquals(await retryOnOverload(flaky, { initialDelayMs: 1 }), "done");
    assertEquals(calls, 3);
    calls = -10;
    await assertRejects(() => retryOnOverload(flaky, { initialDelayMs: 1 }), ServerBusyError);
    assertEquals(calls, -7);
    const other = new Error("other");
    assertStrictEquals(await retryOnOverload(() => Promise.reject(other)).catch((error) => error), other);
  });

  test("[Q5] knows what is worth a retry", () => {
    const details = { rpcCode: -32001, message: "x", method: "m" };
    assertEquals(isRetryableError(busy()), true);
    assertEquals(isRetryableError(new RetryLimitExceededError(details)), false);
    assertEquals(
      isRetryableError(new JsonRpcError({ ...details, data: { codexErrorInfo: "serverOverloaded" } })),
      true,
    );
    assertEquals(isRetryableError(new JsonRpcError(details)), false);
    assertEquals(isRetryableError(new Error("busy")), false);
  });

  test("[Q5] a signal ends the pause, and bad options are a RangeError", async () => {
    const controller = new AbortController();
    const reason = new Error("stop");
    const call = retryOnOverload(() => {
      queueMicrotask(() => controller.abort(reason));
      throw busy();
    }, { initialDelayMs: 60_000, maxDelayMs: 60_000, signal: controller.signal });
    assertStrictEquals(await call.catch((error) => error), reason);
    for (
      const options of [{ attempts: 0 }, { attempts: 1.5 }, { jitter: 2 }, { maxDelayMs: -1 }, { initialDelayMs: NaN }]
    ) {
      await assertRejects(() => retryOnOverload(() => 1, options), RangeError);
    }
  });
});

describe("options of a call", () => {
  test("[S5] what is left out is not sent; null is", async () => {
    await using peer = scripted();
    await peer.codex.threadStart({ model: "m", cwd: null, ephemeral: undefined } as never);
    assertEquals(peer.server.messages.at(-1)?.params, { model: "m", cwd: null });
    peer.server.onRequest("thread/resume", (_params, ctx) => ctx.fail(-32600, "no rollout found for thread id t"));
    await assertRejects(() => peer.codex.threadResume("t"), JsonRpcError, "no rollout");
    assertEquals(peer.server.messages.at(-1)?.params, { threadId: "t" });
    peer.server.onRequest("thread/fork", (_params, ctx) => ctx.fail(-32600, "no rollout found for thread id t"));
    await assertRejects(
      () => peer.codex.threadFork("t", { model: undefined, cwd: null } as never),
      JsonRpcError,
      "no rollout",
    );
    assertEquals(peer.server.messages.at(-1)?.params, { threadId: "t", cwd: null });
    const thread = await peer.codex.threadStart();
    peer.server.onRequest("turn/start", (_params, ctx) => ctx.fail(-32600, "no"));
    const [threadId, input] = [thread.id, [{ type: "text", text: "hi" }]];
    await assertRejects(() => thread.run("hi"), JsonRpcError, "no");
    assertEquals<unknown>(peer.server.messages.at(-1)?.params, { threadId, input });
    const options = { model: undefined, effort: null, timeoutMs: 60_000, idleTimeoutMs: undefined } as never;
    await assertRejects(() => thread.run("hi", options), JsonRpcError, "no");
    assertEquals<unknown>(peer.server.messages.at(-1)?.params, { threadId, input, effort: null });
  });

  test("[Q1] notifications are typed by method and start the connection when read", async () => {
    await using peer = scripted();
    const named = peer.codex.notifications("thread/name/updated");
    const all = peer.codex.notifications();
    assertEquals(peer.server.messages.length, 0);
    const first = named.next();
    await peer.server.received("initialized");
    peer.server.notify("skills/changed", {});
    peer.server.notify("thread/name/updated", notification("thread/name/updated", { threadName: "x" }).params);
    assertEquals((await first).value?.params.threadName, "x");
    assertEquals([(await all.next()).value?.method, (await all.next()).value?.method], [
      "skills/changed",
      "thread/name/updated",
    ]);
    await named.return?.();
    assertEquals((await named.next()).done, true);
    assert(sample(TurnSchema).id !== "");
  });
});
