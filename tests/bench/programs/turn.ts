/**
 * Whole turns of this SDK, a bare client and `@openai/codex-sdk`, one after the other, against real servers and one
 * scripted model. Arguments: the model's URL, the server's binary, how many turns, the folder of the peers.
 */
import process from "node:process";
import { Codex } from "@codex-app-server/sdk";
import { type CodexHome, codexHome } from "@codex-app-server/sdk/testing";
import { median, pairedRatios } from "../lib/stats.ts";
import { finish, importPeer } from "./measure.ts";
import { lineChild } from "./pipe.ts";

const [modelUrl = "", binary = "", count = "", peers = ""] = process.argv.slice(2);

/** Runs one turn; `onText` is to be called with the first of its text. */
type RunTurn = (onText: () => void) => Promise<void>;

const homes: CodexHome[] = [];
/** How to end each server: one that still runs would write to its home after that was removed. */
const ends: (() => Promise<unknown>)[] = [];

/** Each has a home of its own, as it would have. */
async function openHome(): Promise<{ home: CodexHome; env: Record<string, string | undefined> }> {
  const home = await codexHome({ modelUrl });
  homes.push(home);
  return { home, env: { ...process.env, ...home.env } };
}

async function openSdk(): Promise<RunTurn> {
  const { home } = await openHome();
  const codex = await Codex.start({ codexBin: binary, env: home.env, cwd: home.path });
  ends.push(() => codex.close());
  const thread = await codex.threadStart();
  return async (onText) => {
    for await (const event of await thread.turn("go")) if (event.method === "item/agentMessage/delta") onText();
  };
}

/** A client of thirty lines: ids in a Map, notifications to one callback, nothing checked. */
async function openFloor(): Promise<RunTurn> {
  const { home, env } = await openHome();
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
  ends.push(() => {
    server.end();
    return server.ended;
  });
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
  const { home, env } = await openHome();
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

/** What one contender's turns took. */
const times = (): { turn: number[]; first: number[] } => ({ turn: [], first: [] });

const contenders = [
  { name: "floor", runTurn: await openFloor(), ...times() },
  { name: "sdk", runTurn: await openSdk(), ...times() },
  { name: "peer", runTurn: await openCodexSdk(), ...times() },
];
// The first round warms the servers up.
for (let round = 0; round <= Number(count); round++) {
  for (const { runTurn, turn, first } of contenders) {
    const start = performance.now();
    let firstMs = NaN;
    await runTurn(() => {
      if (Number.isNaN(firstMs)) firstMs = performance.now() - start;
    });
    const turnMs = performance.now() - start;
    if (round === 0) continue;
    turn.push(turnMs);
    first.push(firstMs);
  }
}
for (const end of ends) await end();
for (const home of homes) await home.remove();
const [floor, sdk, peer] = contenders;
finish({
  floorTurn: median(floor!.turn),
  sdkTurn: median(sdk!.turn),
  peerTurn: median(peer!.turn),
  floorFirst: median(floor!.first),
  sdkFirst: median(sdk!.first),
  peerFirst: median(peer!.first),
  sdkToFloor: median(pairedRatios(sdk!.turn, floor!.turn)),
  sdkToPeer: median(pairedRatios(sdk!.turn, peer!.turn)),
  sdkFirstToPeer: median(pairedRatios(sdk!.first, peer!.first)),
});
