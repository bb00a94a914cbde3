import { anything, checkOptions, flag, type OptionChecks, text } from "../util/options.ts";
import { isThisMachine, parseProxy, type Proxy } from "./proxy.ts";
import { HEADERS, SOCKET_OPTIONS, type SocketTransportOptions } from "./socket_options.ts";
import type { TransportFactory } from "./transport.ts";

/** Options of {@linkcode websocketTransport}. */
export interface WebsocketOptions extends SocketTransportOptions {
  /**
   * Sent as `Authorization: Bearer TOKEN`: the content of the file that the server was given by `--ws-token-file`. It
   * appears in no error and no diagnostic.
   */
  readonly token?: string | undefined;
  /** More headers of the request. A header `Origin` makes the server refuse it. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /**
   * Lets a token, an `Authorization` or a `Cookie` header be sent unencrypted to another machine.
   *
   * @default {false}
   */
  readonly allowInsecureToken?: boolean | undefined;
  /**
   * A proxy that speaks HTTP (`CONNECT`), as in `http://user:password@proxy.example:3128`; `null` for none. Default: what the
   * environment names for the address in `HTTPS_PROXY` (for `wss:`), `HTTP_PROXY` (for `ws:`) or `ALL_PROXY`, and does not
   * exclude in `NO_PROXY`; for `ws:` to this machine itself, none. A Deno program sees those that it may read.
   */
  readonly proxy?: string | URL | null | undefined;
}

const WEBSOCKET_OPTIONS: OptionChecks<WebsocketOptions> = {
  ...SOCKET_OPTIONS,
  token: text,
  headers: HEADERS,
  allowInsecureToken: flag,
  proxy: anything,
};

/**
 * Reaches a server that was started with `codex app-server --listen ws://HOST:PORT`.
 *
 * Several clients may share such a server, so requests of the server about turns of others are left to them. On every
 * runtime the connection is made by the package `ws`, imported when the first one is opened: Bun brings it along,
 * Deno fetches it, for Node it is an optional peer dependency (`npm install ws`).
 *
 * What the returned function rejects with: {@linkcode StartError}, if the server, or the proxy, cannot be reached or refuses.
 *
 * @throws {TypeError} If the address is none of `ws:` or `wss:`, the token is not one, or would go unencrypted to another machine;
 * or if an option is not one or of another type.
 * @throws {RangeError} If a number among the options is out of its range.
 * @example
 * ```ts
 * import { Codex, websocketTransport } from "@codex-app-server/sdk";
 *
 * const transport = websocketTransport("ws://127.0.0.1:4500", { token: "the-content-of-the-token-file" });
 * await using codex = new Codex({ transport }); // connects with the first call
 * ```
 */
export function websocketTransport(url: string | URL, options: WebsocketOptions = {}): TransportFactory {
  checkOptions("websocketTransport", options, WEBSOCKET_OPTIONS);
  const address = parseAddress(url);
  const headers: Record<string, string> = { ...options.headers };
  if (options.token !== undefined) {
    if (!/^[\x21-\x7e]+$/.test(options.token)) {
      throw new TypeError(
        "websocketTransport: the token is empty or holds a space, a line break or another character that no header can carry",
      );
    }
    headers["Authorization"] = `Bearer ${options.token}`;
  }
  const proxy = options.proxy == null
    ? options.proxy
    : parseProxy(options.proxy, "websocketTransport: the option proxy");
  const name = `${address.protocol}//${address.host}${address.pathname === "/" ? "" : address.pathname}`;
  if (!isPrivate(address, proxy) && options.allowInsecureToken !== true && Object.keys(headers).some(isSecretHeader)) {
    throw new TypeError(
      `websocketTransport: a token would go unencrypted to ${name}. Use wss:, a tunnel to this machine, or, ` +
        `if the network is trusted, allowInsecureToken: true`,
    );
  }
  return async ({ signal }) => {
    // Loaded only now: importing the SDK stays cheap for whoever connects to no socket.
    const { connectSocket } = await import("./socket_connect.ts");
    return await connectSocket({ name, url: address.href, headers, proxy }, options, signal);
  };
}

function parseAddress(url: string | URL): URL {
  const address = URL.canParse(url) ? new URL(url) : null;
  if (address === null || (address.protocol !== "ws:" && address.protocol !== "wss:")) {
    // The text itself is not shown: it may hold a password.
    throw new TypeError("websocketTransport: expected an address such as ws://127.0.0.1:4500 or wss://host/path");
  }
  if (address.username !== "" || address.password !== "") {
    throw new TypeError(
      "websocketTransport: expected an address without user and password. Use the option token or headers",
    );
  }
  address.hash = "";
  return address;
}

/** Whether nobody but this machine, or nobody but the server, can read what is sent there. */
function isPrivate(address: URL, proxy: Proxy | null | undefined): boolean {
  return address.protocol === "wss:" || (isThisMachine(address) && (proxy == null || isThisMachine(proxy.url)));
}

function isSecretHeader(name: string): boolean {
  return /^(authorization|proxy-authorization|cookie)$/i.test(name);
}
