import type { ExitStatus } from "../runtime/child.ts";

/** Why and how a transport ended. */
export interface TransportEnd {
  /** The error that ended it; absent when it was closed on purpose or the peer ended it in an orderly way. */
  readonly error?: unknown;
  /** How the child process ended, if there is one. */
  readonly exit?: ExitStatus;
  /** The last bytes of the child's stderr, as text. */
  readonly stderrTail?: string;
}

/** A server that runs on this machine and sees the same files at the same places. */
export interface LocalServer {
  /** A variable of its environment. A function, so that nothing that shows a transport shows the environment. */
  env(name: string): string | undefined;
}

/**
 * A way to reach an app-server: bytes (or whole lines) in, lines out.
 *
 * `readable` carries either `Uint8Array` chunks, cut anywhere, in which lines end with byte 0x0A, or strings, each of
 * which is exactly one line (a WebSocket message). Every string written to `writable` is exactly one line, without its
 * newline; the transport frames it as its medium wants.
 *
 * Implement it to reach a server in your own way: over ssh, in a container, in memory.
 */
export interface Transport {
  /** What comes from the server. */
  readonly readable: ReadableStream<Uint8Array | string>;
  /** What goes to the server, one line a chunk. */
  readonly writable: WritableStream<string>;
  /** Resolves when the transport is over, for whatever reason, and all that it held is released. Never rejects. */
  readonly closed: Promise<TransportEnd>;
  /** Ends the transport in an orderly, bounded way. May be called more than once. */
  close(): Promise<void>;
  /** True if other clients may be connected to the same server. Their turns are then left to them. Default `false`. */
  readonly shared?: boolean;
  /** The id of the server's process, if it is one of this machine and was started for this transport. */
  readonly pid?: number;
  /** The program that was started for this transport. The error of a server that does not start names it. */
  readonly program?: string;
  /**
   * Set if the server runs on this machine and sees the same files at the same places. Policies look at the files of
   * this machine then; without it they judge by none, for the server may have others.
   */
  readonly local?: LocalServer;
  /** Lets an open transport keep the host program alive. */
  ref?(): void;
  /** Lets the host program end although the transport is open. */
  unref?(): void;
}

/** What a client tells whoever opens a transport for it. A factory that wraps another one passes it on whole. */
export interface TransportContext {
  /** Aborts when the connection is no longer wanted. Once the transport is open, it means nothing to it. */
  readonly signal: AbortSignal;
  /** Wants what the server prints on stderr, as it comes, if there is such a thing: it may explain a missing answer. */
  readonly onStderr?: (text: string) => void;
}

/** Opens a transport; called for the first connection and, where reconnection is on, for each later one. */
export type TransportFactory = (context: TransportContext) => Promise<Transport> | Transport;
