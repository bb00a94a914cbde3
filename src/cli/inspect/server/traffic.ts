import type { ConnectionKind, Direction } from "../wire.ts";
import { type EventLog, now } from "./event_log.ts";
import { LineTap } from "./line_tap.ts";
import { type Redactor, redactor } from "./redactor.ts";

/** Of a longer line the beginning is shown, in characters. */
const MAX_LINE = 1024 * 1024;

/** One connection's way into the log: its bytes or lines, without its secrets. */
export class Traffic {
  readonly id: number;
  readonly #log: EventLog;
  readonly #redact: Redactor;
  readonly #taps: Readonly<Record<"in" | "out" | "err", LineTap>>;
  #time = 0;

  constructor(log: EventLog, kind: ConnectionKind, title: string, showSecrets: boolean, startedAt?: number) {
    this.#log = log;
    this.#redact = redactor(showSecrets);
    this.id = log.connect(kind, this.#redact("note", title), startedAt);
    const tap = (direction: Direction) =>
      new LineTap((line, length) => this.#add(direction, line, this.#time, length), MAX_LINE);
    this.#taps = { in: tap("in"), out: tap("out"), err: tap("err") };
  }

  /** Bytes that passed by, cut anywhere. */
  bytes(direction: "in" | "out" | "err", chunk: Uint8Array, at: number = now()): void {
    this.#time = at;
    this.#taps[direction].write(chunk);
  }

  /** A whole line. */
  line(direction: Direction, text: string, at: number = now(), length: number = text.length): void {
    this.#add(direction, text.length > MAX_LINE ? text.slice(0, MAX_LINE) : text, at, length);
  }

  /** Bytes that could not be told of. */
  hole(direction: "in" | "out" | "err", bytes: number, at: number = now()): void {
    this.#taps[direction].hole();
    const what = { in: "of the server", out: "of the client", err: "of the server's stderr" }[direction];
    this.#add("note", `${bytes} bytes ${what} are missing here: they passed, but too fast to be shown`, at);
  }

  /** The connection is over. */
  end(how: string, at: number = now()): void {
    this.#time = at;
    for (const tap of Object.values(this.#taps)) tap.end();
    this.#log.end(this.id, this.#redact("note", how));
  }

  #add(direction: Direction, line: string, at: number, length: number = line.length): void {
    this.#log.add(this.id, direction, this.#redact(direction, line), at, Math.max(length, line.length));
  }
}
