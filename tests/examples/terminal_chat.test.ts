import { assertEquals, assertStringIncludes } from "@std/assert";
import { describe, test } from "node:test";
import { RunningExample } from "./run_example.ts";

const CHAT = "11_terminal_chat";

describe("terminal chat", () => {
  test("(real) streams, asks for approval, interrupts the turn alone, and ends by /exit", async () => {
    const chat = new RunningExample(CHAT);
    await chat.printed("> ");
    chat.type("hello");
    await chat.printed("You said: hello\n> ");

    chat.type("!echo approved");
    await chat.printed("reason given: You said so.");
    await chat.printed("[y]es, [N]o, [c]ancel the turn: ");
    chat.type("y");
    await chat.printed("approved\n(completed)\nThat was it.\n> ");

    chat.type("!echo refused");
    await chat.printed("[c]ancel the turn: ");
    chat.type("n");
    await chat.printed("(declined)\nThat was it.\n> ");

    chat.type("count");
    await chat.printed("1 2 ");
    chat.kill("SIGINT");
    await chat.printed("(interrupted)\n> ");

    chat.kill("SIGINT");
    await chat.printed("(/exit ends the program)\n> ");
    chat.type("still there?");
    await chat.printed("You said: still there?\n> ");
    chat.type("/exit");
    const { code, stderr, left } = await chat.ended;
    assertEquals([code, stderr, left], [0, "", []]);
  });

  test("(real) the end of the input ends it", async () => {
    const chat = new RunningExample(CHAT);
    await chat.printed("> ");
    chat.type("good night");
    chat.end();
    const { code, stdout, left } = await chat.ended;
    assertEquals([code, left], [0, []]);
    assertStringIncludes(stdout, "You said: good night\n");
  });

  test("(real) an approval that nobody waits for any more asks no further", async () => {
    const chat = new RunningExample(CHAT);
    await chat.printed("> ");
    chat.type("!echo never");
    await chat.printed("[c]ancel the turn: ");
    chat.kill("SIGINT");
    await chat.printed("(interrupted)\n> ");
    chat.type("and now?");
    await chat.printed("You said: and now?\n> ");
    chat.type("/exit");
    const { code, left } = await chat.ended;
    assertEquals([code, left], [0, []]);
  });
});
