/**
 * Scripts for models that have agents of their own.
 *
 * @module
 */
import {
  functionCall,
  message,
  type ModelScript,
  type ReplyStep,
  type ScriptedModel,
} from "@codex-app-server/sdk/testing";

const TOOLS = { namespace: "multi_agent_v1" };

/** Lets agents have agents. */
export const DEEP = { toml: "agents.max_depth = 3\n" };

/** The second way in which the server has agents: they work on by themselves, and are offered the thread's tools. */
export const SECOND = { features: { multi_agent_v2: true, multi_agent_v2_dynamic_tools: true } };

/** Spawns an agent in that way. */
export function begin(task: string, name: string): ReplyStep {
  return functionCall("spawn_agent", { message: task, task_name: name }, { namespace: "collaboration" });
}

/** The replies to the agent that was spawned to do `task`. Its last user text may be what its own agents have said. */
export function agentOf(model: ScriptedModel, task: string): ModelScript {
  return model.when(({ userTexts, body }) =>
    userTexts.includes(task) ||
    body.input.some((item) => item.type === "agent_message" && JSON.stringify(item).includes(JSON.stringify(task)))
  );
}

/**
 * Spawns an agent and waits for it; what it says is the output of the second call. The server also tells by itself that
 * the agent is done, and asks the model once more if that comes when the model has said its last: it says it again.
 */
export function spawns(script: Pick<ModelScript, "reply" | "always">, task: string, waitMs = 20_000): void {
  script.reply(spawn(task));
  script.reply((request) => [waitFor(JSON.parse(request.toolOutput()!).agent_id, waitMs)]);
  script.always(({ body }) => [message(lastWords(body.input))]);
}

/** What the model has said last. */
function lastWords(input: readonly unknown[]): string {
  type Said = { readonly role?: string; readonly content?: readonly { readonly text?: string }[] };
  const said = (input as readonly Said[]).findLast(({ role }) => role === "assistant");
  return said?.content?.map(({ text = "" }) => text).join("") ?? "";
}

export function spawn(task: string, options: { readonly callId?: string } = {}): ReplyStep {
  return functionCall("spawn_agent", { message: task }, { ...TOOLS, ...options });
}

export function waitFor(agentId: string, timeoutMs = 20_000, options: { readonly callId?: string } = {}): ReplyStep {
  return functionCall("wait_agent", { targets: [agentId], timeout_ms: timeoutMs }, { ...TOOLS, ...options });
}

/** Gives work to a thread that is there already, whosever it is. */
export function sendInput(threadId: string, message: string): ReplyStep {
  return functionCall("send_input", { target: threadId, message }, TOOLS);
}
