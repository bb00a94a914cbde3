/** `cat FILE`, split on newline, `JSON.parse`. Arguments: the prepared server's folder, how many deltas. */
import process from "node:process";
import { expectCount, finish, stopwatch } from "./measure.ts";
import { lineChild } from "./pipe.ts";

const [folder = "", expected = ""] = process.argv.slice(2);
let count = 0;
let characters = 0;
const stop = stopwatch();
const child = lineChild("cat", [`${folder}/turn_1.jsonl`], (line) => {
  const message = JSON.parse(line);
  if (message.method !== "item/agentMessage/delta") return;
  count++;
  characters += message.params.delta.length;
});
await child.ended;
const taken = stop();
expectCount("deltas", count, Number(expected));
finish({ ...taken, characters });
