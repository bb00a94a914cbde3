import { assert, assertEquals } from "@std/assert";
import { spawnSync } from "node:child_process";
import { describe, test } from "node:test";
import { shellWords } from "../../src/policies/shell_words.ts";
import { makeRandom } from "../../src/testing/random.ts";

/** What lines of text are made of: the harmless, the quoted, and everything that a shell may read as more. */
const PARTS = [
  ..."a b0 file.txt -n --x=y /usr/lib a,b @h:% + 'c d' \"e f\" '' \"\" ' \" \\ $ ` ; | & > < ( ) { } * ? [ ] ~ ! # = ^"
    .split(" "),
  ...'\'a;b|c\' \'$(d)\' \'`e`\' "f\\"g" "h\\\\i" "j\\$k" "$l" "m`n`" $\'o\' {p,q} && || 2>&1 =r ~s *t'.split(" "),
  ...[
    "\n",
    "\r",
    "\t",
    "\u00a0",
    "\u2028",
    "'line\nbreak'",
    '"tab\t"',
    "\\\n",
    "'\u00e9 \u{1f600}'",
    "=ls",
    "''=cat",
    '""=sh',
    " ",
    " ",
    " ",
    " ",
  ],
];

/** Lines, the same in every run. */
function* lines(count: number): Iterable<string> {
  const { below } = makeRandom(1);
  for (let i = 0; i < count; i++) {
    yield Array.from({ length: 1 + below(7) }, () => PARTS[below(PARTS.length)]).join(below(2) === 0 ? " " : "");
  }
}

describe("shell words and real shells", () => {
  for (const shell of ["sh", "bash", "dash", "zsh"]) {
    test(`[A9] [P17] ${shell} reads what is called plain as exactly these words`, (t) => {
      if (spawnSync(shell, ["-c", "exit 0"]).status !== 0) return t.skip(`there is no ${shell} here`);
      const plain = [...lines(20_000)].map((text) => ({ text, words: shellWords(text) }))
        .filter((line): line is { text: string; words: string[] } => line.words !== null);
      assert(plain.length >= 1_000, `only ${plain.length} lines are plain`);
      // Each line becomes the arguments of a function that prints them; whatever else it did would show.
      const script = `show() { printf '<%s>' "$@"; printf '\\0'; }\n${
        plain.map(({ text }) => `show _ ${text}\n`).join("")
      }`;
      const { stdout, stderr, status } = spawnSync(shell, ["-s"], { input: script, encoding: "utf8", timeout: 60_000 });
      assertEquals([status, stderr], [0, ""]);
      const seen = stdout.split("\0");
      assertEquals(seen.pop(), "");
      assertEquals(seen.length, plain.length);
      plain.forEach(({ text, words }, i) => {
        assertEquals(seen[i], ["_", ...words].map((word) => `<${word}>`).join(""), JSON.stringify(text));
      });
    });
  }
});
