import { spawn } from "node:child_process";
import { once } from "node:events";

/** How a finished subprocess ended and what it printed. */
export interface Outcome {
  /** Its exit code; 128 plus the signal's place in the world if there was none. */
  readonly code: number;
  /** What it wrote to stdout and stderr, in the order of arrival. */
  readonly output: string;
  /** What it wrote to stdout alone. */
  readonly stdout: string;
  /** True if it ran out of time and was killed. */
  readonly timedOut: boolean;
}

/** What {@linkcode run} is told beside the command. */
export interface RunOptions {
  readonly cwd?: string;
  /** Merged over this process's environment; `undefined` removes a name. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** After so many milliseconds the command and all its children are killed. */
  readonly timeoutMs: number;
  /** Also shows the output while it arrives. */
  readonly echo?: boolean;
  /** Text for its stdin; nothing by default. */
  readonly input?: string;
}

/** Children are group leaders, so that a timeout reaches their children too; Windows has no groups. */
const grouped = process.platform !== "win32";
const running = new Set<number>();

/** Runs a command to its end, or to the end of its time. Never throws for a bad exit. */
export async function run(command: string, args: readonly string[], options: RunOptions): Promise<Outcome> {
  const env: NodeJS.ProcessEnv = { ...process.env, ...options.env };
  for (const [name, value] of Object.entries(options.env ?? {})) if (value === undefined) delete env[name];
  const child = spawn(command, args, { cwd: options.cwd, env, detached: grouped, stdio: ["pipe", "pipe", "pipe"] });
  const pid = child.pid;
  if (pid !== undefined) running.add(pid);
  let output = "";
  let stdout = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
    stdout += text;
    if (options.echo) process.stdout.write(text);
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    output += text;
    if (options.echo) process.stderr.write(text);
  });
  child.stdin.on("error", () => {}); // a command that reads no stdin may be gone before it is written
  child.stdin.end(options.input ?? "");

  let timedOut = false;
  const timer = setTimeout(() => {
    timedOut = true;
    if (pid !== undefined) killTree(pid);
  }, options.timeoutMs);
  try {
    // `exit`, not `close`: a grandchild that holds the pipes open must not hold this up for ever.
    const [code, signal] = await Promise.race([
      once(child, "exit"),
      once(child, "error").then(([error]) => Promise.reject(error)),
    ]) as [number | null, string | null];
    await Promise.race([once(child, "close"), new Promise((resolve) => setTimeout(resolve, 2_000))]);
    if (timedOut) output += `\nkilled after ${options.timeoutMs / 1000} s: ${command} ${args.join(" ")}\n`;
    else if (signal !== null) output += `\nended by ${signal}: ${command} ${args.join(" ")}\n`;
    return { code: code ?? 128, output, stdout, timedOut };
  } catch (error) {
    return { code: 127, output: `${output}\ncannot run ${command}: ${error}\n`, stdout, timedOut };
  } finally {
    clearTimeout(timer);
    if (pid !== undefined) running.delete(pid);
  }
}

/** Runs a command that must succeed; the error shows the end of what it printed. */
export async function must(command: string, args: readonly string[], options: RunOptions): Promise<string> {
  const { code, output, stdout } = await run(command, args, options);
  if (code !== 0) throw new Error(`${command} ${args.join(" ")} ended with ${code}:\n${output.slice(-8_000)}`);
  return stdout;
}

function killTree(pid: number): void {
  try {
    process.kill(grouped ? -pid : pid, "SIGKILL");
  } catch {
    // it is gone already
  }
}

// Ctrl-C reaches the children as well, although they lead groups of their own.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(signal, () => {
    for (const pid of running) killTree(pid);
    process.exit(130);
  });
}
