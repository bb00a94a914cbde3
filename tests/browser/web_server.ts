import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** What the server of examples/web runs on. */
export type Runtime = "deno" | "bun" | "node";

/** A server of examples/web. */
export interface WebServer {
  /** The address with the key in it, as it is printed. */
  readonly address: string;
  /** Where it listens: `http://127.0.0.1:PORT`. */
  readonly origin: string;
  /** Ends it as Ctrl-C would. @returns Its exit code. */
  stop(): Promise<number | null>;
}

const WEB = fileURLToPath(new URL("../../examples/web", import.meta.url));

/**
 * Starts the server and waits until it listens.
 *
 * @param folder Where its agent works; `null` for the project that it makes for the occasion.
 */
export async function startWebServer(
  runtime: Runtime,
  folder: string | null,
  env: Readonly<Record<string, string>>,
): Promise<WebServer> {
  const [program = "", ...args] = commandOf(runtime);
  const child = spawn(program, [...args, "--port", "0", ...(folder === null ? [] : ["--folder", folder])], {
    cwd: WEB,
    env: { ...process.env, DENO_DIR: denoDir(), ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const exited = once(child, "exit").then(([code]) => code as number | null);
  let heard = "";
  child.stderr.on("data", (text) => heard += text);
  const address = await new Promise<string>((resolve, reject) => {
    exited.then((code) => reject(new Error(`The server on ${runtime} ended with ${code}:\n${heard}`)), reject);
    createInterface({ input: child.stdout }).on("line", (line) => {
      heard += `${line}\n`;
      const found = /^Open (http:\S+)/.exec(line)?.[1];
      if (found !== undefined) resolve(found);
    });
  });
  return {
    address,
    origin: new URL(address).origin,
    stop() {
      process.kill(child.pid!, "SIGINT"); // `child.kill` under Deno would hide the exit code
      return exited;
    },
  };
}

/** The programs themselves and not what npm puts before them, for a signal is to reach them. */
function commandOf(runtime: Runtime): string[] {
  if (runtime === "deno") return [process.execPath, "run", "-A", "--no-check", "main.ts"];
  if (runtime === "bun") return [viaNpx("bun@1.4.5", "bun"), "main.ts"];
  // Bundled by whoever prepares these tests, for two of them may start at once.
  return ["node", "main.mjs"];
}

function viaNpx(name: string, program: string): string {
  const args = ["-y", "-p", name, program, "-e", "console.log(process.execPath)"];
  const { stdout, stderr, status } = spawnSync("npx", args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`npx could not bring ${name}: ${stderr}`);
  return stdout.trim();
}

/** Deno's cache, to be found also by a process that has a home without anything of the user's. */
export function denoDir(): string {
  return process.env["DENO_DIR"] ??
    JSON.parse(execFileSync(process.execPath, ["info", "--json"], { encoding: "utf8" })).denoDir;
}
