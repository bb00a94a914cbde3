import type { ThreadItem, Turn } from "../../gen/mod.ts";

/**
 * A key names one piece of work. Its message carries it as `clientUserMessageId`, and the server stores it with the
 * message. Each time that the work is gone on with, the message that says so carries the key with a number.
 */
const CONTINUATION = /~([1-9]\d*)$/;

/** The key of the message that goes on with a piece of work for the `count`th time; the key itself for 0. */
export function continuationKey(key: string, count: number): string {
  return count === 0 ? key : `${key}~${count}`;
}

/** How often the work had been gone on with when this message was sent; `null` if the message belongs to other work. */
export function continuationOf(key: string, clientId: string | null | undefined): number | null {
  if (clientId === key) return 0;
  if (clientId == null || !clientId.startsWith(`${key}~`)) return null;
  const count = CONTINUATION.exec(clientId)?.[1];
  return count !== undefined && clientId === continuationKey(key, Number(count)) ? Number(count) : null;
}

/** The place of a turn in the chain of one piece of work; `null` if none of its messages belongs to it. */
export function placeInChain(key: string, turn: Turn): number | null {
  const places = turn.items.flatMap((item) =>
    item.type === "userMessage" ? [continuationOf(key, item.clientId) ?? -1] : []
  );
  const place = Math.max(-1, ...places);
  return place < 0 ? null : place;
}

/** Whether an item belongs to the work, if its turn does: a turn may have been told of other work as well. */
export function isOfWork(key: string, item: ThreadItem): boolean {
  return item.type !== "userMessage" || continuationOf(key, item.clientId) !== null;
}

/**
 * Refuses what cannot be a key.
 *
 * @throws {TypeError} If it is empty, cannot be stored as it is, or looks like the key of a continuation.
 */
export function checkKey(key: string): void {
  if (typeof key !== "string" || key.trim() === "") {
    throw new TypeError(
      `durableTurn needs a key that names the work, such as the id of its job; got ${described(key)}`,
    );
  }
  if (!key.isWellFormed()) {
    throw new TypeError(
      `The key ${JSON.stringify(key)} cannot be used: it has a half of a surrogate pair, which is stored as another ` +
        "character, so that the work would not be found again",
    );
  }
  if (CONTINUATION.test(key)) {
    throw new TypeError(
      `The key ${JSON.stringify(key)} cannot be used: "~" and a number at its end mark the messages that go on with ` +
        "interrupted work. Leave them out",
    );
  }
}

function described(value: unknown): string {
  return typeof value === "string" ? JSON.stringify(value) : typeof value;
}
