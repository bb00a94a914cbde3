/**
 * WebSocket connections over TCP, TLS or a unix socket.
 *
 * One adapter for every runtime: the package `ws`, which Bun brings along and which runs on Deno as well. The platform's
 * own `WebSocket` is missing in Node 20, and Deno's can neither ping nor be cut: a peer that has silently gone would
 * keep the program alive for ever.
 *
 * @module
 */
import { connect, type Socket as NetSocket } from "node:net";
import process from "node:process";
import { clearInterval, setImmediate, setInterval } from "node:timers";
import { connect as connectTls } from "node:tls";
import { type Socket, type SocketListener, type SocketOptions, SocketRefused } from "./socket.ts";
import { socketPathProblem } from "./paths.ts";
import { openTunnel, tlsName } from "./tunnel.ts";

/** The sliver of `ws` that is used here. */
interface WsSocket {
  on(event: "open", listener: () => void): void;
  on(event: "message", listener: (data: { toString(): string }) => void): void;
  on(event: "error", listener: (error: Error & { code?: string }) => void): void;
  on(event: "close", listener: (code: number, reason: { toString(): string }) => void): void;
  on(event: "unexpected-response", listener: (request: unknown, response: { statusCode?: number }) => void): void;
  send(text: string, done: (error?: Error | null) => void): void;
  ping(): void;
  close(code: number, reason: string): void;
  terminate(): void;
}

type WsConstructor = new (url: string, options: Record<string, unknown>) => WsSocket;

/** Connects. Rejects with {@linkcode SocketRefused}, or with the reason of the signal. */
export async function openSocket(
  options: SocketOptions,
  listener: SocketListener,
  signal: AbortSignal,
): Promise<Socket> {
  const problem = options.unixPath === undefined ? null : socketPathProblem(process.platform, options.unixPath);
  if (problem !== null) throw new SocketRefused(`the path cannot be that of a socket: ${problem}`);
  const WebSocket = await loadWs();
  signal.throwIfAborted();
  const { host, port, protocol } = new URL(options.url);
  const target = port === "" ? `${host}:${protocol === "wss:" ? 443 : 80}` : host;
  const through = options.proxy && await openTunnel(options.proxy, target, signal);
  let net!: NetSocket;
  const ws = new WebSocket(options.url, {
    headers: options.headers,
    maxPayload: options.maxMessageBytes,
    perMessageDeflate: false,
    createConnection: (address: Address) => net = connectTo(options, address, through),
  });
  const connection = new Connection(ws, net, listener, options.pingIntervalMs);
  const onAbort = () => ws.terminate();
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    await connection.opened;
    return connection;
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

interface Address {
  readonly host: string;
  readonly port: number;
}

/** The raw connection is made here, so that there is a hand on it, and any unix path will do. */
function connectTo({ url, unixPath }: SocketOptions, { host, port }: Address, through?: NetSocket): NetSocket {
  if (unixPath !== undefined) return connect({ path: unixPath });
  if (!url.startsWith("wss:")) return through ?? connect({ host, port });
  const servername = tlsName(host);
  return connectTls(through === undefined ? { host, port, servername } : { socket: through, servername });
}

async function loadWs(): Promise<WsConstructor> {
  try {
    const { default: WebSocket } = await import("ws");
    return WebSocket as unknown as WsConstructor;
  } catch (error) {
    throw new SocketRefused(String(error), { packageMissing: true, cause: error });
  }
}

class Connection implements Socket {
  readonly opened: Promise<void>;
  readonly #ws: WsSocket;
  readonly #net: NetSocket;
  #timer: ReturnType<typeof setInterval> | undefined;
  #silent = false;

  constructor(ws: WsSocket, net: NetSocket, listener: SocketListener, pingIntervalMs: number) {
    this.#ws = ws;
    this.#net = net;
    let open = false;
    let failure: (Error & { code?: string }) | undefined;
    let status: number | undefined;
    this.opened = new Promise((resolve, reject) => {
      ws.on("unexpected-response", (_request, response) => {
        status = response.statusCode;
        ws.terminate();
      });
      ws.on("open", () => {
        open = true;
        this.#keepAlive(pingIntervalMs);
        resolve();
      });
      ws.on("message", (data) => listener.message(data.toString()));
      ws.on("error", (error) => {
        failure ??= error;
      });
      ws.on("close", (code, reason) => {
        clearInterval(this.#timer);
        if (!open) {
          reject(refusal(failure, status));
          return;
        }
        listener.end({
          code,
          reason: reason.toString(),
          ...(failure === undefined ? {} : { error: failure }),
          ...(failure?.code === "WS_ERR_UNSUPPORTED_MESSAGE_LENGTH" ? { tooLong: true } : {}),
          ...(this.#silent ? { silent: true } : {}),
        });
      });
    });
  }

  send(text: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#ws.send(text, (error) => error === undefined || error === null ? resolve() : reject(error));
    });
  }

  close(code: number, reason: string): void {
    this.#ws.close(code, reason);
  }

  terminate(): void {
    this.#ws.terminate();
  }

  ref(): void {
    this.#net.ref();
  }

  unref(): void {
    this.#net.unref();
  }

  /** Counts bytes and not messages: a long message on a slow line is no silence. */
  #keepAlive(intervalMs: number): void {
    if (intervalMs <= 0 || intervalMs === Infinity) return;
    let seen = -1;
    let pinged = false;
    const heard = () => {
      const before = seen;
      seen = this.#net.bytesRead;
      return seen !== before;
    };
    this.#timer = setInterval(() => {
      if (heard()) {
        pinged = false;
      } else if (!pinged) {
        pinged = true;
        this.#ws.ping();
      } else {
        // After a pause of this program the timer is served first, the answer that has long been there second.
        setImmediate(() => {
          if (heard()) return;
          this.#silent = true;
          this.#ws.terminate();
        });
      }
    }, intervalMs);
    this.#timer.unref();
  }
}

function refusal(error: Error | undefined, status: number | undefined): SocketRefused {
  if (status !== undefined) return new SocketRefused(`HTTP status ${status}`, { status });
  return new SocketRefused(error?.message ?? "the connection was closed", { cause: error });
}
