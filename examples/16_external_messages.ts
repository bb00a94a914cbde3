/**
 * A message that comes from outside and not from the user: a webhook, a finished build, a chat. It enters the thread as
 * the output of a tool, so that the agent reads it as information, and not as an order of the user.
 */
// deno-lint-ignore-file no-console -- a program that prints
import { Codex, finalResponse } from "@codex-app-server/sdk";
import { demoModel, ScriptedModel } from "@codex-app-server/sdk/testing";

await using demo = await demoModel(
  new ScriptedModel().reply("I will watch the build.").reply((request) => [`I hear: ${request.toolOutput()}`]),
);
console.log(demo.notice);
await using codex = await Codex.start(demo.options);
const thread = await codex.threadStart({ sandbox: "read-only" });
console.log(finalResponse(await thread.run("I wait for a build. Tell me when you hear of it.")));

const turn = await thread.run([], { toolOutput: { name: "build_server", output: "Build 128 has passed." } });
console.log(turn.items.map((item) => item.type));
console.log(finalResponse(turn));
