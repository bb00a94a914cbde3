/** Everything that a turn can be given, and an answer in a given shape. Names and types are those of the protocol. */
// deno-lint-ignore-file no-console -- a program that prints
import { tmpdir } from "node:os";
import { Codex, type TurnOptions } from "@codex-app-server/sdk";
import { demoModel, ScriptedModel } from "@codex-app-server/sdk/testing";
import { parseOutput } from "@codex-app-server/sdk/tools";

await using demo = await demoModel(new ScriptedModel().reply('{"title":"Codex","score":9}'));
console.log(demo.notice);
await using codex = await Codex.start(demo.options);
const thread = await codex.threadStart({ sandbox: "read-only" });

// A JSON Schema, strict as the model's API wants it. A schema of zod, valibot or arktype does as well; it makes itself
// strict, and gives the answer its type.
const outputSchema = {
  type: "object",
  properties: { title: { type: "string" }, score: { type: "integer" } },
  required: ["title", "score"],
  additionalProperties: false,
};

const options: TurnOptions = {
  // These hold for this turn and the thread's later ones. What is left out stays as it is.
  cwd: tmpdir(),
  approvalPolicy: "never",
  sandboxPolicy: { type: "readOnly", networkAccess: false },
  effort: "low",
  summary: "concise",
  // These hold for this turn alone.
  outputSchema,
  timeoutMs: 120_000,
  idleTimeoutMs: 60_000,
};
const turn = await thread.run("Rate the name Codex from 1 to 10.", options);
console.log(turn.status, await parseOutput(turn, outputSchema));
