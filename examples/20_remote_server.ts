/**
 * A server that runs elsewhere, or is shared: start one, and give this program its address.
 *
 *     codex app-server --listen ws://127.0.0.1:4500
 *     20_remote_server.ts ws://127.0.0.1:4500 [token]
 *
 * The model is the server's own affair. Node needs the package `ws` for this.
 */
// deno-lint-ignore-file no-console -- a program that prints
import process from "node:process";
import { Codex, finalResponse, websocketTransport } from "@codex-app-server/sdk";

const [url, token] = process.argv.slice(2);
if (url === undefined) throw new Error("Say where the server listens: ws://HOST:PORT [token]");

// A running turn belongs to the server: it goes on when its client is gone, and with `reconnect` its handle lives on.
await using codex = await Codex.start({ transport: websocketTransport(url, { token }), reconnect: true });
console.log(`Connected to ${codex.metadata.userAgent}`);

// Folders and files are those of the server's machine.
const thread = await codex.threadStart({ sandbox: "read-only" });
console.log(finalResponse(await thread.run("Say hello to the network.")));

// Whoever resumes the thread sees its events too: a second client watches what the first one starts.
await using watcher = await Codex.start({ transport: websocketTransport(url, { token }) });
const events = (await watcher.threadResume(thread.id)).events();
const turn = await thread.turn("Say it once more.");
for await (const { method, params } of events) {
  if (method === "item/agentMessage/delta") console.log(`The watcher reads: ${params.delta}`);
  if (method === "turn/completed") break;
}
console.log((await turn.run()).status);
