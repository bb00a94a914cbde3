import type { ServerRequestParamsOf } from "@codex-app-server/sdk/protocol";
import type { ApprovalPolicy, ApprovalQuestion, Verdict } from "@codex-app-server/sdk/policies";
import { commandQuestion } from "../../src/policies/questions.ts";
import { REQUESTS } from "./requests.ts";

type CommandParams = ServerRequestParamsOf<"item/commandExecution/requestApproval">;

/** A command question as the server would ask it, in bash, claimed to be a read of exactly this script. */
export function asks(script: string, changes: Partial<CommandParams> = {}): ApprovalQuestion {
  return commandQuestion({
    ...REQUESTS["item/commandExecution/requestApproval"],
    command: `/bin/bash -lc ${quote(script)}`,
    commandActions: [{ type: "read", command: script, name: "a", path: "/repo/a" }],
    ...changes,
  });
}

/** What a policy says to a question that nobody takes back. */
export async function judge(policy: ApprovalPolicy, question: ApprovalQuestion): Promise<Verdict | undefined> {
  return await policy(question, { signal: new AbortController().signal });
}

/** The bare decision. */
export async function decision(policy: ApprovalPolicy, question: ApprovalQuestion): Promise<string | undefined> {
  return (await judge(policy, question))?.decision;
}

/** As the server quotes a script that it shows. */
function quote(script: string): string {
  if (!script.includes("'")) return `'${script}'`;
  return `"${script.replace(/[\\"$`]/g, "\\$&")}"`;
}
