/** What stays in memory. Arguments: `stream`, `stalled`, `message` or `turns`, and how many deltas, bytes or turns. */
import process from "node:process";
import { Codex, type Thread } from "@codex-app-server/sdk";
import { completedLine, deltaLine, FedServer } from "./fed_server.ts";
import { expectCount, finish, memoryInUse } from "./measure.ts";

const [what = "", count = ""] = process.argv.slice(2);
const total = Number(count);
const encoder = new TextEncoder();
const server = new FedServer();
const codex = await Codex.start({ transport: server.transport, validation: "off" });
const thread = await codex.threadStart();

/** Feeds the deltas of turn 1 in blocks of 250, and tells after a tenth of them and at the end what is in use. */
async function feedDeltas(): Promise<{ early: number; late: number }> {
  let early = 0;
  for (let i = 0; i < total; i += 250) {
    if (i >= total / 10 && early === 0) early = memoryInUse();
    let block = "";
    for (let j = i; j < i + 250; j++) block += deltaLine(1, `word ${j} `);
    await server.feed(encoder.encode(block));
  }
  return { early, late: memoryInUse() };
}

async function streamed(): Promise<{ early: number; late: number }> {
  let deltas = 0;
  const reading = (async () => {
    for await (const event of await thread.turn("go")) if (event.method === "item/agentMessage/delta") deltas++;
  })();
  await server.feed(new Uint8Array(0));
  const taken = await feedDeltas();
  await server.feed(encoder.encode(completedLine(1)));
  await reading;
  expectCount("deltas", deltas, total);
  return taken;
}

async function stalled(): Promise<{ early: number; late: number }> {
  const stream = (await thread.turn("go")).stream();
  const taken = await feedDeltas();
  await server.feed(encoder.encode(completedLine(1)));
  let characters = 0;
  for await (const event of stream) {
    if (event.method === "item/agentMessage/delta") characters += event.params.delta.length;
  }
  let sent = 0;
  for (let i = 0; i < total; i++) sent += `word ${i} `.length;
  expectCount("characters", characters, sent);
  return taken;
}

/** One message of so many bytes, in chunks of a pipe's size. */
async function message(): Promise<{ early: number; late: number }> {
  const stream = (await thread.turn("go")).stream();
  const early = memoryInUse();
  await feedLongLine();
  await server.feed(encoder.encode(completedLine(1)));
  let characters = 0;
  for await (const event of stream) {
    if (event.method === "item/agentMessage/delta") characters += event.params.delta.length;
  }
  expectCount("characters", characters, total);
  return { early, late: memoryInUse() };
}

async function feedLongLine(): Promise<void> {
  const line = encoder.encode(deltaLine(1, "x".repeat(total)));
  for (let from = 0; from < line.length; from += 65_536) await server.feed(line.slice(from, from + 65_536));
}

async function turns(on: Thread): Promise<{ early: number; late: number }> {
  let early = 0;
  for (let n = 1; n <= total; n++) {
    if (n > total / 10 && early === 0) early = memoryInUse();
    const turn = await on.turn("go");
    await server.feed(encoder.encode(deltaLine(n, "word ") + completedLine(n)));
    expectCount("completed turns", (await turn.run()).status === "completed" ? 1 : 0, 1);
  }
  return { early, late: memoryInUse() };
}

const { early, late } = what === "stream"
  ? await streamed()
  : what === "stalled"
  ? await stalled()
  : what === "message"
  ? await message()
  : await turns(thread);
finish({ growthMiB: (late - early) / 2 ** 20 });
