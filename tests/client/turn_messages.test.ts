import { finalResponse } from "@codex-app-server/sdk";
import { item, type ScriptedTurn, scriptTurns, turn } from "@codex-app-server/sdk/testing";
import { assertEquals, assertThrows } from "@std/assert";
import { describe, test } from "node:test";
import { collect, scripted } from "./scripted.ts";

type Phase = "commentary" | "final_answer";

/** One message, in the pieces that the test wants. */
interface Said {
  readonly id: string;
  readonly deltas?: readonly string[];
  readonly text?: string;
  readonly phase?: Phase;
  /** Notifications that do not come. */
  readonly without?: "started" | "completed";
  readonly twice?: boolean;
}

function say(playing: ScriptedTurn, { id, deltas = [], text = deltas.join(""), phase, without, twice }: Said): void {
  const said = item("agentMessage", { id, text, ...(phase !== undefined && { phase }) });
  if (without !== "started") playing.notify("item/started", { item: { ...said, text: "" } });
  for (const delta of deltas) playing.notify("item/agentMessage/delta", { itemId: id, delta });
  for (let i = twice ? 2 : 1; i > 0 && without !== "completed"; i--) playing.notify("item/completed", { item: said });
}

async function read(play: (playing: ScriptedTurn) => void) {
  await using peer = scripted();
  scriptTurns(peer.server, play);
  const handle = await (await peer.codex.threadStart()).turn("hi");
  const [text, messages, done] = await Promise.all([collect(handle.text()), collect(handle.messages()), handle.run()]);
  return { text, messages, done };
}

