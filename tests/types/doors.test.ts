import type {
  BudgetExceededError,
  Codex,
  CodexError,
  CodexOptions,
  CodexPool,
  Thread,
  ThreadBusyError,
  TurnHandle,
  TurnOptions,
  UsageLimitError,
} from "@codex-app-server/sdk";
import type { codexModel, createChatHandler, toUIMessageStream, UIMessageChunk } from "@codex-app-server/sdk/ai-sdk";
import type { durableTurn, folderStore, Rollout, RolloutStore, withThread } from "@codex-app-server/sdk/durable";
import type { instrument, serverTelemetry } from "@codex-app-server/sdk/otel";
import type { ThreadItem, Turn } from "@codex-app-server/sdk/protocol";
import type {
  emptyThread,
  hydrate,
  ItemState,
  reduce,
  ThreadState,
  threadStore,
  TurnState,
} from "@codex-app-server/sdk/state";
import { assert } from "@std/assert";
import { describe, test } from "node:test";

type Is<A, B> = A extends B ? true : false;
type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends (<T>() => T extends B ? 1 : 2) ? true : false;
type Has<T, K extends string> = K extends keyof T ? true : false;

/** Compiles only if every entry is `true`; that is the test. */
function holds<const Facts extends readonly true[]>(...facts: Facts): void {
  assert(facts.every((fact) => fact === true));
}

describe("names that are fixed", () => {
  test("[S1] of `.`: what came to a client, its options, its threads and turns", () => {
    type Message = TurnHandle["messages"] extends () => AsyncIterable<infer M> ? M : never;
    holds<[
      Is<Codex["server"], { readonly name: string; readonly version: string }>,
      Has<CodexOptions, "apiKey" | "baseUrl" | "config" | "inheritEnv" | "traceContext" | "maxConcurrentTurns">,
      Is<"spawn" | "daemon", CodexOptions["connect"]>,
      Is<{ readonly tokens: number }, TurnOptions["budget"]>,
      Is<{ agents: boolean }, NonNullable<Parameters<TurnHandle["stream"]>[0]>>,
      Has<Message, "id" | "phase" | "text">,
      Is<ReturnType<Thread["release"]>, Promise<void>>,
      Is<ThreadBusyError | UsageLimitError | BudgetExceededError, CodexError>,
      Is<CodexPool, AsyncDisposable>,
      Is<CodexPool["use"], (tenant: string, work: (codex: Codex) => Promise<1>) => Promise<1>>,
    ]>(true, true, true, true, true, true, true, true, true, true);
  });

  test("[S1] of ./state", () => {
    holds<[
      Equal<ReturnType<typeof emptyThread>, ThreadState>,
      Equal<ReturnType<typeof reduce>, ThreadState>,
      Is<[ThreadState, Turn[]], Parameters<typeof hydrate>>,
      Is<[Codex, string], Parameters<typeof threadStore>>,
      Is<ReturnType<typeof threadStore>, Disposable & { subscribe(listener: () => void): () => void }>,
      Equal<ReturnType<ReturnType<typeof threadStore>["getSnapshot"]>, ThreadState>,
      Has<ThreadState, "threadId" | "thread" | "plan" | "diff" | "usage" | "questions" | "gap">,
      Is<ThreadState["turns"], readonly TurnState[]>,
      Is<ThreadState["agents"], Readonly<Record<string, ThreadState>>>,
      Is<TurnState["items"], readonly ItemState[]>,
      Equal<ItemState["item"], ThreadItem>,
      Equal<ItemState["streaming"], boolean>,
      Has<ItemState, "output" | "question">,
    ]>(true, true, true, true, true, true, true, true, true, true, true, true, true);
  });

  test("[S1] of ./ai-sdk, ./durable and ./otel", () => {
    type Chat = Parameters<typeof createChatHandler>[0];
    type How = Awaited<ReturnType<typeof durableTurn>>;
    type Job = Parameters<typeof durableTurn>[1];
    type Work = (codex: Codex) => Promise<1>;
    type Instrument = NonNullable<Parameters<typeof instrument>[1]>;
    holds<[
      Is<ReturnType<typeof toUIMessageStream>, ReadableStream<UIMessageChunk>>,
      Is<ReturnType<typeof createChatHandler>, (request: Request) => Promise<Response>>,
      Has<Chat, "codex" | "authorize" | "threadParams">,
      // Required, not optional.
      Is<Omit<Chat, "authorize">, Chat> extends false ? true : false,
      Is<[Codex], Parameters<typeof codexModel>>,
      Has<Job, "threadId" | "key" | "input" | "signal" | "onEvent" | "budget">,
      Equal<How["turn"], Turn>,
      Equal<How["how"], "ran" | "found" | "continued">,
      Is<Awaited<ReturnType<RolloutStore["load"]>>, Rollout | null>,
      Is<ReturnType<RolloutStore["save"]>, Promise<void>>,
      Is<ReturnType<typeof folderStore>, RolloutStore>,
      Is<[string, RolloutStore, string, Work], Parameters<typeof withThread>>,
      Is<ReturnType<typeof instrument>, void>,
      Has<Instrument, "tracer" | "meter" | "captureContent">,
      Is<{ endpoint: string; headers: Record<string, string> }, Parameters<typeof serverTelemetry>[0]>,
      Is<ReturnType<typeof serverTelemetry>, Pick<CodexOptions, "config" | "env">>,
    ]>(true, true, true, true, true, true, true, true, true, true, true, true, true, true, true, true);
  });
});
