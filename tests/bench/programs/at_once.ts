/**
 * Threads with a turn each, all at once. Arguments: the server's binary, its environment as JSON, its folder, how many, and
 * how many turns may run at a time (0: all).
 */
import process from "node:process";
import { Codex, finalResponse } from "@codex-app-server/sdk";
import { expectCount, finish } from "./measure.ts";

const [codexBin = "", env = "", cwd = "", count = "", bound = ""] = process.argv.slice(2);
const codex = await Codex.start({
  codexBin,
  env: JSON.parse(env),
  cwd,
  ...(bound === "0" ? {} : { maxConcurrentTurns: Number(bound) }),
});
const start = performance.now();
const answers = await Promise.all(Array.from({ length: Number(count) }, async () => {
  const thread = await codex.threadStart({ ephemeral: true });
  return finalResponse(await thread.run("go"));
}));
const wallMs = performance.now() - start;
expectCount("answers", answers.filter(Boolean).length, Number(count));
await codex.close();
finish({ wallMs });
