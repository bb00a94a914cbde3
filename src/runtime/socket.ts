/**
 * What the rest of the SDK knows of a WebSocket connection. `ws_socket.ts` implements it.
 *
 * @module
 */

/** What to connect to. */
export interface SocketOptions {
  /** A `ws:` or `wss:` address. */
  readonly url: string;
  /** Connect to this unix socket instead of the address's host. */
  readonly unixPath?: string | undefined;
  /** Connect through this proxy. */
  readonly proxy?: URL | undefined;
  readonly headers: Readonly<Record<string, string>>;
  /** A longer message ends the connection with a {@linkcode SocketEnd.tooLong}. */
  readonly maxMessageBytes: number;
  /** A peer that is silent for so long is pinged, and cut off if it is silent for as long again. 0: never. */
  readonly pingIntervalMs: number;
}

/** Why a connection ended. */
export interface SocketEnd {
  /** The WebSocket close code; 1006 if there was no farewell. */
  readonly code: number;
  /** What the peer gave as its reason. */
  readonly reason: string;
  /** The error underneath, if there was one. */
  readonly error?: unknown;
  /** The peer sent a message over the limit. */
  readonly tooLong?: true;
  /** The peer did not answer a ping. */
  readonly silent?: true;
}

/** What a connection tells its owner. */
export interface SocketListener {
  message(text: string): void;
  /** Called exactly once, after everything else. */
  end(end: SocketEnd): void;
}

/** An open connection. */
export interface Socket {
  /** Resolves when the message has been handed to the operating system; rejects if it cannot be. */
  send(text: string): Promise<void>;
  /** Says farewell; the peer's own farewell brings the end. */
  close(code: number, reason: string): void;
  /** Ends the connection at once. */
  terminate(): void;
  ref(): void;
  unref(): void;
}

/** A connection that did not come about. */
export class SocketRefused extends Error {
  override readonly name = "SocketRefused";
  /** The HTTP status with which the peer answered, or `null` if there was no HTTP answer. */
  readonly status: number | null;
  /** The package `ws` could not be imported. */
  readonly packageMissing: boolean;
  /** It is the proxy that could not be reached, or refused. */
  readonly byProxy: boolean;

  constructor(
    message: string,
    options: { status?: number; packageMissing?: boolean; byProxy?: boolean; cause?: unknown } = {},
  ) {
    super(message, options);
    this.status = options.status ?? null;
    this.packageMissing = options.packageMissing ?? false;
    this.byProxy = options.byProxy ?? false;
  }
}
