/**
 * A local HTTP server for the test kit: a fetch handler on a free port of 127.0.0.1.
 *
 * One adapter for every runtime: `node:http` is the only server that all three have, and the only one that lets a
 * handler cut a connection in the middle of a body without a word on the console.
 *
 * @module
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { deferred } from "../util/deferred.ts";
import { startTimer } from "../util/timer.ts";

/** How long a server that has cut its connections is waited for: Deno before 2.8 may never say that it has closed. */
const CLOSE_MS = 1000;

/** Answers one request. An error in the response's body cuts the connection. */
export type FetchHandler = (request: Request) => Promise<Response>;

/** An open listener. */
export interface HttpServer {
  /** `http://127.0.0.1:PORT`, without a slash at the end. */
  readonly url: string;
  /** Stops listening and cuts every open connection. May be called more than once. */
  close(): Promise<void>;
}

/** Listens on a free port of 127.0.0.1. */
export async function serveHttp(handler: FetchHandler): Promise<HttpServer> {
  const server = createServer((incoming, outgoing) => {
    // Whatever goes wrong, the peer sees a cut connection: the handler failed, its body did, or the peer has gone.
    answer(handler, incoming, outgoing).catch(() => outgoing.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  const closed = new Promise<void>((resolve) => server.once("close", () => resolve()));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.close();
      server.closeAllConnections();
      const bound = deferred<void>();
      const stopTimer = startTimer(CLOSE_MS, bound.resolve);
      await Promise.race([closed, bound.promise]);
      stopTimer();
    },
  };
}

async function answer(handler: FetchHandler, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const gone = new AbortController();
  outgoing.once("close", () => gone.abort(new Error("The connection was closed")));
  const response = await handler(await toRequest(incoming, gone.signal));
  outgoing.writeHead(response.status, Object.fromEntries(response.headers));
  if (response.body !== null) await response.body.pipeTo(intoResponse(outgoing, gone.signal), { signal: gone.signal });
  outgoing.end();
}

async function toRequest(incoming: IncomingMessage, signal: AbortSignal): Promise<Request> {
  const { method = "GET", headers, url = "/" } = incoming;
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  for await (const chunk of incoming) chunks.push(chunk);
  const body = method === "GET" || method === "HEAD" ? {} : { body: new Blob(chunks) };
  const pairs = Object.entries(headers).map(([name, value]): [string, string] => [name, String(value)]);
  return new Request(new URL(url, `http://${headers.host ?? "127.0.0.1"}`), {
    method,
    headers: pairs,
    signal,
    ...body,
  });
}

function intoResponse(outgoing: ServerResponse, gone: AbortSignal): WritableStream<Uint8Array> {
  return new WritableStream({
    write(chunk) {
      if (outgoing.write(chunk) || gone.aborted) return;
      return new Promise((resolve) => {
        const go = () => {
          outgoing.off("drain", go);
          gone.removeEventListener("abort", go);
          resolve();
        };
        outgoing.once("drain", go);
        gone.addEventListener("abort", go, { once: true });
      });
    },
  });
}
