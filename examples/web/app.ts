import type { Codex } from "@codex-app-server/sdk";
import { createChatHandler } from "@codex-app-server/sdk/ai-sdk";
import type { ThreadStartParams } from "@codex-app-server/sdk/protocol";
import { threadStore } from "@codex-app-server/sdk/state";
import { foreign, type Guard, SAFE_HEADERS } from "./guard.ts";
import type { Asset } from "./page.ts";
import type { Handler } from "./serve.ts";
import { Session } from "./session.ts";

/** What the app is made of. */
export interface AppOptions {
  readonly codex: Codex;
  readonly guard: Guard;
  /** The files of the page, by their paths. */
  readonly page: ReadonlyMap<string, Asset>;
  /** How threads are started: where they work, and what they have to ask for. */
  readonly threadParams: ThreadStartParams;
}

/** The server's side of the app: `Request` in, `Response` out, for any web server. */
export function createApp({ codex, guard, page, threadParams }: AppOptions): Handler {
  const sessions = new Map<string, Session>();
  const sessionOf = (id: string) => sessions.get(id) ?? sessions.set(id, new Session()).get(id)!;
  const whoAsks = (request: Request) => {
    const id = guard.sessionOf(request);
    return id === null ? null : { id };
  };
  const chat = createChatHandler({
    codex,
    threadParams,
    authorize: whoAsks,
    onThread: (threadId, { id }) => sessionOf(id).add(threadId, threadStore(codex, threadId)),
  });

  async function answer(request: Request): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url);
    const who = whoAsks(request);
    if (who === null) return text(401, "Open the address that the program has printed: it has the key in it.");
    const session = sessionOf(who.id);
    const asset = request.method === "GET" ? page.get(pathname) : undefined;
    if (asset !== undefined) return new Response(asset.body, { headers: { "content-type": asset.type } });
    if (pathname === "/api/threads" && request.method === "POST") {
      return Response.json({ id: await chat.startThread(who, request) });
    }
    if (pathname === "/api/events") {
      const threadId = searchParams.get("thread");
      return threadId === null || session.has(threadId)
        ? session.events(threadId)
        : text(404, "There is no such thread.");
    }
    if (pathname.startsWith("/api/chat")) return await chat(request);
    return text(404, "There is nothing here.");
  }

  return async (request) => {
    const reason = foreign(request);
    const response = reason !== null ? text(403, `Refused: ${reason}.`) : guard.open(request) ?? await answer(request);
    const headers = new Headers(response.headers);
    for (const [name, value] of Object.entries(SAFE_HEADERS)) headers.set(name, value);
    return new Response(response.body, { status: response.status, headers });
  };
}

function text(status: number, message: string): Response {
  return new Response(`${message}\n`, { status, headers: { "content-type": "text/plain; charset=utf-8" } });
}
