import { CODEX_VERSION, type ResultOf, ThreadReadResponseSchema, ThreadStartResponseSchema } from "../../gen/mod.ts";
import { notification } from "./builders.ts";
import { sample } from "./sample.ts";
import type { RequestScript } from "./server_script.ts";

/** The answers that a scripted server has to begin with. Made anew for each server, which counts its own threads. */
export function defaultScripts(): {
  readonly initialize: RequestScript<"initialize">;
  readonly "thread/start": RequestScript<"thread/start">;
  readonly "thread/read": RequestScript<"thread/read">;
} {
  let threads = 0;
  return {
    initialize: (): ResultOf<"initialize"> => ({
      userAgent: `scripted/${CODEX_VERSION} (in memory)`,
      codexHome: "/codex-home",
      platformFamily: "unix",
      platformOs: "linux",
    }),
    "thread/start": (params, { connection }) => {
      const cwd = params.cwd ?? "/workspace";
      const response = sample(ThreadStartResponseSchema, {
        cwd,
        model: params.model ?? "mock-model",
        modelProvider: "mock",
        thread: { id: `thread-${++threads}`, cwd },
      });
      // The real server announces a thread before it answers.
      connection.notify("thread/started", notification("thread/started", { thread: response.thread }).params);
      return response;
    },
    // Asked for when a question comes from a thread that was not started here: whose sub-agent is it?
    "thread/read": ({ threadId }) =>
      sample(ThreadReadResponseSchema, { thread: { id: threadId, source: "appServer" } }),
  };
}
