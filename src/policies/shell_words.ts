import { SHELL_OWN } from "./shell_own.ts";

/** Characters that mean nothing to any of sh, bash, dash and zsh, wherever they stand outside quotes. */
const PLAIN = /^[A-Za-z0-9_./:,@%+=-]$/;

/** At a NUL one program stops to read, and another goes on; half of a character becomes another one on the way. */
const UNCERTAIN = /\0|\p{Cs}/u;

/** What a backslash may escape inside double quotes; before anything else it stands for itself, or is undefined. */
const ESCAPABLE = new Set(["\\", '"', "$", "`"]);

/**
 * The words of a command line that is one plain command in every POSIX shell, or `null` if that cannot be proven.
 *
 * Not a shell parser: it knows blanks, quotes and harmless characters, and gives up at everything else (operators,
 * expansions, globs, comments, line breaks, escapes, characters beyond ASCII outside quotes).
 */
export function shellWords(text: string): string[] | null {
  if (UNCERTAIN.test(text)) return null;
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
      // zsh replaces a word such as `=ls` by the program's path, also after quotes with nothing in them.
      if (char === "=" && !word) return null;
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

/** Shells by name, as `PATH` finds them, or in a folder of the system's own: a `bash` elsewhere may be anything. */
const SHELLS =
  /^(?:\/(?:usr\/(?:local\/|pkg\/)?|opt\/(?:homebrew|local)\/|run\/current-system\/sw\/)?bin\/)?(?:sh|bash|dash|zsh)$/;

/** A shell of any kind, anywhere: as a program it takes a program. */
const ANY_SHELL =
  /(?:^|[/\\])(?:r?bash|d?ash|sh|zsh|[mp]?ksh\w*|t?csh|fish|yash|nu|pwsh|powershell|cmd|busybox|toybox)(?:\.exe)?$/i;

/**
 * The program and arguments that a command comes to, if it is provably one plain command, else `null`.
 *
 * The server wraps commands as `/bin/bash -lc '<script>'`, and reports that quoted: it is unwrapped first.
 *
 * @param command As reported: one line of text, or (legacy requests) the list of arguments itself.
 */
export function plainCommand(command: string | readonly string[]): readonly string[] | null {
  const outer = wordsOf(command);
  const argv = outer !== null && isShell(outer) ? unwrap(outer) : outer;
  const program = argv?.[0] ?? "";
  if (argv === null || ANY_SHELL.test(program) || SHELL_OWN.has(program)) return null;
  // `NAME=value program` sets a variable for the program, `%1` is a job, `-l` an option of the shell.
  return /^[^-%=][^=]*$/.test(program) ? argv : null;
}

/** The shell that a command is wrapped in, as the command names it; `null` if there is none. */
export function wrappingShell(command: string | readonly string[]): string | null {
  const outer = wordsOf(command);
  return outer !== null && isShell(outer) ? outer[0]! : null;
}

function wordsOf(command: string | readonly string[]): readonly string[] | null {
  if (typeof command === "string") return shellWords(command);
  return command.some((word) => UNCERTAIN.test(word)) ? null : command;
}

function isShell(argv: readonly string[]): boolean {
  return argv[0] !== undefined && SHELLS.test(argv[0]);
}

function unwrap([_shell, flag, script, ...rest]: readonly string[]): readonly string[] | null {
  if ((flag !== "-lc" && flag !== "-c") || script === undefined || rest.length > 0) return null;
  return shellWords(script);
}
