/** The smallest program: start a server, start a thread, run one turn, print the answer. */
// deno-lint-ignore-file no-console -- a program that prints
import { Codex, finalResponse } from "@codex-app-server/sdk";
import { demoModel, ScriptedModel } from "@codex-app-server/sdk/testing";

// The model of your login; without one, a script that gives this answer. In a program of your own: `Codex.start()`.
await using demo = await demoModel(
  new ScriptedModel().reply("A closure is a function with the variables it captured."),
);
console.log(demo.notice);
await using codex = await Codex.start(demo.options);

const thread = await codex.threadStart({ sandbox: "read-only" });
const turn = await thread.run("What is a closure? One sentence.");
console.log(finalResponse(turn));
