import type { Thread, ThreadItem } from "../../gen/mod.ts";
import { BoundedMap } from "../util/bounded_map.ts";
import { type Deferred, deferred, quiet } from "../util/deferred.ts";
import type { Work, WorkKind } from "../util/turn_errors.ts";

/** The requests that put a thread to work, or find it at work. */
type AskMethod = "turn/start" | "thread/compact/start" | "review/start" | "thread/shellCommand" | "thread/resume";

const KINDS: Readonly<Record<AskMethod, WorkKind | null>> = {
  "turn/start": "turn",
  "thread/compact/start": "compact",
  "review/start": "review",
  "thread/shellCommand": "shellCommand",
  "thread/resume": null,
};

/** A request that will put a thread to work. What is asked of a thread is done in the order in which it was asked. */
export interface Ask {
  readonly threadId: string;
  /** Resolves with the id of the turn of a compaction when it begins; rejects if it never will. */
  readonly begun: Promise<string>;
  /** From here on it is over when it is answered. */
  readonly sent: () => void;
  /** To be called before the next message is looked at. */
  readonly answered: (result: unknown) => void;
  readonly refused: (error: unknown) => void;
  /** It will not be sent; nothing happens if it has been. */
  readonly withdrawn: (error: unknown) => void;
}

/** What has been asked and is not answered; what the answer tells no id of, until it shows itself. */
interface Asked {
  readonly ask: Ask;
  readonly kind: WorkKind | null;
  /** The turns that ended meanwhile: what the answer tells of may be over. */
  readonly ended: BoundedMap<true>;
  readonly begun: Deferred<string>;
  answered: boolean;
}

interface Waiting {
  /** Of what was asked, only what was asked before this is waited for. */
  readonly ask: Ask;
  readonly over: Deferred<void>;
}

interface Running {
  /** That which its items and its end carry, as far as is known. */
  turnId: string | null;
  readonly rootTurnId: string | null;
  kind: WorkKind;
  /** Whether it has shown that it is of this kind. */
  sure: boolean;
}

/**
 * What each thread is at work on, as far as this client sees. Input can be added to a turn; a compaction and a review take
 * none, and end whatever runs when they begin. To a person's own shell command it can be added, but no model sees it.
 *
 * A compaction, and a shell command where no turn runs, is a turn that begins with an item of that kind, and the answer to
 * its request tells no id. A review begins with such an item as well; its items and its end carry the id that the answer
 * tells, and another turn, rooted in it, is what `turn/started` tells of. A shell command that is asked for at the same
 * time is run in that turn, and may show first.
 *
 * Answers and events come in any order, so one rule holds: what has ended never begins.
 */
export class ThreadWork {
  readonly #maxBytes: number;
  readonly #running: BoundedMap<Running>;
  readonly #asked = new Map<string, Asked[]>();
  readonly #waiting = new Map<string, Waiting[]>();
  /** Whether `turn/start` adds its input to a turn that runs, and answers with that one's id. */
  joins = true;

  /** @param maxBytes How much is remembered of what only the server names. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
    this.#running = new BoundedMap(
      maxBytes,
      ({ turnId, rootTurnId }) => (turnId?.length ?? 0) + (rootTurnId?.length ?? 0),
      (threadId) => this.#settle(threadId),
    );
  }

  /** How much is known and waited for. */
  get size(): number {
    return this.#running.size + this.#asked.size + this.#waiting.size;
  }

  /** What the thread is at work on, or will be by what was asked of it before. */
  of(threadId: string, before?: Ask): Work | undefined {
    return this.running(threadId) ?? this.#expected(threadId, before);
  }

  /** What the thread has been seen to be at work on. */
  running(threadId: string): Work | undefined {
    const running = this.#running.get(threadId);
    return running && { kind: running.kind, turnId: running.turnId };
  }

  /** Whether the thread has been seen at work, or has accepted some of which nothing was seen yet. */
  isBegun(threadId: string): boolean {
    return this.#running.has(threadId) || (this.#asked.get(threadId) ?? []).some(({ answered }) => answered);
  }

