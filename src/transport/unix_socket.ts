import { socketPathProblem } from "../runtime/paths.ts";
import { currentRuntime } from "../runtime/select.ts";
import { checkOptions, type OptionChecks } from "../util/options.ts";
import { HEADERS, SOCKET_OPTIONS, type SocketTransportOptions } from "./socket_options.ts";
import type { TransportFactory } from "./transport.ts";

/** Options of {@linkcode unixSocketTransport}. */
export interface UnixSocketOptions extends SocketTransportOptions {
  /** More headers of the request that opens the connection. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

const UNIX_SOCKET_OPTIONS: OptionChecks<UnixSocketOptions> = { ...SOCKET_OPTIONS, headers: HEADERS };

/**
 * Reaches a server that was started with `codex app-server --listen unix://PATH`: WebSocket, over a unix socket. Who
 * may connect is a matter of the file's permissions. For all else see `websocketTransport`.
 *
 * What the returned function rejects with: {@linkcode StartError}, if the server cannot be reached or refuses.
 *
 * @throws {TypeError} If the path is empty, not absolute, or longer than that of a socket can be (107 bytes on Linux, 103 on
 * macOS), or an option is not one or of another type.
 * @throws {RangeError} If a number among the options is out of its range.
 * @example
 * ```ts
 * import { Codex, unixSocketTransport } from "@codex-app-server/sdk";
 *
 * const transport = unixSocketTransport("/run/codex.sock");
 * await using codex = new Codex({ transport }); // connects with the first call
 * ```
 */
export function unixSocketTransport(path: string, options: UnixSocketOptions = {}): TransportFactory {
  checkOptions("unixSocketTransport", options, UNIX_SOCKET_OPTIONS);
  if (!/^(\/|[A-Za-z]:[\\/]|\\\\)./.test(path)) {
    throw new TypeError(`unixSocketTransport: expected an absolute path, found ${JSON.stringify(path)}`);
  }
  const problem = socketPathProblem(currentRuntime().platform, path);
  if (problem !== null) {
    const shown = JSON.stringify(path);
    throw new TypeError(
      `unixSocketTransport: the path ${shown} cannot be used: ${problem}. Give a shorter one, or a link`,
    );
  }
  const target = { name: `unix:${path}`, url: "ws://localhost/", unixPath: path, headers: options.headers ?? {} };
  return async ({ signal }) => {
    // Loaded only now: importing the SDK stays cheap for whoever connects to no socket.
    const { connectSocket } = await import("./socket_connect.ts");
    return await connectSocket(target, options, signal);
  };
}
