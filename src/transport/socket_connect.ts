import { StartError } from "../errors.ts";
import { isDenied, narrowFlag } from "../runtime/permission.ts";
import { SocketRefused } from "../runtime/socket.ts";
import { anySignal } from "../util/abort.ts";
import { startTimer } from "../util/timer.ts";
import { type Proxy, proxyOfEnvironment } from "./proxy.ts";
import { resolveSocketOptions, type SocketTransportOptions } from "./socket_options.ts";
import { SocketTransport } from "./socket_transport.ts";
import type { Transport } from "./transport.ts";

/** What to connect to. */
export interface SocketTarget {
  /** What to call it in messages: an address without secrets. */
  readonly name: string;
  readonly url: string;
  readonly unixPath?: string;
  /** `null`: none. Default: what the environment says. */
  readonly proxy?: Proxy | null | undefined;
  readonly headers: Readonly<Record<string, string>>;
}

/** Opens a transport over a socket. Once it is open, the signal means nothing to it. */
export async function connectSocket(
  given: SocketTarget,
  options: SocketTransportOptions,
  signal: AbortSignal,
): Promise<Transport> {
  const target = given.unixPath === undefined && given.proxy === undefined ? await withProxy(given) : given;
  try {
    return await open(target, options, signal);
  } catch (error) {
    throw error instanceof SocketRefused ? refused(target, error) : error;
  }
}

/** The same where it may well be that nobody listens: `null` then. */
export async function connectIfThere(target: SocketTarget, signal: AbortSignal): Promise<Transport | null> {
  try {
    return await open(target, {}, signal);
  } catch (error) {
    if (!(error instanceof SocketRefused)) throw error;
    // With an HTTP answer somebody is there; without the package, or a permission, nobody has looked.
    if (error.status === null && !error.packageMissing && !isForbidden(error)) return null;
    throw refused(target, error);
  }
}

async function withProxy(target: SocketTarget): Promise<SocketTarget> {
  const { variable } = await import("../runtime/variable.ts");
  try {
    return { ...target, proxy: proxyOfEnvironment(new URL(target.url), variable) };
  } catch (error) {
    throw new StartError(`Cannot connect to ${target.name}: ${(error as Error).message}`, { cause: error });
  }
}

async function open(target: SocketTarget, given: SocketTransportOptions, signal: AbortSignal): Promise<Transport> {
  signal.throwIfAborted();
  const options = resolveSocketOptions(given);
  const { connectTimeoutMs, maxMessageBytes, pingIntervalMs } = options;
  // Loaded only now: whoever uses no socket pays for none.
  const { openSocket } = await import("../runtime/ws_socket.ts");
  const late = new AbortController();
  const stopTimer = startTimer(connectTimeoutMs, () => {
    late.abort(new StartError(`Cannot connect to ${target.name}: it did not answer within ${connectTimeoutMs} ms`));
  });
  try {
    const transport = new SocketTransport(target.name, options);
    const { url, unixPath, headers, proxy } = target;
    const address = { url, unixPath, headers, proxy: proxy?.url, maxMessageBytes, pingIntervalMs };
    return transport.over(await openSocket(address, transport, anySignal(signal, late.signal)));
  } finally {
    stopTimer();
  }
}

function isForbidden({ cause, message }: SocketRefused): boolean {
  return isDenied(cause) || message.includes("getaddrinfo EPERM");
}

function refused(target: SocketTarget, error: SocketRefused): StartError {
  const { cause, message, packageMissing, status, byProxy } = error;
  return new StartError(`Cannot connect to ${target.name}: ${explain()}`, { cause });

  function explain(): string {
    if (isForbidden(error)) {
      return `Deno did not permit it: ${message.replace(/, run again with.*/s, "")}. Run the program with ${
        flags(target)
      }`;
    }
    if (byProxy) {
      return `the proxy ${target.proxy?.name} does not let it through: ${message}. If it is not to be used, name the ` +
        "host in NO_PROXY, or give proxy: null";
    }
    if (packageMissing) {
      return `the package ws could not be imported (${message}). Install it: npm install ws, or deno add npm:ws`;
    }
    if (status === 401) return "the server wants another token, or any at all (HTTP 401). See the option token";
    if (status === 403) return "the server forbids it (HTTP 403), as it does when a request carries an Origin header";
    if (status !== null) return `expected an app-server, found something that answers with HTTP ${status}`;
    if (/certificate/i.test(message)) {
      return `${message}. If the certificate is to be trusted, name it in NODE_EXTRA_CA_CERTS before the program starts`;
    }
    const by = target.proxy == null ? "" : ` It was asked for by the proxy ${target.proxy.name}.`;
    return `${message}. Is the server running, and is this its address?${by}`;
  }
}

/** The permissions that Deno wants for one connection. */
function flags({ url, unixPath, proxy }: SocketTarget): string {
  const variables = "--allow-env=WS_NO_BUFFER_UTIL,WS_NO_UTF_8_VALIDATE";
  if (unixPath === undefined) return `--allow-net=${(proxy?.url ?? new URL(url)).host} ${variables}`;
  const paths = [["net", `unix:${unixPath}`], ["read", unixPath], ["write", unixPath]] as const;
  return [...paths.map(([kind, what]) => narrowFlag(kind, what)), variables].join(" ");
}
