/** Several turns on one thread. `run()` waits for the end and returns the protocol's own `Turn`, its items filled. */
// deno-lint-ignore-file no-console -- a program that prints
import { Codex, finalResponse } from "@codex-app-server/sdk";
import { demoModel, reasoning, ScriptedModel, usage } from "@codex-app-server/sdk/testing";

await using demo = await demoModel(
  new ScriptedModel()
    .reply(reasoning("A capital at the sea"), "Lisbon.", usage({ inputTokens: 900, outputTokens: 12 }))
    .reply("Portugal, where it is the capital."),
);
console.log(demo.notice);
await using codex = await Codex.start(demo.options);

const thread = await codex.threadStart({ sandbox: "read-only" });
const first = await thread.run("Name one capital at the sea. One word.");
console.log(first.status, first.items.map((item) => item.type));
console.log(finalResponse(first));

// The same thread, so the agent knows what was said; a new thread would not.
const handle = await thread.turn("In which country is it?");
const second = await handle.run();
console.log(finalResponse(second));
console.log(`${handle.usage?.total.totalTokens} tokens in all`);
