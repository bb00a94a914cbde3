import type { ThreadStartParams } from "../../gen/mod.ts";
import type { Codex } from "../client/codex.ts";
import type { CallOptions } from "../client/options.ts";

/** The server stores a thread with its first content, so it needs some; the agent learns nothing from it. */
const FIRST_ITEM = {
  type: "message",
  role: "developer",
  content: [{ type: "input_text", text: "This conversation is carried on by a program." }],
};

/**
 * Starts a thread that any worker can take, and returns its id: stored at once, without a turn, and let go. A thread
 * that was merely started exists in its server alone until its first turn.
 *
 * @param params The protocol's own fields of `thread/start`. Settings that later servers are to have go into `cwd`,
 * `sandbox`, `approvalPolicy`, `model`: those are stored.
 *
 * @example
 * ```ts
 * import { durableThread } from "@codex-app-server/sdk/durable";
 * import type { Codex } from "@codex-app-server/sdk";
 *
 * async function conversation(codex: Codex, cwd: string): Promise<string> {
 *   return await durableThread(codex, { cwd, sandbox: "workspace-write", approvalPolicy: "never" });
 * }
 * ```
 */
export async function durableThread(
  codex: Codex,
  params: ThreadStartParams = {},
  options: CallOptions = {},
): Promise<string> {
  const thread = await codex.threadStart(params, options);
  await codex.request("thread/inject_items", { threadId: thread.id, items: [FIRST_ITEM] }, options);
  await thread.release(options);
  return thread.id;
}
