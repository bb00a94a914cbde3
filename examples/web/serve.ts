import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { toNodeListener } from "@codex-app-server/sdk/ai-sdk";

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
  const server = createServer(toNodeListener(handler));
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
