import type { ThreadItem, Turn } from "../../gen/mod.ts";
import type { Codex } from "../client/codex.ts";
import type { CallOptions } from "../client/options.ts";
import { isOfWork, placeInChain } from "./key_chain.ts";

/** What a thread's stored turns say of one piece of work. */
export interface FoundWork {
  /** The last turn of the work, with all of its items, and how often the work had been gone on with then. */
  readonly last: { readonly turn: Turn; readonly place: number } | null;
  /** What all turns of the work have come to, in their order, without what users said in them of other work. */
  readonly items: readonly ThreadItem[];
  /** A turn that the server says is running, of this work or of another. */
  readonly running: Turn | null;
  /**
   * The first of the turns at the thread's end of which nothing is stored but that they were interrupted: the server died
   * while it took their message. `null` if the last turn is not one.
   */
  readonly unsaid: Turn | null;
  /**
   * Whether the thread's last turn is over by the look of it alone: `interrupted`, at no time. So the server tells of one
   * in whose midst it died, and, for some milliseconds, of one that has just begun or just ended.
   */
  readonly openEnded: boolean;
}

/** Turns come with all of their items, so a page is kept small. */
const PAGE = 10;

/**
 * Looks through a thread's turns, newest first, for those of one piece of work. Needs no lock.
 *
 * While another process runs a turn, its stored state reads as `interrupted`: only who has the thread open may believe
 * that word. `completed` and `failed` are true for everybody.
 */
export async function findWork(codex: Codex, threadId: string, key: string, call: CallOptions): Promise<FoundWork> {
  let last: FoundWork["last"] = null;
  const items: ThreadItem[] = [];
  let running: Turn | null = null;
  let unsaid: Turn | null = null;
  let openEnded: boolean | undefined;
  let atEnd = true;
  let cursor: string | null = null;
  do {
    const page: { data: Turn[]; nextCursor?: string | null } = await codex.request(
      "thread/turns/list",
      { threadId, itemsView: "full", limit: PAGE, ...(cursor !== null && { cursor }) },
      call,
    );
    for (const turn of page.data) {
      if (turn.status === "inProgress") running ??= turn;
      openEnded ??= turn.status === "interrupted" && turn.completedAt == null;
      atEnd &&= turn.status === "interrupted" && turn.items.length === 0;
      if (atEnd) unsaid = turn;
      const place = placeInChain(key, turn);
      if (place === null) continue;
      items.unshift(...turn.items.filter((item) => isOfWork(key, item)));
      if (last === null || place > last.place) last = { turn, place };
      // What goes on with the work is newer than its beginning, and was seen before it.
      if (place === 0) return { last, items, running, unsaid, openEnded };
    }
    cursor = page.nextCursor === cursor ? null : page.nextCursor ?? null;
  } while (cursor !== null);
  return { last, items, running, unsaid, openEnded: openEnded === true };
}
