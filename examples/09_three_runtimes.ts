/**
 * One source for Deno, Bun and Node. `new Codex()` starts nothing; the first call that needs the server does, and calls
 * at the same time share one start.
 */
// deno-lint-ignore-file no-console -- a program that prints
import { Codex, finalResponse } from "@codex-app-server/sdk";
import { demoModel, ScriptedModel } from "@codex-app-server/sdk/testing";

const runtime = "Deno" in globalThis ? "Deno" : "Bun" in globalThis ? "Bun" : "Node";
console.log(`This is ${runtime}.`);

await using demo = await demoModel(new ScriptedModel().reply("The same on all three."));
console.log(demo.notice);
await using codex = new Codex(demo.options);

const [thread, models] = await Promise.all([codex.threadStart({ sandbox: "read-only" }), codex.models()]);
console.log(`one server for both calls: ${models.data.length > 0 && thread.id !== ""}`);

const turn = await thread.run("Say: The same on all three.");
console.log(finalResponse(turn));
