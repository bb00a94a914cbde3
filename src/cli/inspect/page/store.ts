import type { Batch, ConnectionInfo, WireEvent } from "../wire.ts";
import { messageOf, type Row, rowOf } from "./row.ts";

/** A turn, as the list of threads shows it. */
export interface TurnEntry {
  readonly id: string;
  readonly startedAt: number;
  status: string;
  endedAt: number | null;
  count: number;
}

/** A thread, as the list of threads shows it. */
export interface ThreadEntry {
  readonly id: string;
  readonly connection: number;
  name: string;
  /** The thread that has spawned it. */
  parent: string | null;
  count: number;
  readonly turns: Map<string, TurnEntry>;
}

/** So many threads are listed, and so many turns of each: the last ones. */
const MAX_THREADS = 500;
const MAX_TURNS = 500;

/** All that has been seen, of a session or of a recording. */
export class Store {
  readonly title: string;
  /** Oldest first. */
  rows: Row[] = [];
  /** How many have gone. */
  dropped = 0;
  connections: readonly ConnectionInfo[] = [];
  readonly threads: Map<string, ThreadEntry> = new Map<string, ThreadEntry>();
  /** What the server has asked and nobody has answered: `connection:id`. */
  readonly questions: Map<string, Row> = new Map<string, Row>();
  /** Counts every change. */
  version = 0;
  readonly #asked = new Map<string, Row>();

  constructor(title: string) {
    this.title = title;
  }

  /** Takes a batch in; returns the rows that are new. */
  take({ first, events, connections }: Batch): readonly Row[] {
    this.version++;
    if (connections !== undefined) this.#connect(connections);
    const fresh = events.map((event) => this.#add(event));
    if (first > this.dropped) {
      const gone = this.rows.findIndex(({ event }) => event.n >= first);
      this.rows = gone === -1 ? [] : this.rows.slice(gone);
      this.dropped = first;
    }
    return fresh;
  }

  /** Begins anew. */
  clear(): void {
    this.version++;
    this.rows = [];
    this.dropped = 0;
    this.connections = [];
    this.threads.clear();
    this.questions.clear();
    this.#asked.clear();
  }

  connection(id: number): ConnectionInfo | undefined {
    return this.connections.find((connection) => connection.id === id);
  }

  #connect(connections: readonly ConnectionInfo[]): void {
    this.connections = connections;
    for (const { id, ended } of connections) {
      if (ended === null) continue;
      for (const key of this.questions.keys()) if (key.startsWith(`${id}:`)) this.questions.delete(key);
    }
  }

  #add(event: WireEvent): Row {
    const side = event.d === "in" ? "out" : "in";
    const row = rowOf(event, (id) => {
      const key = `${side}:${event.c}:${id}`;
      const asked = this.#asked.get(key);
      this.#asked.delete(key);
      return asked;
    });
    this.rows.push(row);
    const { kind, id } = row;
    if (kind === "request" || kind === "question") this.#ask(row);
    if (kind === "question") this.questions.set(`${event.c}:${id}`, row);
    if (kind === "reply" || kind === "error" && event.d === "out") this.questions.delete(`${event.c}:${id}`);
    if (row.method === "serverRequest/resolved") {
      const { requestId } = (messageOf(event)?.params ?? {}) as { requestId?: unknown };
      this.questions.delete(`${event.c}:${JSON.stringify(requestId)}`);
    }
    if (row.thread !== null) this.#count(row, row.thread);
    return row;
  }

  #ask(row: Row): void {
    this.#asked.set(`${row.event.d}:${row.event.c}:${row.id}`, row);
    // What is never answered must not pile up.
    if (this.#asked.size > 20_000) this.#asked.delete(this.#asked.keys().next().value!);
  }

  #count(row: Row, id: string): void {
    let thread = this.threads.get(id);
    if (thread === undefined) {
      thread = { id, connection: row.event.c, name: "", parent: null, count: 0, turns: new Map() };
      this.threads.set(id, thread);
      if (this.threads.size > MAX_THREADS) this.threads.delete(this.threads.keys().next().value!);
    }
    thread.count++;
    if (
      row.method === "thread/started" || row.method === "thread/name/updated" ||
      /^thread\/(start|resume)$/.test(row.method)
    ) {
      this.#name(thread, row);
    }
    if (row.method === "turn/start" && row.kind === "request" && thread.name === "") thread.name = row.summary;
    if (row.turn === null) return;
    let turn = thread.turns.get(row.turn);
    if (turn === undefined) {
      turn = { id: row.turn, startedAt: row.event.t, status: "inProgress", endedAt: null, count: 0 };
      thread.turns.set(row.turn, turn);
      if (thread.turns.size > MAX_TURNS) thread.turns.delete(thread.turns.keys().next().value!);
    }
    turn.count++;
    if (row.method === "turn/completed") {
      const { turn: record } = (messageOf(row.event)?.params ?? {}) as { turn?: { status?: unknown } };
      turn.status = typeof record?.status === "string" ? record.status : "completed";
      turn.endedAt = row.event.t;
    }
  }

  #name(thread: ThreadEntry, { event }: Row): void {
    const { params, result } = messageOf(event) ?? {};
    const source = (params ?? result ?? {}) as { thread?: Record<string, unknown>; threadName?: unknown };
    const name = source.threadName ?? source.thread?.["name"] ?? source.thread?.["preview"];
    if (typeof name === "string" && name !== "") thread.name = name;
    const parent = source.thread?.["parentThreadId"];
    if (typeof parent === "string") thread.parent = parent;
  }
}
