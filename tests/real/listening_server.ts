/**
 * The real server, listening on a socket, with a scripted model.
 *
 * @module
 */
import { codexHome, ScriptedModel } from "@codex-app-server/sdk/testing";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { realpath, rm } from "node:fs/promises";
import { connect } from "node:net";
import process from "node:process";
import { locateCodex } from "../../src/runtime/locate.ts";
import { currentRuntime } from "../../src/runtime/select.ts";
import { makeTempDir } from "../../src/runtime/temp_dir.ts";
import { startTimer } from "../../src/util/timer.ts";

/** What a test gets. Disposing ends the server and removes everything. */
export interface ListeningServer extends AsyncDisposable {
  readonly model: ScriptedModel;
  readonly workspace: string;
  /** Its address: `ws://127.0.0.1:PORT`, or the path of the socket. */
  readonly address: string;
  /** The environment that leads to its home. */
  readonly env: Readonly<Record<string, string>>;
  /** What it has printed on stderr. */
  readonly stderr: () => string;
  /** Kills it without a warning, and waits until it is gone. */
  kill(): Promise<void>;
}

/** How it listens. */
export interface ListenOptions {
  /** Default: a free port of 127.0.0.1. `daemon` is the socket in its home, as the user's own daemon has it. */
  readonly on?: "ws" | "unix" | "daemon";
  /** Makes it demand this token. */
  readonly token?: string;
}

/** Starts the server and waits until it listens. */
export async function listeningServer(options: ListenOptions = {}): Promise<ListeningServer> {
  const { on = "ws", token } = options;
  const model = new ScriptedModel();
  const ends: (() => Promise<void>)[] = [];
  const dispose = async () => {
    for (const end of ends.splice(0).reverse()) await end();
  };
  try {
    const listener = await model.listen();
    ends.push(listener.close);
    const home = await codexHome({ modelUrl: listener.url });
    ends.push(home.remove);
    const folder = await makeTempDir("codex-listening-");
    ends.push(folder.remove);

    const path = on === "daemon" ? `${home.path}/app-server-control/app-server-control.sock` : `${folder.path}/a.sock`;
    const where = { ws: "ws://127.0.0.1:0", unix: `unix://${path}`, daemon: "unix://" }[on];
    const args = ["app-server", "--listen", where];
    if (token !== undefined) {
      args.push("--ws-auth", "capability-token", "--ws-token-file", await folder.write("token", token));
    }
    const { command } = locateCodex(currentRuntime());
    const child = spawn(command, args, {
      cwd: folder.path,
      env: { ...process.env, ...home.env },
      stdio: ["ignore", "ignore", "pipe"],
      detached: true,
    });
    const exited = once(child, "exit").then(() => {});
    const kill = async () => {
      killGroup(child);
      await exited;
    };
    ends.push(async () => {
      // In order, so that it removes its socket; what a killed one leaves behind is removed here.
      child.kill("SIGTERM");
      const stopTimer = startTimer(2_000, () => killGroup(child));
      await exited;
      stopTimer();
      killGroup(child);
      if (socketPath !== "") {
        await Promise.all([socketPath, `${socketPath}.lock`].map((file) => rm(file, { force: true })));
      }
    });
    let stderr = "";
    let socketPath = "";
    const address = await new Promise<string>((resolve, reject) => {
      child.stderr.setEncoding("utf8");
      child.stderr.on("data", (text: string) => {
        stderr += text;
        const found = /listening on: (\S+)/.exec(stderr)?.[1];
        if (found !== undefined) resolve(found);
      });
      void exited.then(() => reject(new Error(`The server ended before it listened: ${stderr}`)));
      // It says nothing of a unix socket.
      if (on !== "ws") untilConnected(path, exited).then(() => resolve(path), reject);
    });
    // What it was told is a link to where the socket really is.
    if (on !== "ws") socketPath = await realpath(path);
    const { env } = home;
    return { model, address, env, workspace: folder.path, stderr: () => stderr, kill, [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}

async function untilConnected(path: string, exited: Promise<void>): Promise<void> {
  const over = exited.then(() => true);
  const attempt = () =>
    new Promise<boolean>((resolve) => {
      const socket = connect({ path }, () => {
        socket.destroy();
        resolve(true);
      });
      socket.once("error", () => setTimeout(() => resolve(false), 10));
    });
  while (!await Promise.race([over, attempt()]));
}

/** The server and what it has started; a dead one is no error. */
function killGroup(child: ChildProcess): void {
  try {
    process.kill(-child.pid!, "SIGKILL");
  } catch {
    // Gone already.
  }
}
