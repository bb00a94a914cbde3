import { ProtocolError, StreamOverflowError, TransportClosedError } from "../errors.ts";
import type { Socket, SocketEnd, SocketListener } from "../runtime/socket.ts";
import { deferred } from "../util/deferred.ts";
import { startTimer } from "../util/timer.ts";
import { LineQueue } from "./line_queue.ts";
import { MEBIBYTE, type ResolvedSocketOptions } from "./socket_options.ts";
import type { Transport, TransportEnd } from "./transport.ts";

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
