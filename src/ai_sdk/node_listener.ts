/** What {@linkcode toNodeListener} needs of a request of `node:http`. */
export interface NodeRequest extends AsyncIterable<Uint8Array> {
  /** `GET`, `POST` ... */
  readonly method?: string | undefined;
  /** Path and query. */
  readonly url?: string | undefined;
  /** Its headers, by their names in small letters. */
  readonly headers: { readonly [name: string]: string | string[] | undefined };
}

/** What {@linkcode toNodeListener} needs of a response of `node:http`. */
export interface NodeResponse {
  /** Sends the head. */
  writeHead(status: number, headers: Record<string, string | string[]>): unknown;
  /** Sends the head now. */
  flushHeaders(): void;
  /** Sends a part of the body; `false` if more than that has to wait for `drain`. */
  write(chunk: Uint8Array): boolean;
  /** Sends the end. */
  end(): unknown;
  /** Tells once of `drain` and `close`. */
  once(event: "drain" | "close", listener: () => void): unknown;
  /** Takes a listener away. */
  off(event: "drain" | "close", listener: () => void): unknown;
}

/**
 * A handler of `Request` and `Response` as a listener for `node:http`, on Node, Bun and Deno. Behind a proxy, requests
 * look as if they came by http; for the handler of {@linkcode createChatHandler} that makes no difference.
 *
 * @example
 * ```ts
 * import { type ChatHandler, toNodeListener } from "@codex-app-server/sdk/ai-sdk";
 * import { createServer } from "node:http";
 *
 * export function serve(chat: ChatHandler, port: number) {
 *   return createServer(toNodeListener(chat)).listen(port, "127.0.0.1");
 * }
 * ```
 */
export function toNodeListener(
  handler: (request: Request) => Response | Promise<Response>,
): (request: NodeRequest, response: NodeResponse) => Promise<void> {
  return async (incoming, outgoing) => {
    const left = new AbortController();
    const onClose = () => left.abort(new Error("The client went away"));
    outgoing.once("close", onClose);
    try {
      await send(await answer(handler, incoming, left.signal), outgoing, left.signal);
    } finally {
      outgoing.off("close", onClose);
    }
  };
}

async function answer(
  handler: (request: Request) => Response | Promise<Response>,
  incoming: NodeRequest,
  signal: AbortSignal,
): Promise<Response> {
  let request: Request;
  try {
    request = toRequest(incoming, signal);
  } catch {
    return new Response("Bad request\n", { status: 400 });
  }
  try {
    return await handler(request);
  } catch {
    return new Response("Internal server error\n", { status: 500 });
  }
}

function toRequest(incoming: NodeRequest, signal: AbortSignal): Request {
  const { method = "GET", url = "/" } = incoming;
  const headers = new Headers();
  for (const [name, value = []] of Object.entries(incoming.headers)) {
    if (name.startsWith(":")) continue; // of HTTP/2
    for (const each of [value].flat()) headers.append(name, each);
  }
  const host = headers.get("host") ?? "localhost";
  const init: RequestInit & { duplex?: "half" } = { method, headers, signal };
  if (method !== "GET" && method !== "HEAD") {
    const chunks = incoming[Symbol.asyncIterator]();
    init.body = new ReadableStream<Uint8Array>({
      async pull(controller) {
        const { done, value } = await chunks.next();
        if (done) controller.close();
        else controller.enqueue(new Uint8Array(value));
      },
      async cancel() {
        await chunks.return?.();
      },
    }, { highWaterMark: 0 });
    init.duplex = "half";
  }
  if (!/^[\w.:\[\]-]+$/.test(host)) throw new TypeError("The host of the request is none");
  // A path of two slashes would be taken for a host.
  return new Request(`http://${host}/${url.replace(/^\/+/, "")}`, init);
}

async function send(response: Response, outgoing: NodeResponse, signal: AbortSignal): Promise<void> {
  const reader = response.body?.getReader();
  const stop = () => void reader?.cancel(signal.reason).catch(() => {});
  if (signal.aborted) return stop();
  signal.addEventListener("abort", stop, { once: true });
  try {
    const cookies = response.headers.getSetCookie();
    const headers: Record<string, string | string[]> = Object.fromEntries(response.headers);
    if (cookies.length > 0) headers["set-cookie"] = cookies;
    outgoing.writeHead(response.status, headers);
    outgoing.flushHeaders();
    for (let chunk = await reader?.read(); chunk?.done === false; chunk = await reader?.read()) {
      if (signal.aborted) return;
      if (!outgoing.write(chunk.value)) await drained(outgoing, signal);
    }
  } catch {
    // What has been sent cannot be taken back: the client sees that the end is missing, or just the end.
  } finally {
    signal.removeEventListener("abort", stop);
    if (!signal.aborted) outgoing.end();
  }
}

function drained(outgoing: NodeResponse, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const finish = () => {
      outgoing.off("drain", finish);
      signal.removeEventListener("abort", finish);
      resolve();
    };
    outgoing.once("drain", finish);
    signal.addEventListener("abort", finish, { once: true });
  });
}
