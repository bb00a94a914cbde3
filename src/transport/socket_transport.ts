import { ProtocolError, StreamOverflowError, TransportClosedError } from "../errors.ts";
import type { Socket, SocketEnd, SocketListener } from "../runtime/socket.ts";
import { deferred } from "../util/deferred.ts";
import { atLeast, type Check, type OptionChecks, recordOf, text } from "../util/options.ts";
import { startTimer } from "../util/timer.ts";
import { LineQueue } from "./line_queue.ts";
import type { Transport, TransportEnd } from "./transport.ts";

/** What holds for every connection to a server over a socket. */
export interface SocketTransportOptions {
  /**
   * How long connecting may take, in milliseconds.
   *
   * @default {10000}
   */
  readonly connectTimeoutMs?: number | undefined;
  /**
   * A server that is silent for so long is pinged, and given up if it is silent for as long again. In milliseconds; 0
   * switches it off.
   *
   * @default {20000}
   */
  readonly pingIntervalMs?: number | undefined;
  /**
   * How long `close()` waits for the server's farewell before it cuts the connection, in milliseconds.
   *
   * @default {2000}
   */
  readonly closeGraceMs?: number | undefined;
  /**
   * A longer message of the server ends the connection with a {@linkcode ProtocolError}. In bytes; at most 512 MiB, the
   * length of the longest string.
   *
   * @default {268435456}
   */
  readonly maxMessageBytes?: number | undefined;
  /**
   * Messages are taken from the socket as they come, whether or not they are read, since the server cuts off whoever
   * reads slowly. More than so many characters waiting end the connection with a {@linkcode StreamOverflowError}.
   *
   * @default {268435456}
   */
  readonly maxBufferedChars?: number | undefined;
}

const MEBIBYTE = 1024 * 1024;

/** V8's own limit; a longer message could not be made a string. */
const LONGEST_STRING = 2 ** 29 - 24;

/** See {@linkcode checkOptions}. */
export const SOCKET_OPTIONS: OptionChecks<SocketTransportOptions> = {
  connectTimeoutMs: atLeast(0),
  pingIntervalMs: atLeast(0),
  closeGraceMs: atLeast(0),
  maxMessageBytes: atLeast(1),
  maxBufferedChars: atLeast(1),
};

/** The check of headers. */
export const HEADERS: Check = recordOf("an object with a string for each header", text);

/** The options with their defaults filled in. */
export type ResolvedSocketOptions = { readonly [K in keyof SocketTransportOptions]-?: number };

/** Fills the defaults in. */
export function resolveSocketOptions(options: SocketTransportOptions): ResolvedSocketOptions {
  return {
    connectTimeoutMs: options.connectTimeoutMs ?? 10_000,
    pingIntervalMs: options.pingIntervalMs ?? 20_000,
    closeGraceMs: options.closeGraceMs ?? 2_000,
    maxMessageBytes: Math.min(options.maxMessageBytes ?? 256 * MEBIBYTE, LONGEST_STRING),
    maxBufferedChars: options.maxBufferedChars ?? 256 * MEBIBYTE,
  };
}

/** Takes everything off the socket as it comes, and keeps it for the reader. */
export class SocketTransport implements SocketListener {
  readonly #name: string;
  readonly #options: ResolvedSocketOptions;
  readonly #queue: LineQueue;
  readonly #closed = deferred<TransportEnd>();
  #controller!: WritableStreamDefaultController;
  #socket: Socket | null = null;
  #closing = false;
  #overflow: StreamOverflowError | null = null;

  /** @param name What to call the server in messages: an address without secrets. */
  constructor(name: string, options: ResolvedSocketOptions) {
    this.#name = name;
    this.#options = options;
    this.#queue = new LineQueue({ onCancel: () => void this.#close() });
  }

  message(text: string): void {
    if (this.#overflow !== null) return;
    const limit = this.#options.maxBufferedChars;
    if (this.#queue.lines === 0 || this.#queue.characters + text.length <= limit) {
      this.#queue.push(text);
      return;
    }
    this.#overflow = new StreamOverflowError(
      limit,
      `The connection to ${this.#name} was given up: more than ${limit} characters had arrived and were not read. ` +
        `Read faster, or raise the option maxBufferedChars`,
    );
    this.#socket?.terminate();
  }

  end(end: SocketEnd): void {
    const error = this.#overflow ?? (this.#closing ? undefined : this.#explain(end));
    this.#queue.end(error);
    this.#controller.error(error ?? new TransportClosedError(`The connection to ${this.#name} is closed`));
    this.#closed.resolve(error === undefined ? {} : { error });
  }

  /** The transport, once the connection is open. */
  over(socket: Socket): Transport {
    this.#socket = socket;
    return {
      shared: true,
      readable: this.#queue.readable,
      writable: new WritableStream<string>({
        start: (controller) => {
          this.#controller = controller;
        },
        write: (line) => this.#send(socket, line),
        close: () => this.#close(),
        abort: () => this.#close(),
      }),
      closed: this.#closed.promise,
      close: () => this.#close(),
      ref: () => socket.ref(),
      unref: () => socket.unref(),
    };
  }

  /** A socket that cannot be written to is over; what the writer is told is how it ended. */
  async #send(socket: Socket, line: string): Promise<void> {
    try {
      await socket.send(line);
    } catch (cause) {
      socket.terminate();
      const { error } = await this.#closed.promise;
      throw error ?? new TransportClosedError(`The connection to ${this.#name} is closed`, { cause });
    }
  }

  async #close(): Promise<void> {
    if (!this.#closing) {
      this.#closing = true;
      const socket = this.#socket;
      socket?.ref();
      socket?.close(1000, "");
      const cancel = startTimer(Math.max(this.#options.closeGraceMs, 1), () => socket?.terminate());
      void this.#closed.promise.then(cancel);
    }
    await this.#closed.promise;
  }

  #explain({ code, reason, error, tooLong, silent }: SocketEnd): Error | undefined {
    const cause = error === undefined ? {} : { cause: error };
    if (tooLong === true) {
      return new ProtocolError(
        `The connection to ${this.#name} was given up: the server sent a message of more than ` +
          `${
            this.#options.maxMessageBytes ?? 256 * MEBIBYTE
          } bytes. If it is meant to, raise the option maxMessageBytes`,
        cause,
      );
    }
    if (silent === true) {
      return new TransportClosedError(`The connection to ${this.#name} was given up: the server did not answer a ping`);
    }
    const said = reason === "" ? "" : `: ${reason}`;
    const how = code === 1006 ? "without a farewell" : "by the server";
    return new TransportClosedError(
      `The connection to ${this.#name} was ended ${how} (close code ${code}${said})`,
      cause,
    );
  }
}
