/** The same turn, watched in three ways: its text, every notification of it, and what a progress display needs. */
// deno-lint-ignore-file no-console -- a program that prints
import process from "node:process";
import { Codex } from "@codex-app-server/sdk";
import { command, demoModel, message, ScriptedModel } from "@codex-app-server/sdk/testing";

await using demo = await demoModel(
  new ScriptedModel()
    .reply(message(["one, ", "two, ", "three"]))
    .reply(command("echo hello from the shell")).reply("The shell says hello."),
);
console.log(demo.notice);
await using codex = await Codex.start(demo.options);
const thread = await codex.threadStart({ sandbox: "read-only" });

// 1. The agent's words as they come.
const counting = await thread.turn("Count from one to three, in words, in one line.");
for await (const text of counting.text()) process.stdout.write(text);
console.log();

// 2. Every notification, in the order of the wire. The stream ends after turn/completed, and nothing else ends it.
const shell = await thread.turn("Run `echo hello from the shell` and tell me what it says.");
for await (const { method, params } of shell.stream()) {
  switch (method) {
    case "item/started":
      console.log(`> ${params.item.type}`);
      break;
    case "item/completed":
      if (params.item.type === "commandExecution") console.log(params.item.aggregatedOutput?.trim());
      break;
    case "item/agentMessage/delta":
      process.stdout.write(params.delta);
      break;
    case "turn/completed":
      console.log(`\n${params.turn.status}`);
  }
}

// 3. The result is there as well, whether or not the stream was read.
const { items } = await shell.run();
console.log(`${items.length} items`);
