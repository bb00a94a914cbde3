import { ProtocolError, StartError, StreamOverflowError, TransportClosedError } from "../errors.ts";
import type { Socket, SocketEnd, SocketRefused } from "../runtime/socket.ts";
import { deferred } from "../util/deferred.ts";
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
  readonly connectTimeoutMs?: number;
  /**
   * A server that is silent for so long is pinged, and given up if it is silent for as long again. In milliseconds; 0
   * switches it off.
   *
   * @default {20000}
   */
  readonly pingIntervalMs?: number;
  /**
   * How long `close()` waits for the server's farewell before it cuts the connection, in milliseconds.
   *
   * @default {2000}
   */
  readonly closeGraceMs?: number;
  /**
   * A longer message of the server ends the connection with a {@linkcode ProtocolError}. In bytes.
   *
   * @default {268435456}
   */
  readonly maxMessageBytes?: number;
  /**
   * Messages are taken from the socket as they come, whether or not they are read, since the server cuts off whoever
   * reads slowly. More than so many characters waiting end the connection with a {@linkcode StreamOverflowError}.
   *
   * @default {268435456}
   */
  readonly maxBufferedChars?: number;
}

/** What to connect to, and how to call it in messages: an address without secrets. */
export interface SocketTarget {
  readonly name: string;
  readonly url: string;
  readonly unixPath?: string;
  readonly headers: Readonly<Record<string, string>>;
}

const MEBIBYTE = 1024 * 1024;

/** Opens a transport over a socket. The signal means nothing to it once it is open. */
export async function openSocketTransport(
  target: SocketTarget,
  options: SocketTransportOptions,
  signal: AbortSignal,
): Promise<Transport> {
  signal.throwIfAborted();
  const { openSocket, SocketRefused } = await import("../runtime/socket.ts");
  const { name, ...address } = target;
  const { connectTimeoutMs = 10_000 } = options;
  const connection = new SocketTransport(name, options);
  const giveUp = new AbortController();
  const forward = () => giveUp.abort(signal.reason);
  signal.addEventListener("abort", forward, { once: true });
  const cancel = startTimer(connectTimeoutMs, () => {
    giveUp.abort(new StartError(`Cannot connect to ${name}: it did not answer within ${connectTimeoutMs} ms`));
  });
  try {
    signal.throwIfAborted();
    const socket = await openSocket(
      {
        ...address,
        maxMessageBytes: options.maxMessageBytes ?? 256 * MEBIBYTE,
        pingIntervalMs: options.pingIntervalMs ?? 20_000,
      },
      connection,
      giveUp.signal,
    );
    return connection.over(socket);
  } catch (error) {
    throw error instanceof SocketRefused ? refused(name, error) : error;
  } finally {
    cancel();
    signal.removeEventListener("abort", forward);
  }
}

function refused(name: string, error: SocketRefused): StartError {
  const attempt = `Cannot connect to ${name}`;
  if (error.packageMissing) {
    return new StartError(
      `${attempt}: the package ws could not be imported. Install it: npm install ws, or deno add npm:ws. (${error.message})`,
      { cause: error.cause },
    );
  }
  switch (error.status) {
    case null:
      return new StartError(`${attempt}: ${error.message}. Is the server running, and is this its address?`, {
        cause: error.cause,
      });
    case 401:
      return new StartError(
        `${attempt}: the server wants another token, or any at all (HTTP 401). See the option token.`,
      );
    case 403:
      return new StartError(`${attempt}: the server forbids it (HTTP 403), as it does when a request names an Origin.`);
    default:
      return new StartError(`${attempt}: expected an app-server, found one that answers HTTP ${error.status}.`);
  }
}

/** Takes everything off the socket as it comes, and keeps it for the reader. */
class SocketTransport {
  readonly #name: string;
  readonly #options: SocketTransportOptions;
  readonly #queue: LineQueue;
  readonly #closed = deferred<TransportEnd>();
  readonly #limit: number;
  #controller!: WritableStreamDefaultController;
  #socket: Socket | null = null;
  #closing = false;
  #overflow: StreamOverflowError | null = null;

  constructor(name: string, options: SocketTransportOptions) {
    this.#name = name;
    this.#options = options;
    this.#limit = options.maxBufferedChars ?? 256 * MEBIBYTE;
    this.#queue = new LineQueue({ onCancel: () => void this.#close() });
  }

  message(text: string): void {
    if (this.#overflow !== null) return;
    if (this.#queue.lines > 0 && this.#queue.characters + text.length > this.#limit) {
      this.#overflow = new StreamOverflowError(
        this.#limit,
        `The connection to ${this.#name} was given up: more than ${this.#limit} characters had arrived and were not read. ` +
          `Read faster, or raise the option maxBufferedChars`,
      );
      this.#socket?.terminate();
      return;
    }
    this.#queue.push(text);
  }

  end(end: SocketEnd): void {
    const error = this.#overflow ?? (this.#closing ? undefined : this.#explain(end));
    this.#queue.end(error);
    this.#controller.error(error ?? new TransportClosedError(`The connection to ${this.#name} is closed`));
    this.#closed.resolve(error === undefined ? {} : { error });
  }

  over(socket: Socket): Transport {
    this.#socket = socket;
    return {
      shared: true,
      readable: this.#queue.readable,
      writable: new WritableStream<string>({
        start: (controller) => {
          this.#controller = controller;
        },
        write: (line) => socket.send(line),
        close: () => this.#close(),
        abort: () => this.#close(),
      }),
      closed: this.#closed.promise,
      close: () => this.#close(),
      ref: () => socket.ref(),
      unref: () => socket.unref(),
    };
  }

  async #close(): Promise<void> {
    if (!this.#closing) {
      this.#closing = true;
      const socket = this.#socket;
      socket?.ref();
      socket?.close(1000, "");
      const cancel = startTimer(Math.max(this.#options.closeGraceMs ?? 2_000, 1), () => socket?.terminate());
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
