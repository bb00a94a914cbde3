import { Codex } from "../client/codex.ts";
import type { CodexOptions } from "../client/options.ts";
import { makeTempDir } from "../runtime/temp_dir.ts";
import { abortable } from "../util/abort.ts";
import {
  abortSignal,
  anything,
  checkOptions,
  flag,
  objectWith,
  type OptionChecks,
  type OptionHints,
  recordOf,
  text,
} from "../util/options.ts";
import { codexHome, type CodexHomeOptions, HOME_OPTIONS } from "./codex_home.ts";
import { ScriptedModel } from "./scripted_model.ts";

/** Options of {@linkcode withAppServer} and {@linkcode startAppServer}. */
export interface AppServerOptions extends Omit<CodexHomeOptions, "modelUrl"> {
  /** The model to talk to, if the test has made one already. Default: a new one. */
  readonly model?: ScriptedModel;
  /** Files to put into the workspace: text by path. */
  readonly files?: Readonly<Record<string, string>>;
  /** Further options of the client, such as `handlers`. Its `env` is laid over that of the temporary home. */
  readonly codex?: CodexOptions;
  /** Whether model requests that the script has no reply for are fine. Default `false`: they fail the test. */
  readonly allowUnscripted?: boolean;
  /** Ends everything, and rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

const { modelUrl: _, ...OF_THE_HOME } = HOME_OPTIONS;

const APP_SERVER_OPTIONS: OptionChecks<AppServerOptions> = {
  ...OF_THE_HOME,
  model: objectWith("a ScriptedModel", "reply", "listen"),
  files: recordOf("an object with a text for each path", text),
  codex: anything, // `Codex` checks them
  allowUnscripted: flag,
  signal: abortSignal,
};

const APP_SERVER_HINTS: OptionHints = {
  elsewhere: {
    handlers: "codex: { handlers }",
    env: "codex: { env }",
    limits: "codex: { limits }",
    onDiagnostic: "codex: { onDiagnostic }",
  },
};

/** A real server with a scripted model. Disposing removes everything and fails if the script was incomplete. */
export interface AppServer extends AsyncDisposable {
  /** A client, connected. Threads that name no `cwd` work in the workspace. */
  readonly codex: Codex;
  /** The model; queue replies on it. */
  readonly model: ScriptedModel;
  /** The temporary `CODEX_HOME`, absolute. */
  readonly home: string;
  /** The environment of another server on the same home: `new Codex({ env: server.env })`. Laid over the host's. */
  readonly env: Readonly<Record<string, string>>;
  /** The temporary workspace, absolute. */
  readonly workspace: string;
  /** Ends the server and removes everything. May be called more than once. */
  close(): Promise<void>;
  /**
   * Fails if the script was incomplete.
   *
   * @throws {Error} If the model got requests that the script had no reply for.
   */
  verify(): void;
}

/**
 * Starts the real `codex app-server` against a scripted model, in a temporary home and workspace: no login, no network.
 *
 * @throws {CodexNotFoundError} If there is no usable `codex` binary.
 * @throws {StartError} If the server did not start, for instance because of what `toml` says.
 * @example
 * ```ts
 * import { startAppServer } from "@codex-app-server/sdk/testing";
 *
 * await using server = await startAppServer();
 * server.model.reply("Hello.");
 * const thread = await server.codex.threadStart();
 * console.log((await thread.run("hi")).status); // completed
 * ```
 */
export async function startAppServer(options: AppServerOptions = {}): Promise<AppServer> {
  checkOptions("startAppServer", options, APP_SERVER_OPTIONS, APP_SERVER_HINTS);
  const { model = new ScriptedModel(), files = {}, allowUnscripted = false, signal, codex: _, ...ofHome } = options;
  signal?.throwIfAborted();
  const ends: (() => Promise<void>)[] = [];
  let closing: Promise<void> | undefined;
  const close = () => closing ??= endAll(ends);
  try {
    const workspace = await makeTempDir("codex-workspace-");
    ends.push(workspace.remove);
    for (const [name, text] of Object.entries(files)) await workspace.write(name, text);
    const listener = await model.listen();
    ends.push(listener.close);
    const home = await codexHome({ ...ofHome, modelUrl: listener.url });
    ends.push(home.remove);
    const codex = await Codex.start({
      // Whoever reaches a server in another way has started it with what it needs.
      ...(options.codex?.transport === undefined ? { cwd: workspace.path } : {}),
      ...options.codex,
      ...(options.codex?.transport === undefined ? { env: { ...home.env, ...options.codex?.env } } : {}),
      signal: options.codex?.signal ?? signal,
    });
    ends.push(() => codex.close());
    const verify = () => {
      if (!allowUnscripted && model.unscripted.length > 0) throw new Error(describeUnscripted(model));
    };
    return {
      codex,
      model,
      home: home.path,
      env: home.env,
      workspace: workspace.path,
      close,
      verify,
      async [Symbol.asyncDispose]() {
        await close();
        verify();
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/**
 * Runs a test against the real `codex app-server` with a scripted model; see {@linkcode startAppServer}. Everything is
 * removed afterwards, also if the test fails.
 *
 * @throws {Error} What the test throws; or that the model got requests that the script had no reply for.
 * @example
 * ```ts
 * import { finalResponse } from "@codex-app-server/sdk";
 * import { command, withAppServer } from "@codex-app-server/sdk/testing";
 *
 * await withAppServer({ files: { "todo.txt": "tea" } }, async ({ codex, model }) => {
 *   model.reply(command("cat todo.txt")).reply((request) => [`It says: ${request.commandOutput()}`]);
 *   const thread = await codex.threadStart();
 *   console.log(finalResponse(await thread.run("What is to do?")));
 * });
 * ```
 */
export async function withAppServer<T>(
  options: AppServerOptions,
  test: (server: AppServer) => T | Promise<T>,
): Promise<T>;
/** The same with default options. */
export async function withAppServer<T>(test: (server: AppServer) => T | Promise<T>): Promise<T>;
export async function withAppServer<T>(
  ...args: [AppServerOptions, (server: AppServer) => T | Promise<T>] | [(server: AppServer) => T | Promise<T>]
): Promise<T> {
  const [options, test] = args.length === 1 ? [{}, args[0]] : args;
  const server = await startAppServer(options);
  let result: T;
  try {
    result = await abortable(Promise.resolve(test(server)), options.signal);
  } catch (cause) {
    await server.close();
    // An incomplete script is the likeliest reason for whatever else went wrong.
    if (options.allowUnscripted === true || server.model.unscripted.length === 0) throw cause;
    const what = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`${what}\n${describeUnscripted(server.model)}`, { cause });
  }
  await server[Symbol.asyncDispose]();
  return result;
}

/** Ends what has been opened, last first, all of it, and throws the first failure. */
async function endAll(ends: readonly (() => Promise<void>)[]): Promise<void> {
  const failures: unknown[] = [];
  for (const end of [...ends].reverse()) await end().catch((error) => void failures.push(error));
  if (failures.length > 0) throw failures[0];
}

function describeUnscripted({ unscripted }: ScriptedModel): string {
  const texts = unscripted.map((request) => {
    const output = request.toolOutput();
    return `  for ${JSON.stringify(request.lastUserText)}${output === null ? "" : `, after ${JSON.stringify(output)}`}`;
  });
  return `The model got ${unscripted.length} unscripted request(s); add a reply() for each:\n${texts.join("\n")}`;
}
