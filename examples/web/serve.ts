import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Readable } from "node:stream";
import type { ReadableStream as NodeStream } from "node:stream/web";

/** What a web server of any kind is made of. */
export type Handler = (request: Request) => Response | Promise<Response>;

/** A server that listens. */
export interface Listening {
  readonly port: number;
  close(): Promise<void>;
}

interface Runtimes {
  readonly Deno?: {
    serve(options: object, handler: Handler): { readonly addr: { readonly port: number }; shutdown(): Promise<void> };
  };
  readonly Bun?: {
    serve(options: object): { readonly port: number; stop(closeAll: boolean): Promise<void> };
  };
}

/** Serves one handler under `Deno.serve`, `Bun.serve` or `node:http`, whichever is there. */
export async function serve(handler: Handler, hostname: string, port: number): Promise<Listening> {
  const { Deno, Bun } = globalThis as unknown as Runtimes;
  if (Deno !== undefined) {
    const ended = new AbortController(); // open streams end with it
    const server = Deno.serve({ hostname, port, signal: ended.signal, onListen() {} }, handler);
    return {
      port: server.addr.port,
      close() {
        ended.abort();
        return Promise.resolve();
      },
    };
  }
  if (Bun !== undefined) {
    // A stream may be silent for as long as somebody thinks about a question.
    const server = Bun.serve({ hostname, port, idleTimeout: 0, fetch: handler });
    return { port: server.port, close: () => server.stop(true) };
  }
  return await serveNode(handler, hostname, port);
}

async function serveNode(handler: Handler, hostname: string, port: number): Promise<Listening> {
  const server = createServer(async (incoming, outgoing) => {
    try {
      const { method = "GET", url = "/" } = incoming;
      const headers = new Headers();
      for (const [name, value] of Object.entries(incoming.headers)) headers.set(name, String(value));
      const body = method === "GET" || method === "HEAD"
        ? null
        : Readable.toWeb(incoming) as ReadableStream<Uint8Array>;
      const init = { method, headers, body, duplex: "half" }; // Node wants `duplex`, of which not every type knows
      const request = new Request(new URL(url, `http://${hostname}`), init);
      const response = await handler(request);
      outgoing.writeHead(response.status, [...response.headers].flat());
      if (response.body === null) return void outgoing.end();
      const stream = Readable.fromWeb(response.body as NodeStream);
      stream.on("error", () => outgoing.destroy());
      outgoing.on("close", () => stream.destroy()); // whoever reads no more is no reader
      outgoing.flushHeaders();
      stream.pipe(outgoing);
    } catch {
      outgoing.destroy();
    }
  });
  await new Promise<void>((resolve, reject) => server.once("error", reject).listen(port, hostname, resolve));
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
