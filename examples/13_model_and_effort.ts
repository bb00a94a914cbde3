/** Choose a model and how much it thinks: for a thread, or from one turn on. */
// deno-lint-ignore-file no-console -- a program that prints
import { Codex, finalResponse } from "@codex-app-server/sdk";
import { demoModel, ScriptedModel } from "@codex-app-server/sdk/testing";

const script = new ScriptedModel().always(({ body }) => {
  const { effort } = body["reasoning"] as { effort?: string };
  return [`I am ${body.model}, and think with effort ${effort}.`];
});
await using demo = await demoModel(script);
console.log(demo.notice);
await using codex = await Codex.start(demo.options);

const { data: models } = await codex.models();
const model = models.find(({ isDefault }) => isDefault) ?? models[0];
if (model === undefined) throw new Error("The server offers no model");
const efforts = model.supportedReasoningEfforts.map(({ reasoningEffort }) => reasoningEffort);
console.log(`${model.id} can think with effort ${efforts.join(", ")}; by default ${model.defaultReasoningEffort}.`);

const thread = await codex.threadStart({ model: model.id, sandbox: "read-only" });
console.log(finalResponse(await thread.run("Who are you? One sentence.")));

// From this turn on.
const other = efforts.find((effort) => effort !== model.defaultReasoningEffort) ?? model.defaultReasoningEffort;
console.log(finalResponse(await thread.run("And now?", { effort: other })));
