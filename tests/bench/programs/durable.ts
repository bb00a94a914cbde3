/**
 * What it costs that a turn survives its worker, with a real server. Arguments: the model's URL, the server's binary, how
 * many turns.
 */
import process from "node:process";
import { Codex } from "@codex-app-server/sdk";
import { durableThread, durableTurn } from "@codex-app-server/sdk/durable";
import { codexHome } from "@codex-app-server/sdk/testing";
import { median, pairedRatios } from "../lib/stats.ts";
import { expectCount, finish } from "./measure.ts";

const [modelUrl = "", binary = "", count = ""] = process.argv.slice(2);
const home = await codexHome({ modelUrl });
const codex = await Codex.start({ codexBin: binary, env: home.env });
const params = { cwd: home.path };
const open = await codex.threadStart(params);
const [byHand, durable] = [await durableThread(codex, params), await durableThread(codex, params)];
let jobs = 0;
let found = 0;

const contenders: Readonly<Record<string, () => Promise<unknown>>> = {
  /** In a thread that stays open. */
  plain: () => open.run("go"),
  /** What every worker does that takes a thread and lets go of it. */
  resumed: async () => {
    const thread = await codex.threadResume(byHand, { excludeTurns: true });
    await thread.run("go");
    await thread.release();
  },
  durable: () => durableTurn(codex, { threadId: durable, key: `job-${++jobs}`, input: "go" }),
  /** The same work, asked for once more. */
  found: async () => {
    if ((await durableTurn(codex, { threadId: durable, key: `job-${jobs}`, input: "go" })).how === "found") found++;
  },
};

const times = new Map(Object.keys(contenders).map((name): [string, number[]] => [name, []]));
// The first round warms up.
for (let round = 0; round <= Number(count); round++) {
  for (const [name, run] of Object.entries(contenders)) {
    const start = performance.now();
    await run();
    if (round > 0) times.get(name)!.push(performance.now() - start);
  }
}
expectCount("turns that were found", found, Number(count) + 1);
await codex.close();
await home.remove();
finish({
  ...Object.fromEntries([...times].map(([name, taken]) => [name, median(taken)])),
  ratio: median(pairedRatios(times.get("durable")!, times.get("resumed")!)),
});
