import { assertEquals } from "@std/assert";
import { describe, test } from "node:test";
import { plainCommand, shellWords } from "../../src/policies/shell_words.ts";

describe("shell words", () => {
  test("[A9] plain words, quoted in any way", () => {
    for (
      const [text, words] of [
        ["cat a.txt", ["cat", "a.txt"]],
        ["  cat\t a.txt  ", ["cat", "a.txt"]],
        ["cat 'a b' \"c d\" e'f'\"g\"", ["cat", "a b", "c d", "efg"]],
        ["cat ''", ["cat", ""]],
        ["rg 'a|b; $(c) `d` > e'", ["rg", "a|b; $(c) `d` > e"]],
        ['echo "a\\"b\\\\c\\$d\\`e"', ["echo", 'a"b\\c$d`e']],
        ["printf 'a\nb'", ["printf", "a\nb"]],
        ["git log --since=2.days", ["git", "log", "--since=2.days"]],
        ["", []],
      ] as const
    ) assertEquals(shellWords(text), [...words], text);
  });

  test("[A9] anything that a shell could read otherwise is not read at all", () => {
    for (
      const text of [
        "a;b",
        "a & b",
        "a&&b",
        "a || b",
        "a | b",
        "a > b",
        "a < b",
        "a 2>&1",
        "a $(b)",
        "a `b`",
        "a $b",
        "a ${b}",
        'a "$(b)"',
        'a "`b`"',
        'a "$b"',
        "a $'b'",
        "a {b,c}",
        "a *",
        "a ?",
        "a [b]",
        "a ~",
        "a !b",
        'a "!b"',
        "a # b",
        "(a)",
        "a\nb",
        "a\r\nb",
        "a\\\nb",
        "a\\ b",
        "a\u000bb",
        "a\u000cb",
        "a\u00a0b",
        "a\u2028b",
        "a\u3000b",
        "a\u0000b",
        "а", // Cyrillic
        "a =b",
        "a ^b",
        "a 'b",
        'a "b',
        'a "b\\',
        'a "b\\n"',
        "a @(b)",
      ]
    ) assertEquals(shellWords(text), null, JSON.stringify(text));
  });

  test("[A9] the shell that the server wraps around a command is taken off", () => {
    for (
      const [command, argv] of [
        ["/bin/bash -lc 'cat a.txt'", ["cat", "a.txt"]],
        ["/bin/zsh -lc ls", ["ls"]],
        ["sh -c \"cat 'a b'\"", ["cat", "a b"]],
        ["cat a.txt", ["cat", "a.txt"]],
        [["bash", "-lc", "git status"], ["git", "status"]],
        [["cat", "a;b $c"], ["cat", "a;b $c"]],
      ] as const
    ) assertEquals(plainCommand(command), [...argv], String(command));
  });

  test("[A9] not plain: shells within, other flags, assignments, words of the shell's own", () => {
    for (
      const command of [
        "/bin/bash -lc 'cat a; rm b'",
        "/bin/bash -lc 'ls\nrm x'",
        "/bin/bash -lc 'cat $(rm x)'",
        "/bin/bash -lc \"bash -c 'rm a'\"",
        "/bin/bash -lc 'FOO=1 cat a'",
        "/bin/bash -lc 'PATH=. ls'",
        "/bin/bash -lc 'eval ls'",
        "/bin/bash -lc 'time ls'",
        "/bin/bash -lc '. ./env'",
        "/bin/bash -lc ls extra",
        "/bin/bash -ic ls",
        "/bin/bash script.sh",
        "/bin/bash",
        "/bin/bash -lc ''",
        "powershell.exe -Command 'Get-Item x'; rm y",
        "'' x",
        "",
        ["bash", "-lc"],
        ["/opt/zsh", "-c", "ls | rm"],
        [],
      ]
    ) assertEquals(plainCommand(command), null, String(command));
  });
});
