/**
 * The real server with a scripted model, spoken to in plain JSON: what it says is recorded as it came.
 *
 * @module
 */
import { codexHome, type CodexHomeOptions, ScriptedModel } from "@codex-app-server/sdk/testing";
import { spawn } from "node:child_process";
import { once } from "node:events";
import process from "node:process";
import { createInterface } from "node:readline";
import { locateCodex } from "../../src/runtime/locate.ts";
import { currentRuntime } from "../../src/runtime/select.ts";
import { makeTempDir } from "../../src/runtime/temp_dir.ts";
import { startTimer } from "../../src/util/timer.ts";

/** Nothing that these tests wait for takes longer. */
const WAIT_TIMEOUT_MS = 30_000;

/** A message of the server. A reply also says which method it answers. */
export interface RawMessage {
  readonly kind: "result" | "error" | "notification" | "request";
  readonly method: string;
  /** The params of a notification or request, the result or error of a reply. */
  readonly body: unknown;
}

/** A connection without any SDK in it. Disposing ends the server and removes everything. */
export interface RawServer extends AsyncDisposable {
  readonly model: ScriptedModel;
  readonly workspace: string;
  /** Everything that the server has said, in order. */
  readonly messages: readonly RawMessage[];
  /** Resolves with the reply, be it a result or an error. */
  request(method: string, params?: unknown): Promise<RawMessage>;
  /** Resolves with the first notification of the method that fits, past or future. */
  seen(method: string, fits?: (params: never) => boolean): Promise<RawMessage>;
}

/** Starts the server. `answer` gives the results for its requests. */
export async function rawServer(
  { answer, ...options }: Omit<CodexHomeOptions, "modelUrl"> & {
    readonly answer?: (method: string, params: unknown) => unknown;
  } = {},
): Promise<RawServer> {
  const ends: (() => Promise<unknown>)[] = [];
  const dispose = async () => {
    for (const end of ends.splice(0).reverse()) await end();
  };
  try {
    const model = new ScriptedModel();
    const listener = await model.listen();
    ends.push(listener.close);
    const home = await codexHome({ ...options, modelUrl: listener.url });
    ends.push(home.remove);
    const workspace = await makeTempDir("codex-raw-");
    ends.push(workspace.remove);

    const { command } = locateCodex(currentRuntime());
    const env = { ...process.env, ...home.env };
    const child = spawn(command, ["app-server"], { cwd: workspace.path, env, stdio: ["pipe", "pipe", "ignore"] });
    const exited = once(child, "exit");
    ends.push(async () => {
      child.stdin.end();
      const stop = startTimer(WAIT_TIMEOUT_MS, () => child.kill("SIGKILL"));
      await exited;
      stop();
    });

    const messages: RawMessage[] = [];
    const calls: string[] = [];
    const waiting = new Set<() => void>();
    const send = (message: object) => child.stdin.write(`${JSON.stringify(message)}\n`);
    const first = (what: string, fits: (message: RawMessage) => boolean) =>
      new Promise<RawMessage>((resolve, reject) => {
        const fail = (why: string) => reject(new Error(`${why} before it sent ${what}`));
        const stop = startTimer(WAIT_TIMEOUT_MS, () => fail(`The server let ${WAIT_TIMEOUT_MS} ms pass`));
        const look = () => {
          const found = messages.find(fits);
          if (found === undefined) return;
          stop();
          waiting.delete(look);
          resolve(found);
        };
        waiting.add(look);
        void exited.then(() => (stop(), fail("The server ended")));
        look();
      });

    const replies = new Map<number, RawMessage>();
    createInterface({ input: child.stdout }).on("line", (line) => {
      const { id, method, params, result, error } = JSON.parse(line);
      const isReply = method === undefined;
      const message: RawMessage = isReply
        ? { kind: error === undefined ? "result" : "error", method: calls[id]!, body: error ?? result }
        : { kind: id === undefined ? "notification" : "request", method, body: params };
      messages.push(message);
      if (isReply) replies.set(id, message);
      else if (id !== undefined) send({ id, result: answer?.(method, params) });
      for (const look of [...waiting]) look();
    });

    return {
      model,
      workspace: workspace.path,
      messages,
      request(method, params) {
        const id = calls.push(method) - 1;
        send({ id, method, ...(params === undefined ? {} : { params }) });
        return first(`its answer to ${method}`, (message) => replies.get(id) === message);
      },
      seen(method, fits = () => true) {
        return first(
          method,
          (message) => message.kind === "notification" && message.method === method && fits(message.body as never),
        );
      },
      [Symbol.asyncDispose]: dispose,
    };
  } catch (error) {
    await dispose();
    throw error;
  }
}
