/** Turns of many servers in one program. Arguments: the prepared folder, servers, turns of each, deltas of a turn. */
import process from "node:process";
import { Codex } from "@codex-app-server/sdk";
import { expectCount, finish, stopwatch } from "./measure.ts";

const [folder = "", servers = "", turns = "", deltas = ""] = process.argv.slice(2);
const all = await Promise.all(Array.from({ length: Number(servers) }, async () => {
  const codex = await Codex.start({ launchArgsOverride: ["/bin/sh", `${folder}/server.sh`] });
  return { codex, thread: await codex.threadStart() };
}));
let events = 0;
const stop = stopwatch();
await Promise.all(all.map(async ({ thread }) => {
  for (let i = 0; i < Number(turns); i++) {
    for await (const event of await thread.turn("go")) if (event.method === "item/agentMessage/delta") events++;
  }
}));
const { mainMs, wallMs } = stop();
expectCount("deltas", events, Number(servers) * Number(turns) * Number(deltas));
await Promise.all(all.map(({ codex }) => codex.close()));
finish({ mainUsPerEvent: (mainMs / events) * 1000, wallUsPerEvent: (wallMs / events) * 1000 });
