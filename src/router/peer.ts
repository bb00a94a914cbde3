import { ProtocolError } from "../errors.ts";
import { LineSplitter } from "../frame/line_splitter.ts";
import type { Conceal } from "../util/conceal.ts";
import type { DiagnosticListener } from "../message/diagnostic.ts";
import { classify, type Incoming } from "../message/message.ts";
import { encode, type Outgoing } from "../message/outgoing.ts";
import { loadProtocol } from "../message/protocol.ts";
import { redact } from "../transport/redact.ts";
import type { Transport, TransportEnd } from "../transport/transport.ts";
import { type Deferred, deferred } from "../util/deferred.ts";
import { startTimer } from "../util/timer.ts";
import { Answering } from "./answering.ts";

/** How much of a line that is passed over is looked through for secrets, and how much of it is shown. */
const REDACTED_CHARS = 4000;
const SHOWN_CHARS = 200;

/** What an answer takes while it waits to be written, beside its text. */
const ANSWER_BYTES = 1024;

/** How long a connection that was given up may take to end behind its closing. */
const END_MS = 1000;

/** What a peer needs besides its transport. */
export interface PeerOptions {
  readonly maxLineBytes: number;
  /** How much of what is answered may wait to be read. Default: any amount. */
  readonly unreadBytes?: number;
  /** How far apart looks are, whose answers tell that the server still answers. Default: any distance. */
  readonly lookPauseMs?: number;
  /** Applied to every line that comes in. */
  readonly conceal?: Conceal | undefined;
  readonly onDiagnostic: DiagnosticListener;
  /** Gets every message in the order of the wire, with its length there. */
  readonly onMessage: (message: Incoming, bytes: number) => void;
}

/**
 * One connection: reads its lines for as long as it lasts, and writes messages one after the other.
 *
 * Reading never waits for whoever the messages are for, so an answer is never stuck behind a slow stream.
 */
export class Peer {
  /** Resolves when the connection is over and everything that came over it has been handed on. Never rejects. */
  readonly ended: Promise<TransportEnd>;
  readonly #transport: Transport;
  readonly #options: PeerOptions;
  readonly #writer: WritableStreamDefaultWriter<string>;
  /** Of answers alone: how much is asked of a server, and so waits for it, is for its client to decide. */
  #unread = 0;
  readonly #answering: Answering;
  readonly #givenUp: Deferred<TransportEnd> = deferred();
  #gaveUp = false;
  /** Whether the server has said its last. */
  #readToEnd = false;
  #failure: unknown;

  constructor(transport: Transport, options: PeerOptions) {
    this.#transport = transport;
    this.#options = options;
    this.#writer = transport.writable.getWriter();
    this.#writer.closed.catch(() => {});
    this.#answering = new Answering(options.lookPauseMs ?? 0, (error) => this.#giveUp(error));
    this.ended = Promise.race([this.#read(), this.#givenUp.promise]);
  }

  /**
   * Writes one message. Rejects if it cannot be written; the connection then ends.
   *
   * @throws {TypeError} At once, if the message is not JSON or the server could not read it; the connection does not
   * notice.
   */
  send(message: Outgoing): Promise<void> {
    const { line, mended } = encode(message);
    if (mended !== null) {
      this.#options.onDiagnostic({
        type: "text-mended",
        method: "method" in message ? message.method : null,
        path: mended,
      });
    }
    return "method" in message ? this.#write(line) : this.#answer(line);
  }

  /** Asks what a server that lives answers at once. One that leaves several unanswered is given up. */
  look<T>(ask: () => Promise<T>): Promise<T> {
    return this.#answering.look(ask);
  }

  close(): Promise<void> {
    return this.#transport.close();
  }

  ref(): void {
    this.#hold("ref");
  }

  unref(): void {
    this.#hold("unref");
  }

  /** A connection that has just ended may refuse: whoever makes a request then is told of the end, and not of that. */
  #hold(how: "ref" | "unref"): void {
    try {
      this.#transport[how]?.();
    } catch {
      // It keeps no program alive.
    }
  }

  /** A server that asks and reads no answers could have any number of them wait for it. */
  async #answer(line: string): Promise<void> {
    if (this.#unread > (this.#options.unreadBytes ?? Infinity)) throw this.#failure ?? this.#tooMuchUnread();
    const bytes = line.length + ANSWER_BYTES;
    this.#unread += bytes;
    await this.#write(line);
    this.#unread -= bytes;
  }

  #tooMuchUnread(): Error {
    const { unreadBytes } = this.#options;
    const why =
      `The server asks, and reads no answers: more than ${unreadBytes} bytes (limits.unreadBytes) wait for it`;
    return this.#giveUp(new ProtocolError(why));
  }

  /** Ends the connection, and waits for its end no longer than it must: it may not be one that ends. */
  #giveUp(error: Error): Error {
    this.#failure ??= error;
    this.#gaveUp = true;
    this.#writer.abort(error).catch(() => {});
    const closed = this.#transport.close().catch(() => {});
    closed.then(() => startTimer(END_MS, () => this.#givenUp.resolve({ error })));
    return error;
  }

  async #write(line: string): Promise<void> {
    try {
      await this.#writer.write(line);
    } catch (error) {
      // A pipe that cannot be written to is of no use for reading answers either. Whoever waits for an answer is told
      // when the connection has ended, with everything that is then known of the reason.
      // Behind the server's last words that it cannot be written to is no reason, and worded in each runtime's own way.
      if (!this.#readToEnd) this.#failure ??= error;
      this.#transport.close().catch(() => {});
      await this.ended;
      throw error;
    }
  }

  async #read(): Promise<TransportEnd> {
    const { maxLineBytes, onDiagnostic } = this.#options;
    const splitter = new LineSplitter({ maxLineBytes, onInvalidUtf8: () => onDiagnostic({ type: "invalid-utf8" }) });
    const reader = this.#transport.readable.getReader();
    try {
      await loadProtocol();
      for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) {
        const { value } = chunk;
        this.#answering.heard();
        if (typeof value === "string") this.#handle(withinLimit(value, maxLineBytes));
        else for (const line of splitter.push(value)) this.#handle(line);
      }
      const last = splitter.end();
      if (last !== undefined) this.#handle(last);
    } catch (error) {
      this.#failure ??= error;
      reader.cancel(error).catch(() => {});
    }
    this.#readToEnd = true;
    await this.#transport.close().catch((error) => {
      this.#failure ??= error;
    });
    // Transports of the user's own may break the promise that this never rejects.
    const end = await this.#transport.closed.catch((error): TransportEnd => ({ error }));
    return this.#failure === undefined || end.error !== undefined ? end : { ...end, error: this.#failure };
  }

  #handle(received: string): void {
    if (this.#gaveUp) return; // whatever it says, it is too much
    const line = this.#options.conceal?.(received) ?? received;
    const message = classify(line);
    if (message.kind !== "skip") return this.#options.onMessage(message, line.length);
    // Redacted before it is cut, for what is left of a secret may not look like one.
    const beginning = redact(line.slice(0, REDACTED_CHARS)).slice(0, SHOWN_CHARS);
    this.#options.onDiagnostic({ type: "skipped-line", reason: message.reason, line: beginning });
  }
}

function withinLimit(line: string, maxLineBytes: number): string {
  if (line.length <= maxLineBytes) return line;
  throw new ProtocolError(
    `The server sent a message of ${line.length} characters, more than limits.maxLineBytes (${maxLineBytes})`,
  );
}
