import { isOpenToAll, namesIn, type Way, wayTo } from "./real_target.ts";

/** Whose program is looked for. */
export interface ProgramSearch {
  /** A variable of the environment that the program would run in. */
  readonly env: (name: string) => string | undefined;
  /** Where it would run. */
  readonly cwd: string;
  /** Folders whose content nobody vouches for, and such files. */
  readonly writable: readonly string[];
}

/** What is read before a command does anything: by shells, and by the server. In the home folder, and by a variable. */
const ZSH_FILES = [".zshenv", ".zprofile", ".zshrc", ".zlogin"];
const CONFIG = "config.toml";
const STARTUP_FILES = [
  ...[".profile", ".bash_profile", ".bash_login", ".bashrc", ".codex", `.codex/${CONFIG}`],
  ...ZSH_FILES,
];
const STARTUP_VARIABLES = ["BASH_ENV", "ENV", "ZDOTDIR", "CODEX_HOME"];

/** Lists of folders or files from which the system loads code into any program. An empty one is the working directory. */
const LOADED = [
  "LD_LIBRARY_PATH",
  "LD_PRELOAD",
  "LD_AUDIT",
  "GCONV_PATH",
  "DYLD_LIBRARY_PATH",
  "DYLD_FALLBACK_LIBRARY_PATH",
  "DYLD_FRAMEWORK_PATH",
  "DYLD_INSERT_LIBRARIES",
  // Of ripgrep: may name a program to run for every file.
  "RIPGREP_CONFIG_PATH",
];

/**
 * The folder of the runtime's own tools, which this SDK puts at the front of `PATH`. Where the runtime is installed in the
 * project, it lies below every working directory there; so it does not count against a command by being there. What is
 * found in it does, and so does anything there that the runtime has not brought: a program may look for others.
 */
const OWN_TOOLS = /^\/.*\/vendor\/[^/]+\/(?:codex-path|path)$/;
const BROUGHT = ["rg"];

/**
 * The real path of a program that is given by its path or found by its name along `PATH`, or `null` if the agent may
 * have a hand in what is found: a folder of `PATH`, the home folder, what the system loads into every program, or the program itself, is
 * relative, or lies at or below a writable folder or the working directory, or a link on the way there does.
 *
 * On Windows always `null`: programs are looked for in the working directory first there.
 */
export function findProgram(name: string, search: ProgramSearch): string | null {
  const { env, cwd } = search;
  const path = env("PATH");
  if (globalThis.process.platform === "win32" || !path || name === "") return null;
  const writable = handsOf(search.writable);
  const hands = handsOf([...search.writable, cwd]);
  if (writable === null || hands === null) return null;
  if (!startsClean(env, writable) || !LOADED.every((list) => isClean(env(list), hands))) return null;
  const folders = path.split(":");
  if (!folders.every((folder) => isSafe(wayTo(folder), hands) || isOwnTools(folder))) return null;
  if (name.includes("/")) {
    // Whoever names a path means what is there; but `PATH` and its like are what that program goes by as well.
    const way = wayTo(name.startsWith("/") ? name : `${cwd}/${name}`);
    return way?.kind === "file" ? way.path : null;
  }
  for (const folder of folders) {
    const way = wayTo(`${folder}/${name}`);
    if (way === null) return null;
    if (way.kind !== "file" || !way.executable) continue;
    return isSafe(way, hands) && !way.folders.some(isOpenToAll) ? way.path : null;
  }
  return null;
}

/** The folders as they were named, and as they are called with all links resolved. */
function handsOf(folders: readonly string[]): readonly string[] | null {
  const hands: string[] = [];
  for (const folder of folders) {
    const way = wayTo(folder);
    if (way === null) return null;
    hands.push(folder, way.path);
  }
  return hands;
}

/** Whether no file that a shell reads at its start can be the agent's. */
function startsClean(env: ProgramSearch["env"], writable: readonly string[]): boolean {
  const home = env("HOME");
  if (home === undefined) return false;
  const files = STARTUP_FILES.map((file) => `${home}/${file}`);
  const zsh = env("ZDOTDIR");
  if (zsh !== undefined) files.push(...ZSH_FILES.map((file) => `${zsh}/${file}`));
  const codexHome = env("CODEX_HOME");
  if (codexHome !== undefined) files.push(`${codexHome}/${CONFIG}`);
  for (const variable of STARTUP_VARIABLES) if (env(variable) !== undefined) files.push(env(variable)!);
  return files.every((file) => isSafe(wayTo(file), writable));
}

/** Whether all of a list of folders or files are absolute and nobody's to change, and so is what lies in them. */
function isClean(list: string | undefined, hands: readonly string[]): boolean {
  if (list === undefined || list === "") return true;
  return list.split(/[:;\s]/).every((entry) => {
    const way = wayTo(entry);
    return way !== null && isSafe(way, hands) && !hands.some((hand) => isWithin(hand, way.path));
  });
}

function isOwnTools(folder: string): boolean {
  return OWN_TOOLS.test(folder) && (namesIn(folder)?.every((name) => BROUGHT.includes(name)) ?? false);
}

/** Whether neither the end of a way nor any folder on it is at or below one of these. */
function isSafe(way: Way | null, hands: readonly string[]): boolean {
  return way !== null && ![way.path, ...way.folders].some((at) => hands.some((hand) => isWithin(at, hand)));
}

/** Without case, as some file systems are: what may be within is within. */
function isWithin(path: string, folder: string): boolean {
  const [inner, outer] = [path.toLowerCase(), folder.toLowerCase().replace(/\/+$/, "")];
  return inner === outer || inner.startsWith(`${outer}/`);
}
