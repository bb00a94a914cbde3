import type { RequestId } from "../message/message.ts";
import { BoundedMap } from "../util/bounded_map.ts";
import { UNKNOWN } from "./not_pending.ts";

/**
 * The names under which the server's questions are answered here.
 *
 * A server numbers its requests anew for every connection, and could use a number twice over one. An answer that somebody
 * gives late must not find another question under the name of the one that it was meant for: so no name is given twice,
 * and the server's own is one only where it is certain to be new.
 */
export class QuestionIds {
  #highest = -1;
  #count = 0;
  readonly #gone: BoundedMap<string>;

  constructor(maxBytes: number) {
    this.#gone = new BoundedMap(maxBytes, (why) => why.length);
  }

  /** A name for a question that has come with this id. */
  next(requestId: RequestId): RequestId {
    if (typeof requestId === "number" && requestId > this.#highest) return this.#highest = requestId;
    return `${requestId}/${++this.#count}`;
  }

  /** What became of a question, for whoever is late. */
  close(id: RequestId, why: string): void {
    this.#gone.set(JSON.stringify(id), why);
  }

  /** Why there is no question of this name, also if a number was stored as text meanwhile. */
  whyGone(id: RequestId): string {
    return this.#gone.get(JSON.stringify(id)) ?? this.#gone.get(String(id)) ?? UNKNOWN;
  }
}
