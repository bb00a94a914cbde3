/**
 * Stores of a thread of a scripted server.
 *
 * @module
 */
import { Codex, type CodexOptions, type Thread } from "@codex-app-server/sdk";
import { ThreadReadResponseSchema, ThreadResumeResponseSchema, type Turn } from "@codex-app-server/sdk/protocol";
import type { ThreadState, threadStore } from "@codex-app-server/sdk/state";
import { item, sample, ScriptedAppServer, turn } from "@codex-app-server/sdk/testing";
import { deferred } from "../../src/util/deferred.ts";

/** Waits until the state of a store is as it should be. */
export function until(
  store: ReturnType<typeof threadStore>,
  holds: (state: ThreadState) => boolean,
): Promise<ThreadState> {
  const { promise, resolve, reject } = deferred<ThreadState>();
  const late = setTimeout(
    () => reject(new Error(`It did not come to it: ${JSON.stringify(store.getSnapshot())}`)),
    30_000,
  );
  const stop = store.subscribe((state) => void (holds(state) && resolve(state)));
  return promise.finally(() => {
    clearTimeout(late);
    stop();
  });
}

/** What a test gets. Disposing closes both. */
export interface Connected extends AsyncDisposable {
  readonly server: ScriptedAppServer;
  readonly codex: Codex;
  readonly thread: Thread;
}

/** A client of a scripted server with one thread whose turns are stored. */
export async function connected(turns: readonly Turn[], options: CodexOptions = {}): Promise<Connected> {
  const server = new ScriptedAppServer();
  server.onRequest(
    "thread/read",
    ({ threadId }) => sample(ThreadReadResponseSchema, { thread: { id: threadId, name: "stored", preview: "hi" } }),
  );
  server.onRequest("thread/turns/list", ({ cursor, limit }) => {
    const from = Number(cursor ?? 0);
    const data = [...turns].reverse().slice(from, from + (limit ?? 1));
    const next = from + data.length;
    return { data, nextCursor: next < turns.length ? String(next) : null };
  });
  server.onRequest("thread/resume", ({ threadId }) => sample(ThreadResumeResponseSchema, { thread: { id: threadId } }));
  const codex = new Codex({ transport: () => server.connect(), ...options });
  const thread = await codex.threadStart();
  return {
    server,
    codex,
    thread,
    async [Symbol.asyncDispose]() {
      await codex.close();
      await server[Symbol.asyncDispose]();
    },
  };
}

/** Turns as a server has them, oldest first. */
export const stored = (count: number): Turn[] =>
  Array.from({ length: count }, (_, n) =>
    turn({
      id: `turn-${String(n).padStart(3, "0")}`,
      status: "completed",
      startedAt: 1000 + n,
      items: [item("agentMessage", { id: `m${n}`, text: `${n}` })] as never,
    }));
