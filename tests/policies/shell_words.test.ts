import { assert, assertEquals } from "@std/assert";
import { spawnSync } from "node:child_process";
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
        "a 'b\u0000'",
        'a "\u0000"',
        "a '\ud83d'",
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

  test("[P17] a word that begins with `=` is a program's path to zsh, also behind quotes with nothing in them", () => {
    for (const text of ["=ls", "a =ls", "''=ls", 'a ""=ls', "a ''\"\"''=ls", "a ''="]) {
      assertEquals(shellWords(text), null, text);
    }
    assertEquals(shellWords("a '='ls \"=\"ls b=c --d==e 'f'=g"), ["a", "=ls", "=ls", "b=c", "--d==e", "f=g"]);
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
        ["/usr/bin/zsh -lc 'cat a'", ["cat", "a"]],
        ["/usr/local/bin/bash -c 'cat a'", ["cat", "a"]],
        ["/opt/homebrew/bin/bash -c 'cat a'", ["cat", "a"]],
        ["/usr/bin/printf x", ["/usr/bin/printf", "x"]],
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
        ["cat", "a\0b"],
        ["/opt/zsh", "-c", "ls | rm"],
        // Shells of which nobody knows whose they are.
        "./bash -lc 'cat a'",
        "/srv/app/node_modules/.bin/sh -lc 'cat a'",
        "/usr/bin/../../srv/app/sh -lc 'cat a'",
        "/tmp/bin/zsh -c 'cat a'",
        "bin/sh -c 'cat a'",
        "/bin/ksh -c 'cat a'",
        "fish -c 'cat a'",
        "busybox sh -c 'cat a'",
        "dash",
        // What is no program to a shell.
        "/bin/zsh -c '- cat a'",
        "/bin/zsh -c '-c cat'",
        "/bin/bash -c '%1'",
        "/bin/bash -c 'printf x'",
        "/bin/bash -c '[ a ]'",
        "/bin/zsh -c 'print x'",
        [],
      ]
    ) assertEquals(plainCommand(command), null, String(command));
  });
});

describe("what shells have built in", () => {
  /** They read their arguments as the program of that name does; all but the first line are programs that ksh has copies of. */
  const harmless = (
    "echo false pwd true " +
    "basename cat chmod chgrp chown cksum cmp comm cp cut date dirname expr fmt fold getconf head id join ln logname md5sum " +
    "mkdir mkfifo mktemp mv od paste rev rm rmdir sum sync tail tee tr tty uname uniq vmstate wc"
  ).split(" ");

  for (
    const [shell, list] of [
      ["bash", "compgen -b; compgen -k"],
      ["zsh", "print -l ${(k)builtins} ${(k)reswords}"],
      ["ksh", "builtin | sed 's,.*/,,'"],
    ] as const
  ) {
    test(`[P7] no builtin of ${shell} is taken for a program, but for those that are like it`, (t) => {
      const { error, stdout } = spawnSync(shell, ["-c", list], { encoding: "utf8" });
      if (error !== undefined) return t.skip(`there is no ${shell} here`);
      const builtins = stdout.split("\n").map((name) => name.trim()).filter((name) => name !== "");
      assert(builtins.length > 30, stdout);
      assertEquals(builtins.filter((name) => plainCommand([name, "a"]) !== null && !harmless.includes(name)), []);
    });
  }
});
