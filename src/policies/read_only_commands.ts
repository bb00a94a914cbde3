import { wayTo } from "../runtime/real_target.ts";
import { named } from "./combine.ts";
import { findProgramOf } from "./program.ts";
import type { ApprovalPolicy, CommandQuestion } from "./question.ts";
import { shellWords } from "./shell_words.ts";
import { shown } from "./visible.ts";

/** Clusters of one-letter options. */
const LETTERS = /^-[A-Za-z0-9]+$/;

/** Which words beginning with `-` a program may be given here. What is not listed could write, run, or never end. */
const PROGRAMS: ReadonlyMap<string, RegExp> = new Map([
  ["cat", LETTERS],
  ["nl", LETTERS],
  ["ls", /^(?:-[A-Za-z0-9]+|--color(?:=\w+)?)$/],
  ["head", /^-[ncqv]?\d*$/],
  ["tail", /^-[ncqv]?\+?\d*$/],
  // Without -R, which also reads what is no file, in every folder below.
  ["grep", /^(?:-[ABCEFGHLPacehilmnoqrsvwx0-9]+|--(?:include|exclude|exclude-dir|color)(?:=.*)?)$/],
  // Without -exec, -ok, -delete, -fprint and their kin.
  [
    "find",
    /^-(?:i?name|i?path|i?regex|type|size|empty|mtime|mmin|newer|(?:max|min)?depth|not|and|or|[aoHLP]|prune|print0?)$/,
  ],
  // Without --pre and --hostname-bin, which run programs, and -z, which runs decompressors; -f, whose file may be joined
  // to it, and -L, which follows the links of every folder below.
  [
    "rg",
    /^(?:-[^-fzL]*|--(?:files|files-with-matches|hidden|no-ignore|ignore-case|smart-case|line-number|count|no-heading)|--(?:word-regexp|fixed-strings|(?:glob|type|context|max-count|max-depth|sort)(?:=.*)?))$/,
  ],
]);

const READING: ReadonlySet<string> = new Set(["read", "listFiles", "search"]);

/**
 * Accepts commands that only read: one plain command that the server itself takes to be reading, listing or searching,
 * and that this policy knows cannot do anything else. Everything else it does not judge.
 *
 * Neither check suffices alone. The server's reading is made for display: it shows `rg x | xargs rm` as a search, and
 * `find . -delete` too. So the command must be a single plain one, the server's reading must cover all of it, and its
 * program and options must be on a short list (`cat`, `nl`, `head`, `tail`, `ls`, `grep`, `find`, `rg`, `sed -n 1,5p`).
 *
 * It judges nothing that is in, or by a link leads to, `/dev`, `/proc` or `/sys`, or to what is neither file nor folder.
 *
 * Reading is not harmless everywhere: an accepted command runs outside the sandbox and may read any file of the user.
 *
 * @example
 * ```ts
 * import { policyHandlers, readOnlyCommands } from "@codex-app-server/sdk/policies";
 *
 * const handlers = policyHandlers(readOnlyCommands());
 * ```
 */
export function readOnlyCommands(): ApprovalPolicy {
  return named("readOnlyCommands", async (question, ctx) => {
    if (question.kind !== "command" || question.asks !== "run") return undefined;
    const { argv, cwd } = question;
    if (argv === null || !onlyReads(argv) || !serverAgrees(question, argv)) return undefined;
    if (reachesDevice(argv, cwd ?? "/")) return undefined;
    if (await findProgramOf(question, ctx) === null) return undefined;
    if (ctx.local !== undefined && !opensFiles(argv, cwd ?? "/")) return undefined;
    return { decision: "accept", reason: shown(`only reads: ${argv.join(" ")}`) };
  });
}

/** The server saw exactly one action, of a reading kind, and its text has exactly the words of the command. */
function serverAgrees({ actions }: CommandQuestion, argv: readonly string[]): boolean {
  const action = actions?.[0];
  if (action === undefined || actions?.length !== 1 || !READING.has(action.type)) return false;
  const words = shellWords(action.command);
  return words !== null && words.length === argv.length && words.every((word, i) => word === argv[i]);
}

function onlyReads([program = "", ...args]: readonly string[]): boolean {
  if (program === "sed") return onlyPrints(args);
  const options = PROGRAMS.get(program);
  // After `--` options end, unless it is the value of one: so a word that looks like an option always counts as one.
  return options !== undefined && args.every((word) => !word.startsWith("-") || word === "--" || options.test(word));
}

/** Where devices are, and what looks like a file and is none. */
const DEVICES: ReadonlySet<string | undefined> = new Set(["dev", "proc", "sys"]);

/** They open all that is below a folder. */
const SEARCHES: ReadonlySet<string | undefined> = new Set(["grep", "rg"]);

/** To open a device may do something, and to read one may take what is meant for others. Goes by the names alone. */
function reachesDevice([program, ...words]: readonly string[], cwd: string): boolean {
  const [base, depth] = topOf(cwd);
  return [".", ...words].some((word) => {
    const [top] = word.startsWith("/") ? topOf(word) : topOf(word, base, depth);
    return DEVICES.has(top) || (top === undefined && SEARCHES.has(program));
  });
}

/** The first name of a path, and how many there are, without `..`. */
function topOf(path: string, base?: string, above = 0): [top: string | undefined, depth: number] {
  let [top, depth] = [base, above];
  for (const name of path.split("/")) {
    if (name === "..") depth = Math.max(0, depth - 1);
    else if (name !== "" && name !== "." && depth++ === 0) top = name.toLowerCase();
  }
  return [depth === 0 ? undefined : top, depth];
}

/** Whether each word that is a path leads to a file or a folder, also by links. Any word may be a path. */
function opensFiles([program, ...words]: readonly string[], cwd: string): boolean {
  const folder = wayTo(cwd);
  if (folder === null) return false;
  return [".", ...words].every((word) => {
    const way = word.startsWith("/") ? wayTo(word) : wayTo(`${folder.path}/${word}`, [folder.path]);
    return way !== null && way.kind !== "other" && !(way.path === "/" && SEARCHES.has(program));
  });
}

/** `sed -n 1,5p FILE...`: the only script of sed that is known here. Others can write files and run commands. */
function onlyPrints([quiet, script = "", ...files]: readonly string[]): boolean {
  return quiet === "-n" && /^\d+(?:,\d+)?p$/.test(script) && files.every((file) => !file.startsWith("-"));
}
