import { finalResponse, type Thread, type TurnOptions } from "@codex-app-server/sdk";
import { functionCall, message, rawEvents, withAppServer } from "@codex-app-server/sdk/testing";
import { assertEquals } from "@std/assert";
import { describe, test } from "node:test";
import { collect } from "../client/scripted.ts";

/** A message that comes whole, as some gateways send it. */
const whole = (text: string, id?: string) => {
  const content = [{ type: "output_text", text }];
  return rawEvents({ type: "response.output_item.done", item: { type: "message", role: "assistant", id, content } });
};

const PLAN: TurnOptions = {
  collaborationMode: {
    mode: "plan",
    settings: { model: "mock-model", reasoning_effort: null, developer_instructions: null },
  },
};

async function read(thread: Thread, options?: TurnOptions) {
  const handle = await thread.turn("Go.", options);
  const [text, messages, turn] = await Promise.all([collect(handle.text()), collect(handle.messages()), handle.run()]);
  return { text: text.join(""), messages, turn };
}

describe("messages (real)", () => {
  test("[W3] text() has a message that came without deltas, and one with deltas once", async () => {
    await withAppServer(async ({ codex, model }) => {
      const thread = await codex.threadStart();
      model.reply(whole("Hello there.", "m"));
      const first = await read(thread);
      assertEquals([first.text, finalResponse(first.turn)], ["Hello there.", "Hello there."]);
      model.reply(message(["Hel", "lo."]));
      assertEquals((await read(thread)).text, "Hello.");
      model.reply(whole("One.", "m"), functionCall("nothing", {})).reply(whole("Two.", "m"));
      const { text, turn } = await read(thread);
      assertEquals(text, "One.\n\nTwo.");
      const texts = turn.items.flatMap((item) => item.type === "agentMessage" ? [item.text] : []);
      assertEquals(texts, ["One.", "Two."]);
    });
  });

  test("[W4] commentary and answer are told apart", async () => {
    await withAppServer(async ({ codex, model }) => {
      const thread = await codex.threadStart();
      model.reply(message(["I will ", "look."], { phase: "commentary" }), functionCall("nothing", {}));
      model.reply(message(["It is ", "fine."], { phase: "final_answer" }));
      const { text, messages, turn } = await read(thread);
      assertEquals([text, finalResponse(turn)], ["I will look.\n\nIt is fine.", "It is fine."]);
      assertEquals(messages.map(({ phase, text }) => [phase, text]), [
        ["commentary", "I will "],
        ["commentary", "I will look."],
        ["final_answer", "It is "],
        ["final_answer", "It is fine."],
      ]);
    });
  });

  test("[W4] a plan is the final response of a turn that has nothing else, and among its messages", async () => {
    await withAppServer(async ({ codex, model }) => {
      const thread = await codex.threadStart();
      model.reply(message(["<proposed_plan>\n- first\n", "- second\n</proposed_plan>"]));
      const alone = await read(thread, PLAN);
      assertEquals([alone.text, finalResponse(alone.turn)], ["", "- first\n- second\n"]);
      assertEquals(alone.messages.map(({ phase, text }) => [phase, text]).at(-1), ["plan", "- first\n- second\n"]);
      model.reply(message(["Here ", "it is:\n<proposed_plan>\n- first\n</proposed_plan>\nShall I?"]));
      const { text, messages, turn } = await read(thread);
      assertEquals([text, finalResponse(turn)], ["Here it is:\nShall I?", "Here it is:\nShall I?"]);
      const last = new Map(messages.map(({ phase, text }) => [phase, text]));
      assertEquals([...last], [[null, "Here it is:\nShall I?"], ["plan", "- first\n"]]);
    });
  });
});
