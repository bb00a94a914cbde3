/**
 * The program that is being run, as each runtime tells it: one of the places to look for the binary from.
 *
 * @module
 */
import { filePath } from "./paths.ts";
import { isDenied } from "./permission.ts";

/**
 * A program that is being run. `paths` are where it lies on this machine: none, if it came over the network; one, or two
 * if a link leads to it.
 */
export interface MainProgram {
  readonly paths: readonly string[];
}

/** Deno's. `null` in a REPL, a notebook, and for code from the command line or stdin: `$deno$eval.mts` and the like. */
export function denoMain(platform: string, mainModule: () => string): MainProgram | null {
  let url: string;
  try {
    url = mainModule();
  } catch (error) {
    // Denied: that there is one is known, and where it is would be of no use.
    if (isDenied(error)) return { paths: [] };
    throw error;
  }
  if (/\/\$deno\$[^/]*$/.test(url)) return null;
  const path = filePath(platform, url);
  return { paths: path === null ? [] : [path] };
}

/** Bun's. `null` for code from the command line or stdin, `[eval]` and the like in the working directory. */
export function bunMain(main: string | undefined): MainProgram | null {
  if (main === undefined || main === "" || /(?:^|[\\/])\[[^\\/]*\]$/.test(main)) return null;
  return { paths: [main] };
}

/** What of Node's `process` tells of its program. */
export interface NodeProcess {
  readonly argv: readonly string[];
  readonly execArgv: readonly string[];
  readonly versions: Readonly<Record<string, string | undefined>>;
  /** Electron's: the folder that holds the packaged program. */
  readonly resourcesPath?: string | undefined;
}

/**
 * Node's. `null` in a REPL and for code from the command line or stdin, whose arguments stand where else the script does.
 *
 * A packaged Electron program has no script among its arguments: what stands there is what its user opens.
 */
export function nodeMain(process: NodeProcess, join: (...parts: string[]) => string): MainProgram | null {
  const { argv, execArgv, versions, resourcesPath } = process;
  if (versions["electron"] !== undefined) {
    if (resourcesPath === undefined) return { paths: [] };
    return { paths: ["app.asar", "app"].map((name) => join(resourcesPath, name, "main.js")) };
  }
  const script = argv[1];
  if (
    script === undefined || script === "-" || execArgv.some((flag) => /^(?:-e|-p|-pe|--eval|--print)(?:=|$)/.test(flag))
  ) {
    return null;
  }
  return { paths: [script] };
}
