import { InternalRpcError, InvalidRequestError } from "@codex-app-server/sdk";
import { durableThread, durableTurn } from "@codex-app-server/sdk/durable";
import { startAppServer } from "@codex-app-server/sdk/testing";
import { assertEquals } from "@std/assert";
import { describe, test } from "node:test";

/**
 * What the server was seen to say of a thread that two other processes opened and let go, again and again: letting go
 * moves its file to the archive and back.
 */
const SAID = [
  [
    "list",
    -32603,
    "failed to list thread history: thread-store internal error: failed to read lineage metadata FILE: No such file or directory (os error 2)",
  ],
  ["list", -32600, "invalid paginated history lineage for ID: missing source rollout"],
  [
    "resume",
    -32603,
    "failed to read thread: thread-store internal error: failed to read session metadata FILE: No such file or directory (os error 2)",
  ],
  [
    "resume",
    -32603,
    "error resuming thread: Fatal error: Failed to initialize session: invalid thread-store request: failed to resolve rollout path `FILE`: file does not exist",
  ],
  ["resume", -32600, "no rollout found for thread id ID"],
  ["resume", -32600, "session ID is archived. Run `codex unarchive ID` to unarchive it first."],
  ["unarchive", -32600, "no archived rollout found for thread id ID"],
  ["unarchive", -32600, "session ID is archived. Run `codex unarchive ID` to unarchive it first."],
] as const;

describe("a thread whose file is moved while it is looked at", () => {
  test("[D2] is looked at again, whatever the server says of it in that moment (real)", async () => {
    await using server = await startAppServer();
    const { codex } = server;
    const { request, threadResume, threadUnarchive } = codex;
    for (const [key, [what, rpcCode, message]] of SAID.entries()) {
      const threadId = await durableThread(codex, { cwd: server.workspace, sandbox: "danger-full-access" });
      if (what === "unarchive") await codex.threadArchive(threadId);
      let said = 0;
      const first = async <T>(method: string, call: () => Promise<T>): Promise<T> => {
        if (said++ > 0) return await call();
        const details = { rpcCode, message, method };
        throw rpcCode === -32603 ? new InternalRpcError(details) : new InvalidRequestError(details);
      };
      codex.request = (method: never, ...rest: never[]) => {
        const call = () => request.call(codex, method, ...rest as [never]) as Promise<never>;
        return what === "list" && method === "thread/turns/list" ? first(method, call) : call();
      };
      if (what === "resume") {
        codex.threadResume = (...args) => first("thread/resume", () => threadResume.apply(codex, args));
      }
      if (what === "unarchive") {
        codex.threadUnarchive = (...args) => first("thread/unarchive", () => threadUnarchive.apply(codex, args));
      }
      server.model.reply("done");
      const { how, turn } = await durableTurn(codex, { threadId, key: `${key}`, input: "charge" });
      assertEquals([message, how, turn.status], [message, "ran", "completed"]);
      assertEquals(said > 0, true, message);
      Object.assign(codex, { request, threadResume, threadUnarchive });
    }
  });
});
