/**
 * From nothing to the answer to `initialize`: the first time in this process, and the times after it. Arguments: `sdk` or
 * `floor`, the real binary, its environment as JSON.
 */
import { Codex } from "@codex-app-server/sdk";
import { median } from "../lib/stats.ts";
import { args, environment } from "./host.ts";
import { finish } from "./measure.ts";
import { lineChild } from "./pipe.ts";

/** As in `start.py`. */
const WARM_STARTS = 8;

const [who = "", binary = "", env = ""] = args;
const changes: Record<string, string> = JSON.parse(env);
const start = who === "sdk" ? bySdk : byHand;

const wallMs = await start();
const warm: number[] = [];
for (let i = 0; i < WARM_STARTS; i++) warm.push(await start());
finish({ wallMs, warmMs: median(warm) });

async function bySdk(): Promise<number> {
  const begin = performance.now();
  const codex = await Codex.start({ codexBin: binary, env: changes });
  const ms = performance.now() - begin;
  await codex.close();
  return ms;
}

async function byHand(): Promise<number> {
  const begin = performance.now();
  const whole = { ...environment(), ...changes };
  let onReply = (_line: string) => {};
  const reply = new Promise<string>((resolve) => onReply = resolve);
  const server = lineChild(binary, ["app-server"], (line) => onReply(line), whole);
  const clientInfo = { name: "bench", title: "bench", version: "1" };
  const params = { clientInfo, capabilities: { experimentalApi: true } };
  server.write(`${JSON.stringify({ id: 1, method: "initialize", params })}\n`);
  JSON.parse(await reply);
  const ms = performance.now() - begin;
  server.end();
  await server.ended;
  return ms;
}
