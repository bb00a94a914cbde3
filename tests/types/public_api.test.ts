import type {
  CallOptions,
  Codex,
  Notification,
  ServerRequestContext,
  ServerRequestHandlers,
  Thread,
  ThreadForkOptions,
  ThreadResumeOptions,
  TurnHandle,
  TurnOptions,
} from "@codex-app-server/sdk";
import type {
  InitializeResponse,
  Notification as WireNotification,
  NotificationOf,
  ParamsOf,
  RequestMethod,
  ResultOf,
  ServerRequestMethod,
  ServerRequestParamsOf,
  ServerRequestResultOf,
  Thread as ThreadRecord,
  ThreadForkParams,
  ThreadResumeParams,
  ThreadStartParams,
  ThreadTokenUsage,
  Turn,
  TurnStartParams,
} from "@codex-app-server/sdk/protocol";
import { assert } from "@std/assert";
import { describe, test } from "node:test";

/** `true` if the two types are the same one. */
type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends (<T>() => T extends B ? 1 : 2) ? true : false;
/** `true` if the type is `any`. */
type IsAny<T> = 0 extends 1 & T ? true : false;

/** Compiles only if every entry is `true`; that is the test. */
function holds<const Facts extends readonly true[]>(...facts: Facts): void {
  assert(facts.every((fact) => fact === true));
}

type Own = "signal" | "timeoutMs" | "idleTimeoutMs" | "budget" | "outputSchema" | "checkOutputSchema" | "trace";

describe("public types", () => {
  test("[S4] the options of a turn are the generated params without what the SDK fills in, and the SDK's own", () => {
    holds<[
      Equal<Exclude<keyof TurnOptions, Own>, Exclude<keyof TurnStartParams, "threadId" | "input" | "outputSchema">>,
      Equal<TurnOptions["model"], TurnStartParams["model"]>,
      Equal<TurnOptions["sandboxPolicy"], TurnStartParams["sandboxPolicy"]>,
      Equal<ThreadResumeOptions, Omit<ThreadResumeParams, "threadId">>,
      Equal<ThreadForkOptions, Omit<ThreadForkParams, "threadId">>,
      Equal<Parameters<Codex["threadStart"]>[0], ThreadStartParams | undefined>,
    ]>(true, true, true, true, true, true);
  });

  test("[S2] [T1] results are the protocol's own types", () => {
    holds<[
      Equal<Codex["metadata"], InitializeResponse>,
      Equal<Awaited<ReturnType<Thread["run"]>>, Turn>,
      Equal<Awaited<ReturnType<TurnHandle["run"]>>, Turn>,
      Equal<TurnHandle["usage"], ThreadTokenUsage | null>,
      Equal<Awaited<ReturnType<Codex["models"]>>, ResultOf<"model/list">>,
      Equal<ReturnType<Codex["threads"]> extends AsyncIterable<infer T> ? T : never, ThreadRecord>,
      Equal<Extract<Notification, { method: "turn/completed" }>, NotificationOf<"turn/completed">>,
      Equal<Exclude<Notification["method"], WireNotification["method"]>, "connection/gap">,
    ]>(true, true, true, true, true, true, true, true);
  });

  test("[Q1] request is typed for every method, in params and result", () => {
    type AnyParams = { [M in RequestMethod]: IsAny<ParamsOf<M>> }[RequestMethod];
    type AnyResult = { [M in RequestMethod]: IsAny<ResultOf<M>> }[RequestMethod];
    holds<[Equal<AnyParams, false>, Equal<AnyResult, false>]>(true, true);
    const call = (codex: Codex) => codex.request("thread/read", { threadId: "t" });
    holds<[Equal<Awaited<ReturnType<typeof call>>, ResultOf<"thread/read">>]>(true);
    const wrong = (codex: Codex) => [
      // @ts-expect-error: not a method of the protocol
      codex.request("thread/raed", {}),
      // @ts-expect-error: a required param is missing
      codex.request("thread/read", {}),
      // @ts-expect-error: not a value of the enumeration
      codex.threadStart({ sandbox: "read-onyl" }),
    ];
    assert(typeof wrong === "function");
  });

  test("[S3] threads come from Codex alone, and a handle is not a thenable", () => {
    holds<[
      Equal<"thread" extends keyof Codex ? true : false, false>,
      Equal<"then" extends keyof TurnHandle ? true : false, false>,
      Equal<"resume" extends keyof Thread ? true : false, false>,
    ]>(true, true, true);
  });

  test("[H3] an object that merely looks like a client, a thread or a handle is none", () => {
    type Lookalike<T> = { readonly [K in keyof T]: T[K] };
    holds<[
      Equal<Lookalike<Codex> extends Codex ? true : false, false>,
      Equal<Lookalike<Thread> extends Thread ? true : false, false>,
      Equal<Lookalike<TurnHandle> extends TurnHandle ? true : false, false>,
    ]>(true, true, true);
  });

  test("[A2] handlers are typed by their method, in what they are given and what they answer", () => {
    type Handler<M extends ServerRequestMethod> = NonNullable<ServerRequestHandlers[M]>;
    type Own = ServerRequestContext;
    type Wrong = {
      [M in ServerRequestMethod]: Equal<Parameters<Handler<M>>[0], ServerRequestParamsOf<M>> extends true
        ? ServerRequestResultOf<M> extends Awaited<ReturnType<Handler<M>>> ? never : M
        : M;
    }[ServerRequestMethod];
    type AnyAnswer = { [M in ServerRequestMethod]: IsAny<Awaited<ReturnType<Handler<M>>>> }[ServerRequestMethod];
    holds<[
      Equal<Wrong, never>,
      Equal<AnyAnswer, false>,
      Equal<keyof ServerRequestHandlers, ServerRequestMethod>,
      Parameters<Handler<"item/tool/call">>[1] extends Own ? true : false,
    ]>(true, true, true, true);
    const wrong: ServerRequestHandlers[] = [
      // @ts-expect-error: not a decision
      { "item/commandExecution/requestApproval": () => ({ decision: "yes" }) },
      // @ts-expect-error: the answer of another request
      { "item/tool/call": () => Promise.resolve({ decision: "accept" }) },
      // @ts-expect-error: not a request of the server
      { "item/commandExecution/approve": () => ({ decision: "accept" }) },
    ];
    assert(wrong.length === 3);
  });

  test("[Q2] every call takes a signal and a deadline", () => {
    type Last<F> = F extends (...args: [...infer _, (infer L)?]) => unknown ? L : never;
    holds<[
      CallOptions extends NonNullable<Last<Codex["models"]>> ? true : false,
      CallOptions extends NonNullable<Last<Codex["threadStart"]>> ? true : false,
      CallOptions extends NonNullable<Last<Thread["read"]>> ? true : false,
      CallOptions extends NonNullable<Last<TurnHandle["steer"]>> ? true : false,
    ]>(true, true, true, true);
  });
});
