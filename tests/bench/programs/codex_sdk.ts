/**
 * The API of `@openai/codex-sdk`, by `./codex-sdk` and by that package itself, against real servers and one scripted
 * model. Arguments: the model's URL, the server's binary, the folder of the peers, and then
 *
 * - `turns COUNT`: turns of one thread of each, in turns;
 * - `many WHO COUNT`: so many threads with a turn each, all at once, of `door` or `peer`; and the most that the processes
 *   which it started had of memory of their own.
 */
import { readdirSync, readFileSync } from "node:fs";
import process from "node:process";
import { Codex } from "@codex-app-server/sdk/codex-sdk";
import { type CodexHome, codexHome } from "@codex-app-server/sdk/testing";
import { median, pairedRatios } from "../lib/stats.ts";
import { expectCount, finish, importPeer } from "./measure.ts";

const [modelUrl = "", binary = "", peers = "", what = "", ...rest] = process.argv.slice(2);

const homes: CodexHome[] = [];

type Who = "door" | "peer";

/** A client of one of the two, with a home of its own; both are made of the same options. */
async function open(who: Who): Promise<{ codex: Codex; options: object }> {
  const home = await codexHome({ modelUrl });
  homes.push(home);
  const Client = who === "door" ? Codex : (await importPeer(peers, "@openai/codex-sdk/dist/index.js")).Codex;
  const codex = new Client({ codexPathOverride: binary, env: { ...process.env, ...home.env } });
  return { codex, options: { workingDirectory: home.path, skipGitRepoCheck: true } };
}

/** How long a turn took, and its first text, in milliseconds. */
type RunTurn = () => Promise<{ turn: number; first: number }>;

async function openTurns(who: Who): Promise<RunTurn> {
  const { codex, options } = await open(who);
  const thread = codex.startThread(options);
  return async () => {
    const start = performance.now();
    let first = NaN;
    for await (const event of (await thread.runStreamed("go")).events) {
      if (event.type === "turn.failed") throw new Error(JSON.stringify(event));
      if (event.type === "item.completed" && event.item.type === "agent_message") first = performance.now() - start;
    }
    return { turn: performance.now() - start, first };
  };
}

async function openNative(): Promise<RunTurn> {
  const { codex, options } = await open("door");
  const thread = await codex.startThread(options).native;
  return async () => {
    const start = performance.now();
    let first = NaN;
    for await (const _ of (await thread.turn("go")).text()) if (Number.isNaN(first)) first = performance.now() - start;
    return { turn: performance.now() - start, first };
  };
}

async function turns(count: number): Promise<Record<string, number>> {
  const contenders = [await openTurns("door"), await openTurns("peer"), await openNative()];
  const times = contenders.map((): { turn: number; first: number }[] => []);
  // The first round starts the servers.
  for (let round = 0; round <= count; round++) {
    for (const [at, run] of contenders.entries()) {
      const taken = await run();
      if (round > 0) times[at]!.push(taken);
    }
  }
  const [door, peer, native] = times.map((taken) => ({
    turn: taken.map(({ turn }) => turn),
    first: taken.map(({ first }) => first),
  }));
  return {
    doorTurn: median(door!.turn),
    peerTurn: median(peer!.turn),
    doorFirst: median(door!.first),
    peerFirst: median(peer!.first),
    nativeFirst: median(native!.first),
    turnRatio: median(pairedRatios(door!.turn, peer!.turn)),
    firstRatio: median(pairedRatios(door!.first, peer!.first)),
    nativeRatio: median(pairedRatios(native!.first, peer!.first)),
  };
}

async function many(who: Who, count: number): Promise<Record<string, number>> {
  const { codex, options } = await open(who);
  let most = 0;
  const looks = setInterval(() => most = Math.max(most, memoryOfChildren()), 200);
  const start = performance.now();
  const results = await Promise.all(Array.from({ length: count }, () => codex.startThread(options).run("go")));
  const wallMs = performance.now() - start;
  clearInterval(looks);
  expectCount("answers", results.filter(({ finalResponse }) => finalResponse !== "").length, count);
  return { wallMs, childrenMiB: most / 2 ** 20 };
}

/** What the processes that this one has started have in memory and share with nobody, in bytes. */
function memoryOfChildren(): number {
  const threads = readdirSync("/proc/self/task");
  const children = threads.flatMap((id) => read(`/proc/self/task/${id}/children`).split(" ").filter(Boolean));
  return children.reduce((sum, id) => {
    const [, resident = 0, shared = 0] = read(`/proc/${id}/statm`).split(" ").map(Number);
    return sum + (resident - shared) * 4096;
  }, 0);
}

/** A file, or nothing if its process is gone. */
function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

const outcome = what === "turns" ? await turns(Number(rest[0])) : await many(rest[0] as Who, Number(rest[1]));
for (const home of homes) await home.remove().catch(() => {}); // a server that is ending may still write there
finish(outcome);
