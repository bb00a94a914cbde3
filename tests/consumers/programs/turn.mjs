// deno-lint-ignore-file no-console -- a program
// One real turn by the installed package, against the scripted model; plain JavaScript, so every runtime takes it as it is.
import process from "node:process";
import { Codex, finalResponse, VERSION } from "@codex-app-server/sdk";
import { codexHome, command, message, ScriptedModel } from "@codex-app-server/sdk/testing";

const runtime = globalThis.Deno ? "deno" : globalThis.Bun ? "bun" : "node";
const model = new ScriptedModel();
model.reply(command("echo from the agent")).reply(message(["it ", "works"]));
const listener = await model.listen();
const home = await codexHome({ modelUrl: listener.url });
const codex = new Codex({ env: home.env });
try {
  const thread = await codex.threadStart();
  const turn = await thread.run("Does it work?");
  const { userAgent } = codex.metadata;
  const answer = finalResponse(turn);
  const items = turn.items.map(({ type }) => type);
  const runtimeVersion = process.versions[runtime];
  console.log(
    JSON.stringify({ runtime, runtimeVersion, version: VERSION, userAgent, status: turn.status, answer, items }),
  );
} finally {
  await codex.close();
  await home.remove();
  await listener[Symbol.asyncDispose]();
}
