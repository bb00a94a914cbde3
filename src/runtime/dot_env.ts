/** What of `process` is looked at here. */
interface BunProcess {
  readonly execArgv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly platform: string;
  cwd(): string;
  getBuiltinModule(name: "node:fs"): typeof import("node:fs");
}

/**
 * The `.env` file of the working directory that gave this variable its value, or `null` if none did, or none may have.
 *
 * Bun reads such files by itself, and whoever wrote the folder (a repository that was cloned) then sets variables of every
 * program that is started in it. What the process was really given, Linux knows. Elsewhere a file that names the variable
 * is taken for its source, also if it says the same as whoever runs the program.
 */
export function dotEnvOf(variable: string, process: BunProcess): string | null {
  // A file that was asked for is whoever's asked for it; Bun then reads no other.
  if (process.env[variable] === undefined || process.execArgv.some((flag) => /^--(?:no-)?env-file(?:=|$)/.test(flag))) {
    return null;
  }
  const fs = process.getBuiltinModule("node:fs");
  const given = process.platform === "linux" ? givenEnv(fs) : null;
  // Such a file never replaces what the process was given; the program itself may have.
  if (given?.has(variable) === true) return null;
  const folders = new Set([process.cwd(), given?.get("PWD")].filter((folder) => folder !== undefined));
  for (const folder of folders) {
    for (const name of namesIn(fs, folder)) {
      const path = `${folder}/${name}`;
      if (name.startsWith(".env") && textOf(fs, path).includes(variable)) return path;
    }
  }
  return null;
}

/** The environment that the process was started with; `null` if it may not be asked. */
function givenEnv(fs: typeof import("node:fs")): Map<string, string> | null {
  const text = textOf(fs, "/proc/self/environ");
  if (text === "") return null;
  return new Map(
    text.split("\0").map((pair): [string, string] => {
      const equals = pair.indexOf("=");
      return [pair.slice(0, equals), pair.slice(equals + 1)];
    }),
  );
}

function namesIn(fs: typeof import("node:fs"), folder: string): string[] {
  try {
    return fs.readdirSync(folder);
  } catch {
    return [];
  }
}

function textOf(fs: typeof import("node:fs"), path: string): string {
  try {
    return fs.readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
