// Compiled, never run: every mistake below is one with both packages.
import {
  Codex,
  type Input,
  type ThreadEvent,
  type ThreadItem,
  type ThreadOptions,
  type Usage,
} from "@openai/codex-sdk";

const codex = new Codex();
const thread = codex.startThread();
// @ts-expect-error an option that there is not
new Codex({ codexPath: "codex" });
// @ts-expect-error null is no value of a configuration
new Codex({ config: { model: null } });
// @ts-expect-error neither is undefined
new Codex({ env: { PATH: undefined } });
// @ts-expect-error a mode that there is not
codex.startThread({ sandboxMode: "none" });
// @ts-expect-error an effort that there is not
codex.startThread({ modelReasoningEffort: "huge" });
// @ts-expect-error an option of the wrong type
codex.startThread({ additionalDirectories: "/srv" });
// @ts-expect-error the id is missing
codex.resumeThread();
// @ts-expect-error the id may be null
codex.resumeThread(thread.id);
// @ts-expect-error it is read alone
thread.id = "other";
// @ts-expect-error an input that there is not
thread.run([{ type: "image", url: "x" }]);
// @ts-expect-error an option of the wrong type
thread.run("go", { signal: "now" });
// @ts-expect-error no undefined where there is an option
export const options: ThreadOptions = { model: undefined };
// @ts-expect-error not a list of anything
export const input: Input = ["text"];
// @ts-expect-error a number is missing
export const usage: Usage = { input_tokens: 1, cached_input_tokens: 0, output_tokens: 1, reasoning_output_tokens: 0 };

export async function results(): Promise<void> {
  const { items, usage, finalResponse } = await thread.run("go");
  // @ts-expect-error it may be null
  usage.input_tokens.toFixed();
  // @ts-expect-error it is a text
  finalResponse.answer;
  // @ts-expect-error not all items have one
  items[0].text;
  // @ts-expect-error the events are within
  for await (const event of await thread.runStreamed("go")) void event;
}

export function read(event: ThreadEvent, item: ThreadItem): void {
  // @ts-expect-error not all events have one
  event.item;
  // @ts-expect-error a kind that there is not
  if (event.type === "item.deleted") return;
  if (item.type === "command_execution") {
    // @ts-expect-error it may be missing
    item.exit_code.toFixed();
    // @ts-expect-error a status that there is not
    if (item.status === "declined") return;
  }
  // @ts-expect-error of other items
  if (item.type === "web_search") item.action;
}
