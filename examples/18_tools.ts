/** Functions of this program that the agent may call. */
// deno-lint-ignore-file no-console -- a program that prints
import { Codex, finalResponse } from "@codex-app-server/sdk";
import { demoModel, functionCall, ScriptedModel } from "@codex-app-server/sdk/testing";
import { tool } from "@codex-app-server/sdk/tools";

const STOCK: Readonly<Record<string, number>> = { apple: 3, pear: 0 };

const stock = tool({
  name: "stock",
  description: "How many pieces of a fruit are in stock.",
  // A JSON Schema is shown to the model and not enforced. A schema of zod, valibot or arktype is enforced before
  // `execute` runs, and gives its arguments their type.
  input: { type: "object", properties: { fruit: { type: "string" } }, required: ["fruit"] },
  execute: (args) => {
    const { fruit } = args as { fruit: string };
    const pieces = STOCK[fruit];
    // What is thrown goes to the model as a failed result, so that it can try something else.
    if (pieces === undefined) throw new Error(`No such fruit: ${fruit}. There are ${Object.keys(STOCK).join(", ")}.`);
    return { fruit, pieces };
  },
  timeoutMs: 5_000,
});

await using demo = await demoModel(
  new ScriptedModel()
    .reply(functionCall("stock", { fruit: "banana" }))
    .reply(functionCall("stock", { fruit: "apple" }))
    .reply((request) => [`The stock says ${request.toolOutput()}`]),
);
console.log(demo.notice);
await using codex = await Codex.start(demo.options);
const thread = await codex.threadStart({ sandbox: "read-only" }, { tools: [stock] });
const turn = await thread.run("Ask the tool stock how many bananas there are, then how many apples.");
for (const item of turn.items) {
  if (item.type !== "dynamicToolCall") continue;
  console.log(`${item.tool}(${JSON.stringify(item.arguments)}): ${item.success ? "ok" : "failed"}`);
}
console.log(finalResponse(turn));
