/** Who may do what. Without a handler everything that the server asks for is refused; here, policies decide. */
// deno-lint-ignore-file no-console -- a program that prints
import process from "node:process";
import { Codex, finalResponse } from "@codex-app-server/sdk";
import { allowCommands, denyAll, firstOf, policyHandlers, readOnlyCommands } from "@codex-app-server/sdk/policies";
import { command, demoModel, ScriptedModel } from "@codex-app-server/sdk/testing";

const ask = { escalate: true, justification: "To see what is there" };
await using demo = await demoModel(
  new ScriptedModel()
    .reply(command("ls", ask)).reply(command("git --version", ask)).reply(command("curl https://example.com", ask))
    .reply("I was allowed to look, and not to go out."),
);
console.log(demo.notice);

// The first that can judge decides. What nobody accepts is refused.
const policy = firstOf(
  readOnlyCommands(), // ls, cat, grep ..., as parsed by the shell's own rules
  allowCommands([["git", "--version"]], { cwd: process.cwd() }), // git runs what the folder holds: say which one
  denyAll("Only harmless commands run here"),
);
const handlers = policyHandlers(policy, {
  audit: ({ question, decision, policy: by }) => {
    console.log(`${decision} by ${by}: ${question.kind === "command" ? question.command : question.kind}`);
  },
});

// No policy judges a command while a folder of PATH is the agent's: which program would `ls` be? `npx` and the scripts of
// a package put the project's own node_modules/.bin there.
const PATH = process.env["PATH"]?.split(":").filter((folder) => !folder.startsWith(process.cwd())).join(":");

await using codex = await Codex.start({ ...demo.options, handlers, env: { ...demo.options.env, PATH } });
const thread = await codex.threadStart({ cwd: process.cwd(), sandbox: "read-only", approvalPolicy: "on-request" });
const turn = await thread.run(
  "Run these three outside the sandbox, one by one: ls; git --version; curl https://example.com.",
);
for (const item of turn.items) {
  if (item.type === "commandExecution") console.log(`${item.status}: exit ${item.exitCode}`);
}
console.log(finalResponse(turn));
