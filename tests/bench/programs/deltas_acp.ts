/** The newline stream of the ACP SDK: messages, not routed to anybody, in a `for await`. */
import { spawn } from "node:child_process";
import process from "node:process";
import { Readable, Writable } from "node:stream";
import { expectCount, finish, importPeer, stopwatch } from "./measure.ts";

const [peers = "", folder = "", expected = ""] = process.argv.slice(2);
const { ndJsonStream } = await importPeer(peers, "@agentclientprotocol/sdk/dist/core/stream.js");
let count = 0;
let characters = 0;
const stop = stopwatch();
const child = spawn("cat", [`${folder}/turn_1.jsonl`], { stdio: ["pipe", "pipe", "inherit"] });
const { readable } = ndJsonStream(Writable.toWeb(child.stdin), Readable.toWeb(child.stdout));
for await (const message of readable) {
  if (message.method !== "item/agentMessage/delta") continue;
  count++;
  characters += message.params.delta.length;
}
const taken = stop();
expectCount("deltas", count, Number(expected));
finish({ ...taken, characters });
