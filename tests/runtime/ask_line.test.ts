import { assertEquals, assertRejects } from "@std/assert";
import { spawn, spawnSync } from "node:child_process";
import { describe, test } from "node:test";
import { askLine } from "../../src/runtime/ask_line.ts";
import { selfCommand } from "./self.ts";

/** `script` of util-linux gives a program a terminal; that of BSD and macOS is called otherwise. */
const hasScript = spawnSync("script", ["--version"], { encoding: "utf8" }).stdout?.includes("util-linux") ?? false;

describe("asking at the terminal", () => {
  test("[A9] without a terminal there is no answer, at once", () => {
    const [program, ...args] = selfCommand("runtime/ask_child");
    const { stdout, stderr } = spawnSync(program, args, { input: "y\ny\n", encoding: "utf8", timeout: 60_000 });
    assertEquals(stdout, "<null><answered><null>", stderr);
  });

  test("[A9] a line, a question taken back, and end of file", async (t) => {
    if (!hasScript) return t.skip("no `script` of util-linux to make a terminal with");
    const command = selfCommand("runtime/ask_child").map((word) => `'${word}'`).join(" ");
    const child = spawn("script", ["--quiet", "--return", "--flush", "--command", command, "/dev/null"]);
    let seen = "";
    const answers: [string, string][] = [["first? ", "yes it is\r"], ["third? ", "\u0004"]];
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      seen += text;
      if (answers[0] !== undefined && seen.includes(answers[0][0])) child.stdin.write(answers.shift()![1]);
    });
    const code = await new Promise((resolve) => child.on("close", resolve));
    assertEquals(
      [...seen.matchAll(/<([^<>]*)>/g)].map(([, text]) => text),
      ['"yes it is"', "taken back", "null"],
      seen,
    );
    assertEquals(code, 0);
  });

  test("[A3] a question that is taken back already is not asked", async () => {
    await assertRejects(() => askLine("never shown? ", AbortSignal.abort(new Error("gone"))), Error, "gone");
  });
});
