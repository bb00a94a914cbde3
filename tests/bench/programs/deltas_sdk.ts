/** A turn's deltas in a `for await`. Arguments: the prepared server's folder, how many deltas, the validation mode. */
import process from "node:process";
import { Codex, type ValidationMode } from "@codex-app-server/sdk";
import { expectCount, finish, stopwatch } from "./measure.ts";

const [folder = "", expected = "", validation = "tolerant"] = process.argv.slice(2);
const codex = await Codex.start({
  launchArgsOverride: ["/bin/sh", `${folder}/server.sh`],
  validation: validation as ValidationMode,
  // Without somebody to tell, tolerant validation has nothing to do, and the figure would be that of "off".
  onDiagnostic: () => {},
});
const thread = await codex.threadStart();
let count = 0;
let characters = 0;
const stop = stopwatch();
for await (const event of await thread.turn("go")) {
  if (event.method !== "item/agentMessage/delta") continue;
  count++;
  characters += event.params.delta.length;
}
const taken = stop();
expectCount("deltas", count, Number(expected));
await codex.close();
finish({ ...taken, characters });
