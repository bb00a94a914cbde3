import { atLeast, type Check, type OptionChecks, recordOf, text } from "../util/options.ts";

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

/** In bytes. */
export const MEBIBYTE: number = 1024 * 1024;

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
