import { spawn, spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import process from "node:process";
import { createInterface } from "node:readline";
import type { Said } from "./live_table.ts";

/** Where a worker can run. */
export type WorkerRuntime = "deno" | "bun" | "node";

/** A worker on this machine. */
export interface WorkerProcess {
  readonly name: string;
  /** Ends it as a power cut would. */
  kill(): void;
  /** Ends it as a deployment would; waits for it. */
  stop(): Promise<void>;
}

const FOLDER = fileURLToPath(new URL(".", import.meta.url));

/** Starts a worker and waits until it is ready. */
export async function startWorker(
  runtime: WorkerRuntime,
  env: NodeJS.ProcessEnv,
  hear: (said: Said) => void,
): Promise<WorkerProcess> {
  const [program, ...args] = commandOf(runtime);
  const child = spawn(program!, [...args, "worker.ts"], {
    cwd: FOLDER,
    env: { ...env, FLEET_WORKER: runtime },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const failed = new Promise<never>((_, reject) => child.once("error", reject));
  failed.catch(() => {});
  const ready = new Promise<void>((resolve, reject) => {
    exited.then(() => reject(new Error(`The worker on ${runtime} ended before it was ready`)));
    createInterface({ input: child.stdout }).on("line", (line) => {
      if (!line.startsWith("{")) return;
      const said = JSON.parse(line) as Said & { readonly ready?: boolean };
      if (said.ready === true) resolve();
      hear(said);
    });
  });
  await Promise.race([ready, failed]);
  return {
    name: runtime,
    kill: () => child.kill("SIGKILL"),
    async stop() {
      if (child.exitCode === null && child.signalCode === null) child.kill("SIGTERM");
      await exited;
    },
  };
}

/** The runtimes themselves, not what npm puts before them: a kill is to reach them. All come from npm where they lack. */
function commandOf(runtime: WorkerRuntime): string[] {
  if (runtime === "deno") {
    return [process.versions["deno"] ? process.execPath : viaNpx("deno@2.9.6", "deno"), "run", "-A", "--no-check"];
  }
  if (runtime === "bun") return [process.versions["bun"] ? process.execPath : viaNpx("bun@1.4.5", "bun")];
  return [viaNpx("node@22", "node"), "--disable-warning=ExperimentalWarning"];
}

function viaNpx(name: string, program: string): string {
  const tell = {
    deno: ["eval", "console.log(Deno.execPath())"],
    bun: ["-e", "console.log(process.execPath)"],
    node: ["-p", "process.execPath"],
  }[program]!;
  const { stdout, stderr, status } = spawnSync("npx", ["-y", "-p", name, program, ...tell], { encoding: "utf8" });
  if (status !== 0) throw new Error(`npx could not bring ${name}: ${stderr}`);
  return stdout.trim();
}
