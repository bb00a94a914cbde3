import type { Turn } from "../../gen/mod.ts";
import type { Codex } from "../client/codex.ts";
import type { CallOptions } from "../client/options.ts";
import { MethodNotFoundError } from "../errors.ts";

/**
 * Takes a turn back of which nothing is stored, and those behind it. The server stores a message for the agent first, and
 * its key a moment later, before the model is asked: one that is killed in that moment leaves a message that the agent
 * would read, and that nobody can find. Given anew, it would be there twice.
 *
 * Servers before 0.148 cannot take a turn back: there, that moment remains.
 */
export async function takeBack(codex: Codex, threadId: string, { id }: Turn, call: CallOptions): Promise<void> {
  try {
    await codex.request("thread/revert", { threadId, beforeTurnId: id }, call);
  } catch (error) {
    if (!(error instanceof MethodNotFoundError)) throw error;
  }
}
