import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { redact } from "../../../transport/redact.ts";
import type { Hello } from "../wire.ts";
import type { EventLog } from "./event_log.ts";
import { admit, HEADERS } from "./guard.ts";
import { NotSentError, type OwnConnection } from "./own_connection.ts";
import { PAGE_FILES } from "./page_files.ts";

/** What a page is served of. */
export interface PageOptions {
  readonly token: string;
  /** 0: whichever is free. */
  readonly port: number;
  readonly log: EventLog;
  readonly own: OwnConnection;
  readonly hello: Hello;
}

/** The page, served. */
export interface PageServer {
  /** Its address, the token in it. */
  readonly url: string;
  close(): Promise<void>;
}

/** What a person writes is no longer than this, in bytes. */
const MAX_BODY = 16 * 1024 * 1024;

/** Serves the page on 127.0.0.1. */
export async function servePage(options: PageOptions): Promise<PageServer> {
  const streams = new Set<AbortController>();
  let port = options.port;
  const server = createServer((request, response) => {
    answer(request, response, { ...options, port }, streams).catch(() => response.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  port = (server.address() as AddressInfo).port;
  return {
    url: `http://127.0.0.1:${port}/${options.token}/`,
    close: () => {
      for (const left of streams) left.abort();
      server.close();
      server.closeAllConnections();
      return Promise.resolve();
    },
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  options: PageOptions,
  streams: Set<AbortController>,
): Promise<void> {
  for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value);
  const admission = admit(request, options.token, options.port);
  if ("status" in admission) {
    return reply(response, admission.status, "text/plain; charset=utf-8", REFUSALS[admission.status]);
  }
  const { path, query } = admission;
  const { method = "GET" } = request;
  const file = PAGE_FILES[path];
  if ((method === "GET" || method === "HEAD") && Object.hasOwn(PAGE_FILES, path)) return reply(response, 200, ...file!);
  if (method === "GET" && path === "events") return await stream(request, response, options, query, streams);
  if (method === "POST" && path.startsWith("api/")) return await act(request, response, options, path.slice(4));
  reply(response, 404, "text/plain; charset=utf-8", REFUSALS[404]);
}

const REFUSALS = {
  403: "The inspector answers its own page alone.\n",
  404: "There is nothing here. The inspector's address is what it has printed, with the token.\n",
};

function reply(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, { "Content-Type": type });
  response.end(body);
}

/** Server-sent events. A page that reads slowly is waited for: it has a place in the log, and no queue. */
async function stream(
  request: IncomingMessage,
  response: ServerResponse,
  { log, hello }: PageOptions,
  query: URLSearchParams,
  streams: Set<AbortController>,
): Promise<void> {
  const left = new AbortController();
  response.once("close", () => left.abort());
  streams.add(left);
  response.writeHead(200, { "Content-Type": "text/event-stream; charset=utf-8" });
  const [session, last] = String(request.headers["last-event-id"] ?? query.get("after") ?? "").split(":");
  const from = session === hello.session ? Number(last) || 0 : 0;
  try {
    await send(response, `event: hello\ndata: ${JSON.stringify(hello)}\n\n`, left.signal);
    for await (const batch of log.batches(from, left.signal)) {
      const end = batch.events.at(-1)?.n;
      const id = end === undefined ? "" : `id: ${hello.session}:${end + 1}\n`;
      await send(response, `${id}data: ${JSON.stringify(batch)}\n\n`, left.signal);
    }
  } finally {
    streams.delete(left);
    response.end();
  }
}

function send(response: ServerResponse, text: string, signal: AbortSignal): Promise<void> {
  if (response.write(text) || signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const go = () => {
      response.off("drain", go);
      signal.removeEventListener("abort", go);
      resolve();
    };
    response.once("drain", go);
    signal.addEventListener("abort", go, { once: true });
  });
}

/** What is asked for on the page: a request, or the answer to a question. */
async function act(request: IncomingMessage, response: ServerResponse, options: PageOptions, what: string) {
  const json = (status: number, body: unknown) =>
    reply(response, status, "application/json; charset=utf-8", JSON.stringify(body));
  try {
    const body = await readBody(request);
    switch (what) {
      case "request":
        if (typeof body["method"] !== "string") throw new NotSentError("A request needs a method");
        return json(200, await options.own.request(body["method"], body["params"]));
      case "answer": {
        const { connection, id, result, error } = body;
        if (typeof connection !== "number" || typeof id !== "number" && typeof id !== "string") {
          throw new NotSentError("An answer needs the connection and the id of what it answers");
        }
        await options.own.answer(connection, id, error === undefined ? { result: result ?? null } : { error });
        return json(200, {});
      }
      default:
        return json(404, { error: `There is no api/${what}` });
    }
  } catch (error) {
    json(error instanceof NotSentError ? 409 : 502, {
      error: redact(error instanceof Error ? error.message : String(error)),
    });
  }
}

async function readBody(request: IncomingMessage): Promise<Readonly<Record<string, unknown>>> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Uint8Array>) {
    length += chunk.length;
    if (length > MAX_BODY) throw new NotSentError(`More than ${MAX_BODY} bytes are not sent by hand`);
    chunks.push(chunk);
  }
  try {
    const body: unknown = JSON.parse(await new Blob(chunks as Uint8Array<ArrayBuffer>[]).text());
    if (typeof body === "object" && body !== null && !Array.isArray(body)) return body as Record<string, unknown>;
  } catch {
    // Said below.
  }
  throw new NotSentError("Expected an object of JSON");
}
