/** Many agents at once: one server, one thread each, all turns at the same time. One failure leaves the others alone. */
// deno-lint-ignore-file no-console -- a program that prints
import { Codex, finalResponse } from "@codex-app-server/sdk";
import { demoModel, ScriptedModel } from "@codex-app-server/sdk/testing";

const TOPICS = ["sea", "forest", "desert", "city", "mountain", "river"];

const script = new ScriptedModel();
for (const topic of TOPICS) script.when(`Three words about the ${topic}.`).reply(`The ${topic} is wide.`);
await using demo = await demoModel(script);
console.log(demo.notice);
await using codex = await Codex.start(demo.options);

const results = await Promise.allSettled(TOPICS.map(async (topic) => {
  const thread = await codex.threadStart({ sandbox: "read-only", ephemeral: true });
  const turn = await thread.run(`Three words about the ${topic}.`, { timeoutMs: 120_000 });
  return finalResponse(turn);
}));

results.forEach((result, index) => {
  const text = result.status === "fulfilled" ? result.value : `failed: ${result.reason}`;
  console.log(`${TOPICS[index]}: ${text}`);
});
