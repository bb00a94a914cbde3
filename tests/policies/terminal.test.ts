import { assertEquals } from "@std/assert";
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { selfCommand } from "../runtime/self.ts";

/** `script` of util-linux gives a program a terminal; that of BSD and macOS is called otherwise. */
const hasScript = spawnSync("script", ["--version"], { encoding: "utf8" }).stdout?.includes("util-linux") ?? false;
const skip = hasScript ? false : "no `script` of util-linux to make a terminal with";

/** What is typed as soon as a text is seen. `null`: the program may begin to ask. */
type Step = readonly [seen: string, type: string | null];

/** Runs a program that asks about commands at a terminal, and returns its decisions. */
async function decisions(commands: string, steps: readonly Step[]): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), "codex-sdk-terminal-"));
  const go = join(folder, "go");
  try {
    const words = selfCommand("policies/terminal_child", commands, go).map((word) => `'${word}'`);
    const flags = ["--quiet", "--return", "--flush", "--command", words.join(" "), "/dev/null"];
    const child = spawn("script", flags, { timeout: 60_000 });
    const left = [...steps];
    let seen = "";
    const act = () => {
      for (;;) {
        const at = left[0] === undefined ? -1 : seen.indexOf(left[0][0]);
        if (at === -1) return;
        const [text, type] = left.shift()!;
        seen = seen.slice(at + text.length);
        if (type === null) writeFileSync(go, "");
        else child.stdin.write(type);
      }
    };
    let all = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      all += text;
      seen += text;
      act();
    });
    act();
    const code = await new Promise((resolve) => child.on("close", resolve));
    assertEquals([code, left], [0, []], all);
    return [...all.matchAll(/<(\w+)>/g)].map(([, decision]) => decision!);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const PROMPT = "[c]ancel the turn: ";

describe("askInTerminal at a terminal", () => {
  test(
    "[P9] what was typed before the question was shown does not count, whole lines and parts of one",
    { skip },
    async () => {
      // The terminal itself echoes what is typed, so the `go` comes when it has been taken in.
      const early = (text: string): Step[] => [["", text], [text.slice(-1), null]];
      assertEquals(await decisions("ls", [...early("y\ry\rQ"), [PROMPT, "n\r"]]), ["decline"]);
      assertEquals(await decisions("ls", [...early("n\rn\rQ"), [PROMPT, "y\r"]]), ["accept"]);
      assertEquals(await decisions("ls", [...early("\u0015ssssQ"), [PROMPT, "s\r"]]), ["acceptForSession"]);
    },
  );

  test("[P9] one yes answers one question, however many policies ask at a time", { skip }, async () => {
    const steps: Step[] = [["", null], [PROMPT, "y\ry\r"], [PROMPT, "n\r"], [PROMPT, "y\r"]];
    assertEquals(await decisions("ls,rm -rf x,cat a", steps), ["accept", "decline", "accept"]);
  });

  test("[P9] Ctrl-C at a question refuses it and ends the turn, and interrupts nothing else", { skip }, async () => {
    assertEquals(await decisions("ls,id", [["", null], [PROMPT, "\u0003"], [PROMPT, "y\r"]]), ["cancel", "accept"]);
  });
});
