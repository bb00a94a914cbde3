import { emptyThread, hydrate, reduce, type ThreadEvent, type ThreadState } from "../../../state/mod.ts";
import { isObject, messageOf, type Row } from "./row.ts";

/** The state of one conversation, made of what was seen of it. */
export class Conversation {
  readonly threadId: string;
  readonly connection: number | null;
  state: ThreadState;

  constructor(threadId: string, connection: number | null) {
    this.threadId = threadId;
    this.connection = connection;
    this.state = emptyThread(threadId);
  }

  /** Takes a line in. Those of other conversations change nothing. */
  take(row: Row): void {
    if (this.connection !== null && row.event.c !== this.connection) return;
    try {
      this.state = this.#next(row);
    } catch {
      // What is no event of the protocol, whatever it says it is.
    }
  }

  #next({ event, kind, method, pair }: Row): ThreadState {
    if (kind === "event" && event.d === "in" || kind === "question") {
      return reduce(this.state, messageOf(event) as unknown as ThreadEvent);
    }
    if (kind !== "answer") return this.state;
    const { result } = messageOf(event) ?? {};
    if (!isObject(result)) return this.state;
    const { thread, data } = result;
    if (isObject(thread) && thread["id"] === this.threadId) return hydrate(this.state, thread as never);
    if (method === "thread/turns/list" && Array.isArray(data)) {
      const params = pair === null ? undefined : messageOf(pair.event)?.params;
      if (isObject(params) && params["threadId"] === this.threadId) return hydrate(this.state, data as never);
    }
    return this.state;
  }
}
