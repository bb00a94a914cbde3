/** Characters that mean nothing to any of sh, bash, dash and zsh, wherever they stand outside quotes. */
const PLAIN = /^[A-Za-z0-9_./:,@%+=-]$/;

/** What a backslash may escape inside double quotes; before anything else it stands for itself, or is undefined. */
const ESCAPABLE = new Set(["\\", '"', "$", "`"]);

/**
 * The words of a command line that is one plain command in every POSIX shell, or `null` if that cannot be proven.
 *
 * Not a shell parser: it knows blanks, quotes and harmless characters, and gives up at everything else (operators,
 * expansions, globs, comments, line breaks, escapes, characters beyond ASCII outside quotes).
 */
export function shellWords(text: string): string[] | null {
  const words: string[] = [];
  let word: string | null = null;
  for (let i = 0; i < text.length; i++) {
    const char = text[i]!;
    if (char === " " || char === "\t") {
      if (word !== null) words.push(word);
      word = null;
    } else if (char === "'") {
      const end = text.indexOf("'", i + 1);
      if (end === -1) return null;
      word = (word ?? "") + text.slice(i + 1, end);
      i = end;
    } else if (char === '"') {
      const quoted = doubleQuoted(text, i + 1);
      if (quoted === null) return null;
      word = (word ?? "") + quoted.content;
      i = quoted.end;
    } else if (PLAIN.test(char)) {
      // zsh replaces a word such as `=ls` by the program's path.
      if (char === "=" && word === null) return null;
      word = (word ?? "") + char;
    } else {
      return null;
    }
  }
  if (word !== null) words.push(word);
  return words;
}

function doubleQuoted(text: string, start: number): { content: string; end: number } | null {
  let content = "";
  for (let i = start; i < text.length; i++) {
    const char = text[i]!;
    if (char === '"') return { content, end: i };
    if (char === "$" || char === "`" || char === "!") return null;
    if (char === "\\") {
      const next = text[++i];
      if (next === undefined || !ESCAPABLE.has(next)) return null;
      content += next;
    } else {
      content += char;
    }
  }
  return null;
}

const SHELLS = /^(?:.*\/)?(?:sh|bash|dash|zsh)$/;

/** Words that make the shell do something else than to run a program of that name. */
const NOT_PROGRAMS: ReadonlySet<string> = new Set(
  ("if then else elif fi for while until do done case esac select function in time coproc repeat foreach end nocorrect " +
    "noglob . source eval exec command builtin alias trap").split(" "),
);

/**
 * The program and arguments that a command comes to, if it is provably one plain command, else `null`.
 *
 * The server wraps commands as `/bin/bash -lc '<script>'`, and reports that quoted: it is unwrapped first.
 *
 * @param command As reported: one line of text, or (legacy requests) the list of arguments itself.
 */
export function plainCommand(command: string | readonly string[]): readonly string[] | null {
  const outer = typeof command === "string" ? shellWords(command) : command;
  if (outer === null) return null;
  const argv = isShell(outer) ? unwrap(outer) : outer;
  const program = argv?.[0];
  if (argv === null || program === undefined || program === "" || isShell(argv)) return null;
  // `NAME=value program` sets a variable for the program.
  return NOT_PROGRAMS.has(program) || program.includes("=") ? null : argv;
}

function isShell(argv: readonly string[]): boolean {
  return argv[0] !== undefined && SHELLS.test(argv[0]);
}

function unwrap([_shell, flag, script, ...rest]: readonly string[]): readonly string[] | null {
  if ((flag !== "-lc" && flag !== "-c") || script === undefined || rest.length > 0) return null;
  return shellWords(script);
}
