/** Say more while a turn runs, and stop one. */
// deno-lint-ignore-file no-console -- a program that prints
import { Codex, finalResponse } from "@codex-app-server/sdk";
import { demoModel, Gate, message, ScriptedModel } from "@codex-app-server/sdk/testing";

await using demo = await demoModel(
  new ScriptedModel()
    .reply(message(["Once upon a time ", new Gate()]))
    .reply("A crab went home. The end.")
    .reply(message(["1, 2, 3, ", new Gate()])),
);
console.log(demo.notice);
await using codex = await Codex.start(demo.options);
const thread = await codex.threadStart({ sandbox: "read-only" });

// Steering adds input to the running turn; the agent takes it up as soon as it can.
const story = await thread.turn("Tell me a long story about a crab.");
let steered = false;
for await (const _text of story.text()) {
  if (steered) continue;
  steered = true;
  await story.steer("Make it two sentences instead.");
}
console.log(finalResponse(await story.run()));

// An interrupted turn is a result as well; the thread stays usable.
const counting = await thread.turn("Count to a thousand, in digits.");
for await (const _text of counting.text()) {
  await counting.interrupt();
  break; // stops reading, which alone would not stop the turn
}
const { status } = await counting.run();
console.log(`the count was ${status}`);
