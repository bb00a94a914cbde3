/** Threads outlive the program: take one up again by its id, or fork it into two. */
// deno-lint-ignore-file no-console -- a program that prints
import { Codex, finalResponse } from "@codex-app-server/sdk";
import { demoModel, ScriptedModel } from "@codex-app-server/sdk/testing";

await using demo = await demoModel(
  new ScriptedModel().reply("Noted.").reply("Your number is 7.").reply("Doubled, it is 14."),
);
console.log(demo.notice);

async function remember(): Promise<string> {
  await using codex = await Codex.start(demo.options);
  const thread = await codex.threadStart({ sandbox: "read-only" });
  await thread.run("Remember the number 7. Say only: Noted.");
  return thread.id; // keep this; the server is gone at the end of this function
}

const id = await remember();
await using codex = await Codex.start(demo.options);

// What is not given keeps the thread's stored setting.
const thread = await codex.threadResume(id);
console.log(finalResponse(await thread.run("Which number was it?")));

// A fork begins with the same history and goes its own way.
const fork = await codex.threadFork(id);
console.log(finalResponse(await fork.run("And doubled?")));
console.log(fork.id === thread.id ? "the same thread" : "two threads");