describe("the text of a turn", () => {
  test("[W3] a message that comes whole is told, one that comes in pieces as well is not told twice", async () => {
    const cases: [Said, string[]][] = [
      [{ id: "m", text: "Hello." }, ["Hello."]],
      [{ id: "m", text: "Hello.", without: "started" }, ["Hello."]],
      [{ id: "m", deltas: ["Hel", "lo."] }, ["Hel", "lo."]],
      [{ id: "m", deltas: ["Hel", "lo."], without: "started" }, ["Hel", "lo."]],
      [{ id: "m", deltas: ["Hel", "lo."], without: "completed" }, ["Hel", "lo."]],
      [{ id: "m", deltas: ["Hel"], text: "Hello." }, ["Hel", "lo."]],
      [{ id: "m", deltas: ["Hel", "lo."], twice: true }, ["Hel", "lo."]],
      [{ id: "m", text: "Hello.", twice: true }, ["Hello."]],
      [{ id: "m", deltas: ["Hello <tag>"], text: "Hello." }, ["Hello <tag>"]],
      [{ id: "m", text: "" }, []],
      [{ id: "m", deltas: ["", "a", ""] }, ["a"]],
    ];
    for (const [said, expected] of cases) {
      assertEquals((await read((playing) => say(playing, said))).text, expected, JSON.stringify(said));
    }
  });

  test("[W4] an empty line stands between two messages, and never two", async () => {
    const texts = async (...all: readonly Said[]) =>
      (await read((playing) => all.forEach((said) => say(playing, said)))).text.join("");
    assertEquals(
      await texts({ id: "a", deltas: ["I will ", "look."] }, { id: "b", text: "Fine." }),
      "I will look.\n\nFine.",
    );
    assertEquals(
      await texts({ id: "a", text: "One.\n" }, { id: "b", deltas: ["Two.", "\n\n"] }, { id: "c", text: "3" }),
      "One.\n\nTwo.\n\n3",
    );
    assertEquals(await texts({ id: "a", text: "\n" }, { id: "b", text: "x" }), "\n\nx");
    assertEquals(await texts({ id: "a", text: "" }, { id: "b", text: "x" }, { id: "c", text: "" }), "x");
  });

  test("[W3] [W4] messages that share an id are as many messages, in the text and in the turn", async () => {
    const { text, messages, done } = await read((playing) => {
      say(playing, { id: "m", text: "one" });
      say(playing, { id: "m", text: "two" });
      say(playing, { id: "m", deltas: ["th", "ree"] });
    });
    assertEquals(text.join(""), "one\n\ntwo\n\nthree");
    assertEquals(messages.map((message) => message.text), ["one", "two", "th", "three"]);
    assertEquals(done.items.map((each) => each.type === "agentMessage" && each.text), ["one", "two", "three"]);
  });

  test("[W4] words of two messages that come by turns stay whole in messages()", async () => {
    const { text, messages } = await read((playing) => {
      for (const delta of ["1", "2"]) {
        for (const itemId of ["a", "b"]) playing.notify("item/agentMessage/delta", { itemId, delta: itemId + delta });
      }
    });
    assertEquals(text.join(""), "a1\n\nb1\n\na2\n\nb2");
    assertEquals(Object.fromEntries(messages.map(({ id, text }) => [id, text])), { a: "a1a2", b: "b1b2" });
  });

  test("[W3] words that come before their message is announced are not told again when it is whole", async () => {
    const { text, messages } = await read((playing) => {
      playing.notify("item/agentMessage/delta", { itemId: "m", delta: "Hel" });
      say(playing, { id: "m", deltas: ["lo"], text: "Hello", phase: "final_answer" });
    });
    assertEquals(text, ["Hel", "lo"]);
    assertEquals(messages.at(-1), { id: "m", phase: "final_answer", text: "Hello" });
  });

  test("[W4] messages() grow, with their phase; plans are among them, and not in text()", async () => {
    const { text, messages } = await read((playing) => {
      say(playing, { id: "c", deltas: ["I will ", "look."], phase: "commentary" });
      playing.notify("item/plan/delta", { itemId: "p", delta: "- first\n" });
      playing.item("plan", { id: "p", text: "- first\n- second\n" });
      say(playing, { id: "f", text: "Fine.", phase: "final_answer" });
    });
    assertEquals(text.join(""), "I will look.\n\nFine.");
    assertEquals(messages, [
      { id: "c", phase: "commentary", text: "I will " },
      { id: "c", phase: "commentary", text: "I will look." },
      { id: "p", phase: "plan", text: "- first\n" },
      { id: "p", phase: "plan", text: "- first\n- second\n" },
      { id: "f", phase: "final_answer", text: "Fine." },
    ]);
  });

  test("[W4] events that lack what they promise are passed over", async () => {
    await using peer = scripted({}, { validate: false });
    scriptTurns(peer.server, ({ connection, threadId, id: turnId }) => {
      const send = (method: string, params: unknown) => connection.notify(method as never, params as never);
      for (const method of ["item/started", "item/completed"]) {
        for (const each of [undefined, null, {}, { type: "agentMessage" }, { type: "agentMessage", id: "x" }]) {
          send(method, { threadId, turnId, item: each });
        }
      }
      for (const delta of [undefined, null, 1]) {
        send("item/agentMessage/delta", { threadId, turnId, itemId: "m", delta });
      }
    });
    const handle = await (await peer.codex.threadStart()).turn("hi");
    assertEquals([await collect(handle.text()), await collect(handle.messages())], [[], []]);
  });
});

describe("the final response", () => {
  const said = (text: string, phase?: Phase) => item("agentMessage", { text, ...(phase !== undefined && { phase }) });

  test("[W4] of a turn whose whole result is a plan is the plan", () => {
    const plan = (text: string) => item("plan", { text });
    assertEquals(finalResponse(turn({ items: [plan("old"), plan("- first\n")] })), "- first\n");
    assertEquals(finalResponse(turn({ items: [said("Looking", "commentary"), plan("- first\n")] })), "- first\n");
    assertEquals(finalResponse(turn({ items: [plan("- first\n"), said("Shall I?", "final_answer")] })), "Shall I?");
    assertEquals(finalResponse(turn({ items: [said("Here:"), plan("- first\n")] })), "Here:");
  });

  test("says what is missing for whoever passes something else", async () => {
    await using peer = scripted();
    scriptTurns(peer.server, (playing) => playing.message("x"));
    const thread = await peer.codex.threadStart();
    const of = (value: unknown, text: string) => assertThrows(() => finalResponse(value as never), TypeError, text);
    const promise = thread.run("hi");
    of(promise, "an await is missing");
    await promise;
    of(await thread.turn("hi"), ".run()");
    of(thread, "await thread.run(input)");
    of(undefined, "undefined");
    of(null, "null");
    of("text", "string");
    of({}, "without items");
  });
});
