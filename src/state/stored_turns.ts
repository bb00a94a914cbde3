import type { ThreadTurnsListResponse, Turn } from "../../gen/mod.ts";
import type { Codex } from "../client/codex.ts";
import type { CodexErrorCode } from "../errors.ts";
import { isOpenEnded } from "./turns.ts";

/** So many turns are asked for at a time. */
const PAGE = 25;

/** How long, and how often, what is just being stored is waited for: some 50 ms in fact. */
const PAUSE_MS = 100;
const MOST_PAUSES = 30;

/** Which of the stored turns are wanted. */
export interface Wanted {
  /** At most so many. */
  readonly limit: number;
  /** From this one on; `null` if it does not matter. */
  readonly from: string | null;
  /** Gives it up. */
  readonly signal: AbortSignal;
}

/** The last stored turns of a thread with all of their items, newest first. */
export async function storedTurns(codex: Pick<Codex, "request">, threadId: string, wanted: Wanted): Promise<Turn[]> {
  const turns: Turn[] = [];
  let cursor: string | null = null;
  do {
    const page = await storedPage(codex, threadId, cursor, wanted.limit - turns.length, wanted.signal);
    turns.push(...page.data);
    cursor = page.nextCursor ?? null;
  } while (cursor !== null && turns.length < wanted.limit && !turns.some(({ id }) => id === wanted.from));
  return turns;
}

async function storedPage(
  codex: Pick<Codex, "request">,
  threadId: string,
  cursor: string | null,
  most: number,
  signal: AbortSignal,
): Promise<ThreadTurnsListResponse> {
  const params = { threadId, cursor, itemsView: "full", limit: Math.min(PAGE, most) } as const;
  for (let pauses = 0;; pauses++) {
    try {
      const page = await codex.request("thread/turns/list", params, { signal });
      const newest = cursor === null ? page.data[0] : undefined;
      if (newest === undefined || !isOpenEnded(newest) || pauses > 0) return page;
    } catch (error) {
      // While the server begins to store a thread, it says that it does not know how to list its turns.
      if (!hasCode(error, "METHOD_NOT_FOUND") || pauses === MOST_PAUSES) throw error;
    }
    await pause(signal);
  }
}

/** Whether an error is the SDK's of that code. */
export function hasCode(error: unknown, code: CodexErrorCode): boolean {
  return typeof error === "object" && error !== null && "code" in error && error.code === code;
}

async function pause(signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  await new Promise<void>((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, PAUSE_MS);
    signal.addEventListener("abort", end);
  });
}
