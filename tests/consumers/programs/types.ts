// What an editor sees of the installed package; compiled, never run.
import { Codex, type CodexOptions, finalResponse, InvalidParamsError, type Notification } from "@codex-app-server/sdk";
import type { Thread, ThreadStartParams, Turn } from "@codex-app-server/sdk/protocol";
import { CLIENT_REQUESTS } from "@codex-app-server/sdk/protocol";
import { ScriptedModel } from "@codex-app-server/sdk/testing";
import * as tools from "@codex-app-server/sdk/tools";
import * as policies from "@codex-app-server/sdk/policies";

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const yes = <T extends true>(): T | undefined => undefined;

const options: CodexOptions = { env: { RUST_LOG: undefined }, onDiagnostic: (diagnostic) => void diagnostic.type };
export async function program(): Promise<string | null> {
  await using codex = new Codex(options);
  const params: ThreadStartParams = { cwd: "." };
  const thread = await codex.threadStart(params);
  const turn = await thread.run("hi");
  yes<Equal<typeof turn, Turn>>();
  for await (const event of thread.events()) {
    yes<Equal<typeof event, Notification>>();
    if (event.method === "turn/completed") yes<Equal<typeof event.params.turn, Turn>>();
  }
  const read = await codex.request("thread/read", { threadId: thread.id });
  yes<Equal<typeof read.thread, Thread>>();
  // @ts-expect-error a parameter of the wrong type
  await codex.request("thread/read", { threadId: 1 });
  // @ts-expect-error a method that does not exist
  await codex.request("thread/nonsense", {});
  try {
    await codex.threadResume(thread.id);
  } catch (error) {
    if (error instanceof InvalidParamsError) error.rpcCode.toFixed();
  }
  return finalResponse(turn);
}
/** An object with all that can be seen of a client. */
declare const lookalike: { readonly [K in keyof Codex]: Codex[K] };
// @ts-expect-error it is none, and would fail when it is used: JSR's types say so too
export const handMade: Codex = lookalike;
export const used: unknown[] = [CLIENT_REQUESTS, ScriptedModel, tools, policies];
