import type { Thread } from "../../mod.ts";
import type { ChatSession } from "./chat_options.ts";
import { Refusal } from "./refusal.ts";
import type { Run } from "./run.ts";

/** A thread that is open here, with the turn that pages look at. */
export interface ChatThread {
  readonly thread: Thread;
  run: Run | undefined;
}

/** So many threads without a turn are kept open; another one is resumed when it is used again. */
const OPEN_MAX = 200;

/** Which threads there are, and whose. What was used longest ago is forgotten first. */
export class ChatThreads {
  readonly #max: number;
  readonly #owners = new Map<string, string>();
  /** The thread of each chat, by session and chat: the names of chats are the pages' own. */
  readonly #chats = new Map<string, string>();
  readonly #open = new Map<string, ChatThread>();

  constructor(max: number) {
    this.#max = max;
  }

  /** A session has started a thread. */
  add(session: ChatSession, entry: ChatThread): void {
    set(this.#owners, entry.thread.id, session.id, this.#max);
    this.open(entry);
  }

  /** A thread is open from now on. */
  open(entry: ChatThread): void {
    set(this.#open, entry.thread.id, entry, Infinity);
    for (const [id, { run }] of this.#open) {
      if (this.#open.size <= OPEN_MAX) break;
      if (run === undefined) this.#open.delete(id);
    }
  }

  /** The thread, if it is open here. */
  get(threadId: string): ChatThread | undefined {
    const entry = this.#open.get(threadId);
    if (entry !== undefined) set(this.#open, threadId, entry, Infinity);
    return entry;
  }

  /** A chat of a session is this thread. */
  name(session: ChatSession, chatId: string, threadId: string): void {
    if (chatId !== threadId) {
      set(this.#chats, keyOf(session, chatId), threadId, this.#max);
    }
  }

  /**
   * The thread of a chat: the one that it was begun with, else the one that its messages name, else the one whose id it
   * has. `null` if there is none yet.
   *
   * @throws {Refusal} If the messages name one that is not the session's.
   */
  async find(
    session: ChatSession,
    chatId: string,
    named: string | null,
  ): Promise<string | null> {
    const begun = this.#chats.get(keyOf(session, chatId));
    if (begun !== undefined && await this.maySee(session, begun)) return begun;
    if (named !== null) {
      if (await this.maySee(session, named)) return named;
      throw unknownThread();
    }
    return await this.maySee(session, chatId) ? chatId : null;
  }

  /** Whether a thread is the session's. */
  async maySee(session: ChatSession, threadId: string): Promise<boolean> {
    const owner = this.#owners.get(threadId);
    if (owner === session.id) {
      set(this.#owners, threadId, owner, this.#max);
      return true;
    }
    return await session.owns?.(threadId) === true;
  }
}

/** There is none, or it is somebody else's: nobody learns which. */
export function unknownThread(): Refusal {
  return new Refusal(404, "unknown-thread", "There is no such thread.");
}

function keyOf({ id }: ChatSession, chatId: string): string {
  return JSON.stringify([id, chatId]);
}

/** Sets an entry as the youngest, and forgets the oldest of too many. */
function set<V>(map: Map<string, V>, key: string, value: V, max: number): void {
  map.delete(key);
  map.set(key, value);
  for (const oldest of map.keys()) {
    if (map.size <= max) break;
    map.delete(oldest);
  }
}
