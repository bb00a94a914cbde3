/**
 * Whole turns against the real server and a scripted model. Arguments: who (`sdk`, `floor` or `codex-sdk`), the model's
 * URL, the server's binary, how many turns, the folder of the peers.
 */
import process from "node:process";
import { Codex } from "@codex-app-server/sdk";
import { codexHome } from "@codex-app-server/sdk/testing";
import { finish, importPeer } from "./measure.ts";
import { lineChild } from "./pipe.ts";

const [who = "", modelUrl = "", binary = "", count = "", peers = ""] = process.argv.slice(2);
const home = await codexHome({ modelUrl });
const env = { ...process.env, ...home.env };

/** Runs one turn; `onText` is to be called with the first of its text. */
type RunTurn = (onText: () => void) => Promise<void>;

async function openSdk(): Promise<RunTurn> {
  const codex = await Codex.start({ codexBin: binary, env: home.env, cwd: home.path });
  const thread = await codex.threadStart();
  return async (onText) => {
    for await (const event of await thread.turn("go")) if (event.method === "item/agentMessage/delta") onText();
  };
}

/** A client of thirty lines: ids in a Map, notifications to one callback, nothing checked. */
async function openFloor(): Promise<RunTurn> {
  // deno-lint-ignore no-explicit-any -- whatever the server sends
  type Json = any;
  const waiting = new Map<number, (result: Json) => void>();
  let onEvent = (_event: Json) => {};
  const server = lineChild(binary, ["app-server"], (line) => {
    const message = JSON.parse(line);
    if (message.method !== undefined) return onEvent(message);
    waiting.get(message.id)!(message.result);
    waiting.delete(message.id);
  }, env);
  let next = 1;
  const send = (message: Json) => server.write(`${JSON.stringify(message)}\n`);
  const request = (method: string, params: Json) =>
    new Promise<Json>((resolve) => {
      waiting.set(next, resolve);
      send({ id: next++, method, params });
    });
  const clientInfo = { name: "bench", title: "bench", version: "1" };
  await request("initialize", { clientInfo, capabilities: { experimentalApi: true } });
  send({ method: "initialized" });
  const { thread } = await request("thread/start", { cwd: home.path });
  return (onText) =>
    new Promise((resolve) => {
      onEvent = ({ method }) => {
        if (method === "item/agentMessage/delta") onText();
        if (method === "turn/completed") resolve();
      };
      request("turn/start", { threadId: thread.id, input: [{ type: "text", text: "go" }] });
    });
}

async function openCodexSdk(): Promise<RunTurn> {
  const { Codex } = await importPeer(peers, "@openai/codex-sdk/dist/index.js");
  const thread = new Codex({ codexPathOverride: binary, env }).startThread({
    workingDirectory: home.path,
    skipGitRepoCheck: true,
  });
  return async (onText) => {
    const { events } = await thread.runStreamed("go");
    for await (const event of events) {
      if (event.type === "turn.failed") throw new Error(JSON.stringify(event));
      if (event.item?.type === "agent_message") onText();
    }
  };
}

const runTurn = await ({ sdk: openSdk, floor: openFloor, "codex-sdk": openCodexSdk })[who]!();
await runTurn(() => {}); // the first one warms the server up
const sums = { firstTextMs: 0, turnMs: 0 };
for (let i = 0; i < Number(count); i++) {
  const start = performance.now();
  let first: number | undefined;
  await runTurn(() => first ??= performance.now() - start);
  sums.turnMs += performance.now() - start;
  sums.firstTextMs += first ?? NaN;
}
await home.remove();
finish({ turnMs: sums.turnMs / Number(count), firstTextMs: sums.firstTextMs / Number(count) });
