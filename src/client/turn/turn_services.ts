import type { ThreadCompactStartResponse, Turn } from "../../../gen/mod.ts";
import { TransportClosedError } from "../../errors.ts";
import { Channel, type ChannelOptions } from "../../router/channel.ts";
import { requestTimeout } from "../../router/request_timeout.ts";
import { filled, type TurnRecord } from "../../router/turn_record.ts";
import { abortable } from "../../util/abort.ts";
import { deferred } from "../../util/deferred.ts";
import { startTimer } from "../../util/timer.ts";
import type { Connector } from "../connection/connector.ts";
import { Interrupts } from "./interrupts.ts";
import { storedTurn } from "./stored_turn.ts";
import { TurnQueue } from "./turn_queue.ts";
import { TurnWatch } from "./turn_watch.ts";

/** How long a turn that is over is held back for its stored items, and over how many connections they are asked for. */
const FULL_TURN_MS = 10_000;
const FULL_TURN_TRIES = 5;

/** A compaction that has been asked for, and those who wait for it. */
export interface Compaction {
  readonly done: Promise<ThreadCompactStartResponse>;
  readonly controller: AbortController;
  waiting: number;
}

/** For how long somebody waits for a turn, once it is over. */
export interface Patience {
  readonly signal?: AbortSignal | undefined;
  /** By when the turn was to be over, as `performance.now()` gives it. A deadline that has passed by then was kept. */
  readonly until?: number | undefined;
}

/** What the turns of one `Codex` share. */
export class TurnServices {
  readonly connector: Connector;
  readonly interrupts: Interrupts;
  readonly watch: TurnWatch;
  readonly queue: TurnQueue;
  /** The compactions that this client has asked for, by thread. */
  readonly compactions: Map<string, Compaction> = new Map();
  /** What was read of turns of which not everything was seen. */
  readonly #full = new WeakMap<TurnRecord, Promise<Turn>>();

  constructor(connector: Connector, maxConcurrentTurns?: number) {
    const { router, limits, onDiagnostic } = connector;
    this.connector = connector;
    this.interrupts = new Interrupts(router, limits, onDiagnostic);
    this.watch = new TurnWatch(router, limits, onDiagnostic);
    this.queue = new TurnQueue(router, limits, this.interrupts, maxConcurrentTurns);
    connector.onIdle = (threadId) => this.watch.threadIdle(threadId);
    connector.onAgentTurn = (open) => this.interrupts.agentBegun(open);
  }

  /** A channel for one more reader of a turn. */
  newChannel(options: ChannelOptions): Channel {
    const { streamEvents, streamBytes } = this.connector.limits;
    return new Channel({ mergeAfter: streamEvents, maxBytes: streamBytes }, options);
  }

  /**
   * The items of a turn that was joined while it ran, or that went on behind a gap: some of them went by unseen. They are
   * as the server stored them, or, where it stores none, those that were seen; the turn then does not call them `full`.
   * So they are if the turn's deadline passes meanwhile. Else whoever waits for the turn gets the same.
   */
  async fullTurn(record: TurnRecord, turn: Turn, { signal, until }: Patience): Promise<Turn> {
    const late = deferred<Turn>();
    const stopTimer = startTimer(until && until - performance.now(), () => late.resolve(asSeen(turn)));
    try {
      return await abortable(Promise.race([this.#fullTurn(record, turn), late.promise]), signal);
    } finally {
      stopTimer();
    }
  }

  #fullTurn(record: TurnRecord, turn: Turn): Promise<Turn> {
    let full = this.#full.get(record);
    if (full === undefined) {
      full = this.#readFull(turn, record.threadId).then((read) => {
        if (read.itemsView !== "full") this.#full.delete(record); // who asks later may be told more
        return read;
      });
      this.#full.set(record, full);
    }
    return full;
  }

  async #readFull(turn: Turn, threadId: string): Promise<Turn> {
    const { router, limits: { requestTimeoutMs } } = this.connector;
    const given = new AbortController();
    const timeoutMs = Math.min(FULL_TURN_MS, requestTimeoutMs || Infinity);
    const stopTimer = startTimer(timeoutMs, () => given.abort(requestTimeout("thread/turns/list", timeoutMs)));
    const options = { priority: "urgent", signal: given.signal } as const;
    const stored = await overConnections(FULL_TURN_TRIES, () => {
      return storedTurn(router, { threadId, id: turn.id }, options);
    }).catch(() => undefined).finally(stopTimer);
    return stored === undefined
      ? asSeen(turn)
      : filled({ ...turn, items: stored.items, itemsView: "full" }, turn.items);
  }
}

/** A turn with no items but those that were seen. */
function asSeen(turn: Turn): Turn {
  return { ...turn, itemsView: "summary" };
}

/** Reads something; if the connection is lost, which swallows the answer, reads it again over the next one. */
async function overConnections<T>(tries: number, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (tries <= 1 || !(error instanceof TransportClosedError)) throw error;
    return await overConnections(tries - 1, read);
  }
}
