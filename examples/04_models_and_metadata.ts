/** What the server is, which models it offers, and for whom it works. */
// deno-lint-ignore-file no-console -- a program that prints
import { Codex } from "@codex-app-server/sdk";
import { demoModel, ScriptedModel } from "@codex-app-server/sdk/testing";

await using demo = await demoModel(new ScriptedModel());
console.log(demo.notice);
await using codex = await Codex.start(demo.options);

// The server's own answer to `initialize`, unchanged.
const { userAgent, platformOs, codexHome } = codex.metadata;
console.log(`server: ${userAgent}`);
console.log(`on: ${platformOs}, with its files in ${codexHome}`);

const { data } = await codex.models();
for (const { id, displayName, isDefault, supportedReasoningEfforts } of data) {
  const efforts = supportedReasoningEfforts.map(({ reasoningEffort }) => reasoningEffort).join(", ");
  console.log(`model: ${id} (${displayName}${isDefault ? ", the default" : ""}): ${efforts}`);
}

const { account, requiresOpenaiAuth } = await codex.account();
console.log(`account: ${account?.type ?? "none"}, ${requiresOpenaiAuth ? "needed" : "not needed"}`);
