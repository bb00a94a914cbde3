import { createChatHandler, toNodeListener } from "@codex-app-server/sdk/ai-sdk";
import { command, Gate, message, withAppServer } from "@codex-app-server/sdk/testing";
import { assertEquals, assertStringIncludes } from "@std/assert";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, test } from "node:test";
import { type Chat, openChat, peer, until } from "./peers.ts";

interface Server {
  readonly origin: string;
  close(): Promise<void>;
}

type Fetch = (request: Request) => Response | Promise<Response>;

interface Runtimes {
  readonly Deno?: {
    serve(options: { port: number; hostname: string; onListen: () => void }, handler: Fetch): {
      readonly addr: { readonly port: number };
      shutdown(): Promise<void>;
    };
  };
  readonly Bun?: {
    serve(options: { port: number; hostname: string; fetch: Fetch }): {
      readonly port: number;
      stop(force: boolean): Promise<void>;
    };
  };
}

/** The servers that this runtime has. */
function serversHere(): [name: string, serve: (handler: Fetch) => Promise<Server>][] {
  const { Deno: deno, Bun: bun } = globalThis as unknown as Runtimes;
  const servers: [string, (handler: Fetch) => Promise<Server>][] = [["node:http", serveNode]];
  if (deno !== undefined) {
    servers.push(["Deno.serve", (handler) => {
      const server = deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, handler);
      return Promise.resolve({ origin: `http://127.0.0.1:${server.addr.port}`, close: () => server.shutdown() });
    }]);
  }
  if (bun !== undefined) {
    servers.push(["Bun.serve", (handler) => {
      const server = bun.serve({ port: 0, hostname: "127.0.0.1", fetch: handler });
      return Promise.resolve({ origin: `http://127.0.0.1:${server.port}`, close: () => server.stop(true) });
    }]);
  }
  servers.push(["Hono", async (handler) => {
    const { Hono } = await peer("hono") as {
      Hono: new () => {
        all(
          path: string,
          handle: (c: { readonly req: { readonly raw: Request } }) => Response | Promise<Response>,
        ): void;
        fetch: Fetch;
      };
    };
    const app = new Hono();
    app.all("/api/chat/*", (c) => handler(c.req.raw));
    app.all("/api/chat", (c) => handler(c.req.raw));
    return await serveNode((request) => app.fetch(request));
  }]);
  return servers;
}

async function serveNode(handler: Fetch): Promise<Server> {
  const server = createServer(toNodeListener(handler)).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

for (const [name, serve] of serversHere()) {
  describe(`a chat by ${name}`, () => {
    test("[I4] [I5] (real) talks, asks, is left in mid-turn and found again, and is stopped", async () => {
      await withAppServer({ sandboxMode: "read-only", approvalPolicy: "on-request" }, async ({ codex, model }) => {
        const options = { codex, authorize: () => ({ id: "me" }) } as const;
        const handler = createChatHandler(options);
        const leaving = createChatHandler({ ...options, stopOnDisconnect: true });
        const server = await serve((request) => (request.headers.has("x-leaving") ? leaving : handler)(request));
        try {
          const send = async (request: Request, signal: AbortSignal) =>
            await fetch(request.url, {
              method: request.method,
              headers: request.headers,
              signal,
              ...(request.method === "POST" ? { body: await request.text() } : {}),
            });
          const open = (messages: Chat["messages"] = []) => openChat(7, send, { origin: server.origin, messages });
          const chat = await open();
          const part = () => chat.messages.at(-1)!.parts.findLast(({ type }) => type === "dynamic-tool")!;
          model.reply(command("echo yes", { escalate: true })).reply(message("Well 🙂."));
          await chat.sendMessage({ text: "Say yes" });
          assertEquals([chat.error, part()?.state], [undefined, "approval-requested"]);
          await chat.addToolApprovalResponse({ id: part().approval!.id, approved: true });
          await until(chat, ({ status }) => status === "ready");
          assertEquals([part().state, chat.messages.at(-1)!.parts.at(-1)!.type], ["output-available", "text"]);
          assertStringIncludes(JSON.stringify(chat.messages.at(-1)), "Well 🙂.");

          const gate = new Gate();
          model.reply(message("One,"), gate, command("echo two")).reply(message("three."));
          const sent = chat.sendMessage({ text: "Count" });
          await until(chat, ({ messages }) => JSON.stringify([messages.at(-1)]).includes("One,"));
          await chat.stop();
          await sent;
          const again = await open(chat.messages);
          const resumed = again.resumeStream();
          await until(again, ({ messages }) => JSON.stringify([messages.at(-1)]).includes("One,"));
          gate.release();
          await resumed;
          const texts = again.messages.at(-1)!.parts.flatMap(({ type, text }) => type === "text" ? [text] : []);
          assertEquals([texts, again.messages.length], [["One,", "three."], 4]);

          model.reply(command("sleep 60"));
          const long = again.sendMessage({ text: "Sleep" });
          await until(again, ({ messages }) => JSON.stringify(messages.at(-1)!.parts).includes("sleep 60"));
          const stop = { method: "POST", headers: { origin: server.origin } };
          const stopped = await fetch(`${server.origin}/api/chat/chat-1/stop`, stop);
          assertEquals([stopped.status, await stopped.text()], [204, ""]);
          await long;
          const last = again.messages.at(-1)!;
          assertEquals([last.metadata!.status, again.status], ["interrupted", "ready"]);
          const { threadId } = last.metadata!;
          await codex.request("thread/backgroundTerminals/clean", { threadId });

          const bad = await fetch(`${server.origin}/api/chat`, { method: "POST", body: "hi", headers: stop.headers });
          assertEquals([bad.status, (await bad.json()).code], [415, "unsupported-media-type"]);

          // That a page goes away is seen: this handler is asked to stop the turn then.
          const events = codex.notifications("turn/completed");
          const gone = await openChat(6, send, { origin: server.origin, id: "gone", headers: { "x-leaving": "1" } });
          model.reply(message("Bye,"), command("sleep 60"));
          const going = gone.sendMessage({ text: "Go" });
          await until(gone, ({ messages }) => JSON.stringify([messages.at(-1)]).includes("sleep 60"));
          await gone.stop();
          await going;
          const { value } = await events.next();
          assertEquals(value.params.turn.status, "interrupted");
          await events.return?.();
          await codex.request("thread/backgroundTerminals/clean", { threadId: value.params.threadId });
        } finally {
          await server.close();
        }
      });
    });
  });
}
