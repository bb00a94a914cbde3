/**
 * What a client has in memory while so many turns are open, each in a thread of its own with somebody who reads it.
 * Arguments: how many, the real server's binary, its environment as JSON. With 0 it is what the runtime has by itself.
 */
import { args } from "./host.ts";
import { finish } from "./measure.ts";

const [count = "", binary = "", env = ""] = args;

const rssMiB = () => globalThis.process.memoryUsage().rss / 2 ** 20;

if (count === "0") finish({ rssMiB: rssMiB() });

const { Codex } = await import("@codex-app-server/sdk");
const codex = await Codex.start({ codexBin: binary, env: JSON.parse(env) });
const begun = Array.from({ length: Number(count) }, async () => {
  const thread = await codex.threadStart();
  const turn = await thread.turn("go");
  // The model says some words, and then nothing more: the turn stays open, and so does its stream.
  return await new Promise<void>((resolve) => void read(turn, resolve));
});
await Promise.all(begun);
finish({ rssMiB: rssMiB() });

async function read(events: AsyncIterable<{ readonly method: string }>, onText: () => void): Promise<void> {
  for await (const { method } of events) if (method === "item/agentMessage/delta") onText();
}