  /** Whether input can be given to the thread, as soon as it is asked of it. */
  isFree(ask: Ask): boolean {
    const running = this.running(ask.threadId);
    const isTaken = this.joins ? takesNone(running?.kind) : running !== undefined;
    return !isTaken && this.#expected(ask.threadId, ask) === undefined;
  }

  /** Resolves when input can be given to the thread. */
  async free(ask: Ask): Promise<void> {
    if (this.isFree(ask)) return;
    const over = deferred<void>();
    this.#waiting.set(ask.threadId, [...this.#waiting.get(ask.threadId) ?? [], { ask, over }]);
    await over.promise;
  }

  /** A request is about to be made. */
  ask(method: AskMethod, threadId: string): Ask {
    const kind = KINDS[method];
    const begun = deferred<string>();
    quiet(begun.promise);
    let isSent = false;
    const refused = (error: unknown) => {
      begun.reject(error);
      this.#drop(threadId, asked);
    };
    const ask: Ask = {
      threadId,
      begun: begun.promise,
      sent: () => void (isSent = true),
      answered: (result) => {
        asked.answered = true;
        // Until it shows itself; a command that is given while a turn runs is run in that.
        if (kind === "compact" || (kind === "shellCommand" && !this.#running.has(threadId))) return;
        const { thread, turn } = (result ?? {}) as {
          readonly thread?: Thread;
          readonly turn?: { readonly id?: unknown };
        };
        if (kind === null) this.#found(threadId, thread, asked);
        else if (typeof turn?.id === "string") this.#accepted(threadId, turn.id, kind, asked);
        this.#drop(threadId, asked);
      },
      refused,
      withdrawn: (error) => {
        if (!isSent) refused(error);
      },
    };
    const asked: Asked = { ask, kind, ended: new BoundedMap(this.#maxBytes), begun, answered: false };
    this.#asked.set(threadId, [...this.#asked.get(threadId) ?? [], asked]);
    return ask;
  }

  /** The same for a request of any method. */
  askBy(method: string, params: unknown): Ask | undefined {
    const { threadId } = (params ?? {}) as { readonly threadId?: unknown };
    if (!Object.hasOwn(KINDS, method) || typeof threadId !== "string") return undefined;
    return this.ask(method as AskMethod, threadId);
  }

  /** A turn begins. */
  started(threadId: string, turnId: string, root?: unknown): void {
    const rootTurnId = typeof root === "string" ? root : null;
    const running = this.#running.get(threadId);
    if (running !== undefined && (running.turnId === turnId || running.turnId === rootTurnId)) return;
    const kind = this.#expected(threadId)?.kind ?? "turn";
    this.#running.set(threadId, { turnId, rootTurnId, kind, sure: false });
  }

  /** An item of a turn begins; the first one tells what kind of turn it is. */
  item(threadId: string, turnId: string, item: ThreadItem | undefined): void {
    const running = this.#running.get(threadId);
    const kind = kindOf(item);
    if (isOf(running, turnId)) {
      // A person's shell command is run in whatever turn there is, also as the first that shows in it.
      if (running.sure && kind === "shellCommand") return this.#shown(threadId, { ...running, kind, turnId });
      if (running.sure && (running.kind !== "shellCommand" || !takesNone(kind))) return;
      running.turnId = turnId;
      running.kind = kind;
      running.sure = true;
      this.#shown(threadId, running);
    } else if (takesNone(kind) && (running === undefined || kind !== "shellCommand")) {
      const other: Running = { turnId, rootTurnId: null, kind, sure: true };
      this.#running.set(threadId, other);
      this.#shown(threadId, other);
    }
  }

  /** A turn is over. */
  completed(threadId: string, turnId: string): void {
    for (const { ended } of this.#asked.get(threadId) ?? []) ended.set(turnId, true);
    const running = this.#running.get(threadId);
    if (running === undefined || (running.turnId !== null && !isOf(running, turnId))) return;
    // What was over before its first item was what was asked for.
    if (!running.sure) this.#shown(threadId, { ...running, turnId });
    this.#running.delete(threadId);
    this.#settle(threadId);
  }

  /** The server says that nothing runs in a thread. Of a turn whose id is known the end is told as well. */
  idle(threadId: string): void {
    if (this.#running.get(threadId)?.turnId !== null) return;
    this.#running.delete(threadId);
    this.#settle(threadId);
  }

  /** The server says what runs in a thread, of which this client may have seen something else, or nothing. */
  found(threadId: string, kind: WorkKind): void {
    const running = this.#running.get(threadId);
    if (running !== undefined) running.kind = kind;
    else this.#running.set(threadId, { turnId: null, rootTurnId: null, kind, sure: false });
  }

  /** Whatever the thread was at work on is over, and what has been answered will not begin. */
  forget(threadId: string, error: unknown): void {
    this.#running.delete(threadId);
    for (const { answered, ask } of this.#asked.get(threadId) ?? []) if (answered) ask.refused(error);
    this.#settle(threadId);
  }

  /** The connection is lost: nothing is known any more. */
  clear(error: unknown): void {
    for (const threadId of [...this.#asked.keys(), ...this.#running.keys()]) this.forget(threadId, error);
  }

  /** What the first of what was asked will be, but for what was asked later than `before`. */
  #expected(threadId: string, before?: Ask): Work | undefined {
    for (const { ask, kind } of this.#asked.get(threadId) ?? []) {
      if (ask === before) return undefined;
      if (kind !== null) return { kind, turnId: null };
    }
    return undefined;
  }

  /** A request is answered with the id of a turn. */
  #accepted(threadId: string, turnId: string, kind: WorkKind, { ended }: Asked): void {
    const running = this.#running.get(threadId);
    if (ended.has(turnId) || (kind === "turn" && isOf(running, turnId))) return;
    const rootTurnId = isOf(running, turnId) ? running.rootTurnId : null;
    this.#running.set(threadId, { turnId, rootTurnId, kind, sure: kind === "review" });
  }

  /** A thread is loaded, and may be at work already. */
  #found(threadId: string, thread: Thread | undefined, { ended }: Asked): void {
    if (thread?.status?.type !== "active" || this.#running.has(threadId)) return;
    const turn = thread.turns?.findLast?.((each) => each?.status === "inProgress");
    // What the server saw running may have ended while it answered.
    if (turn === undefined ? ended.size > 0 : ended.has(turn.id)) return;
    const kind = kindOf(turn?.items?.[0]);
    this.#running.set(threadId, { turnId: turn?.id ?? null, rootTurnId: turn?.rootTurnId ?? null, kind, sure: false });
  }

  /** Something shows of what kind it is: what was asked for, if that is of this kind. */
  #shown(threadId: string, { kind, turnId }: Running): void {
    const isMeant = kind === "compact" || kind === "shellCommand";
    const asked = isMeant ? this.#asked.get(threadId)?.find((each) => each.kind === kind) : undefined;
    if (asked !== undefined && turnId !== null) {
      asked.begun.resolve(turnId);
      this.#drop(threadId, asked);
    } else this.#settle(threadId);
  }

  #drop(threadId: string, asked: Asked): void {
    const left = this.#asked.get(threadId)?.filter((each) => each !== asked) ?? [];
    if (left.length > 0) this.#asked.set(threadId, left);
    else this.#asked.delete(threadId);
    this.#settle(threadId);
  }

  #settle(threadId: string): void {
    const waiting = this.#waiting.get(threadId) ?? [];
    const left = waiting.filter(({ ask }) => !this.isFree(ask));
    if (left.length > 0) this.#waiting.set(threadId, left);
    else this.#waiting.delete(threadId);
    for (const each of waiting) if (!left.includes(each)) each.over.resolve();
  }
}

function isOf(running: Running | undefined, turnId: string): running is Running {
  return running !== undefined && (running.turnId === turnId || running.rootTurnId === turnId);
}

function takesNone(kind: WorkKind | null | undefined): boolean {
  return kind !== undefined && kind !== null && kind !== "turn";
}

/** The work that begins with this item. */
function kindOf(item: ThreadItem | undefined): WorkKind {
  if (item?.type === "contextCompaction") return "compact";
  if (item?.type === "commandExecution" && item.source === "userShell") return "shellCommand";
  return item?.type === "enteredReviewMode" ? "review" : "turn";
}
