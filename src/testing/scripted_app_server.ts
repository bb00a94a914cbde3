import type { NotificationMethod, NotificationOf, RequestMethod } from "../../gen/mod.ts";
import type { ServerRequestMethod, ServerRequestParamsOf, ServerRequestResultOf } from "../../gen/mod.ts";
import type { RequestId } from "../message/message.ts";
import type { Transport, TransportEnd } from "../transport/transport.ts";
import { deferred } from "../util/deferred.ts";
import { Arrivals, WAIT_TIMEOUT_MS } from "./arrivals.ts";
import { BytePipe } from "./byte_pipe.ts";
import { callback, checkOptions, flag, type OptionChecks, options } from "../util/options.ts";
import { BYTE_FAULTS, type ByteFaults, type FaultRule } from "./faults.ts";
import { ScriptCheck, ScriptError } from "./script_check.ts";
import {
  type ConnectionOwner,
  type DeathOptions,
  type IncomingRequest,
  ScriptedConnection,
} from "./scripted_connection.ts";
import { defaultScripts } from "./server_defaults.ts";
import type { RequestContext, RequestScript } from "./server_script.ts";
import { type ByteSink, ServerWire } from "./server_wire.ts";

/** A message that a scripted server got. */
export interface ReceivedMessage {
  /** What was called. */
  readonly method: string;
  /** With what. */
  readonly params: unknown;
  /** Absent in notifications. */
  readonly id?: RequestId;
}

/** Options of {@linkcode ScriptedAppServer}. */
export interface ScriptedAppServerOptions {
  /** Whether what the script sends, and what the client sends, must fit the protocol. Default `true`. */
  readonly validate?: boolean;
  /** What happens to each message on its way to the client. */
  readonly faults?: FaultRule;
  /** What happens to the bytes of those messages. */
  readonly bytes?: ByteFaults;
}

const SCRIPTED_OPTIONS: OptionChecks<ScriptedAppServerOptions> = {
  validate: flag,
  faults: callback,
  bytes: options(BYTE_FAULTS),
};

type AnyScript = (params: unknown, ctx: RequestContext<RequestMethod>) => unknown;

/**
 * An app-server in memory whose every answer the test writes, typed and validated by the protocol.
 *
 * `initialize`, `thread/start` and `thread/read` have answers to begin with; every other request needs a script. A request without
 * one is refused and, like every other mistake of the script, kept in {@linkcode ScriptedAppServer.mistakes}.
 *
 * @example
 * ```ts
 * import { Codex } from "@codex-app-server/sdk";
 * import { ScriptedAppServer } from "@codex-app-server/sdk/testing";
 *
 * await using server = new ScriptedAppServer();
 * server.onRequest("model/list", () => ({ data: [], nextCursor: null }));
 * await using codex = new Codex({ transport: () => server.connect() });
 * console.log((await codex.models()).data.length); // 0
 * ```
 */
export class ScriptedAppServer implements AsyncDisposable {
  readonly #options: ScriptedAppServerOptions;
  readonly #check: ScriptCheck;
  readonly #scripts = new Map<string, AnyScript>(Object.entries(defaultScripts()) as [string, AnyScript][]);
  readonly #received = new Arrivals<ReceivedMessage>();
  readonly #mistakes: Error[] = [];
  readonly #connections: ScriptedConnection[] = [];

  /** Opens nothing: hand {@linkcode ScriptedAppServer.connect} to a client. */
  constructor(options: ScriptedAppServerOptions = {}) {
    checkOptions("new ScriptedAppServer", options, SCRIPTED_OPTIONS);
    this.#options = options;
    this.#check = new ScriptCheck(options.validate ?? true);
  }

  /** Everything that clients have sent but their answers, in order. */
  get messages(): readonly ReceivedMessage[] {
    return this.#received.list;
  }

  /** What was wrong with the script so far: missing scripts, answers that do not fit, scripts that threw. */
  get mistakes(): readonly Error[] {
    return this.#mistakes;
  }

  /** The connections so far, also those that are over. */
  get connections(): readonly ScriptedConnection[] {
    return this.#connections;
  }

  /** The latest connection. */
  get connection(): ScriptedConnection {
    const latest = this.#connections.at(-1);
    if (latest === undefined) throw new ScriptError("No client has connected: hand server.connect() to one first");
    return latest;
  }

  /** Scripts the answer to one method. A later script for the same method takes the place of the earlier. */
  onRequest<M extends RequestMethod>(method: M, script: RequestScript<M>): this {
    this.#scripts.set(method, script as AnyScript);
    return this;
  }

  /** Sends a notification on the latest connection. */
  notify<M extends NotificationMethod>(method: M, params: NotificationOf<M>["params"]): void {
    this.connection.notify(method, params);
  }

  /** Asks the client of the latest connection. */
  ask<M extends ServerRequestMethod>(
    method: M,
    params: ServerRequestParamsOf<M>,
  ): Promise<ServerRequestResultOf<M>> {
    return this.connection.ask(method, params);
  }

  /**
   * Waits until a client has sent that method, and returns the first such message.
   *
   * @throws {Error} If it has not come within `timeoutMs` (30 s by default).
   */
  received(method: string, options: { readonly timeoutMs?: number } = {}): Promise<ReceivedMessage> {
    const { timeoutMs = WAIT_TIMEOUT_MS } = options;
    const got = () => this.messages.map((message) => message.method).join(", ") || "nothing";
    const find = (list: readonly ReceivedMessage[]) => list.find((message) => message.method === method);
    return this.#received.until(find, timeoutMs, () => `${method}, got ${got()}`);
  }

  /** Opens a connection; give it to `new Codex({ transport: () => server.connect() })`. */
  connect(): Transport {
    const pipe = new BytePipe();
    const closed = deferred<TransportEnd>();
    const finish = (end: TransportEnd) => {
      connection.end();
      pipe.end();
      closed.resolve(end);
    };
    const die = (death: DeathOptions) => finish(toEnd(death));
    const connection = this.#open({ write: (chunk) => pipe.write(chunk), die: () => die({}) }, die);
    void connection.closed.then(() => finish({}));
    return {
      readable: pipe.readable,
      writable: new WritableStream<string>({
        write(line) {
          if (connection.over) throw new Error("The scripted server is gone");
          connection.receive(line);
        },
        close: () => finish({}),
        abort: () => finish({}),
      }),
      closed: closed.promise,
      close: () => Promise.resolve(finish({})),
    };
  }

  /** Serves one client over the given streams; resolves when its bytes end. `serveStdio` is made of it. */
  async serve(input: ReadableStream<Uint8Array>, sink: ByteSink): Promise<void> {
    const connection = this.#open(sink, () => sink.die());
    await connection.receiveAll(input);
    await connection.close();
  }

  /** Ends every connection in an orderly way, behind what has been sent. */
  async close(): Promise<void> {
    await Promise.all(this.#connections.map((connection) => connection.close()));
  }

  /** Keeps an error among the {@linkcode ScriptedAppServer.mistakes}: for scripts that go on by themselves. */
  report(error: unknown): Error {
    const mistake = error instanceof Error ? error : new Error(String(error));
    this.#mistakes.push(mistake);
    return mistake;
  }

  /**
   * Throws the first mistake of the script, if there was one.
   *
   * @throws {Error} As in {@linkcode ScriptedAppServer.mistakes}.
   */
  verify(): void {
    const [first] = this.#mistakes;
    if (first !== undefined) throw first;
  }

  /** Closes, and fails if the script was wrong. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
    this.verify();
  }

  #open(sink: ByteSink, die: (death: DeathOptions) => void): ScriptedConnection {
    const owner: ConnectionOwner = {
      check: this.#check,
      onRequest: (request, connection) => void this.#answer(request, connection),
      onNotification: (method, params) => this.#received.add({ method, params }),
    };
    const connection = new ScriptedConnection(
      owner,
      new ServerWire(sink, this.#options.faults, this.#options.bytes),
      die,
    );
    this.#connections.push(connection);
    return connection;
  }

  async #answer({ id, method, params }: IncomingRequest, connection: ScriptedConnection): Promise<void> {
    this.#received.add({ id, method, params });
    let settled = false;
    const settle = (send: () => void) => {
      settled = true;
      send();
    };
    const known = method as RequestMethod;
    try {
      const refusal = this.#check.request(method, params);
      if (refusal !== null) return connection.replyError(id, refusal);
      const script = this.#scripts.get(method);
      if (script === undefined) {
        throw new ScriptError(`${method} has no script: add server.onRequest("${method}", ...)`);
      }
      const result = await script(params, {
        id,
        method: known,
        connection,
        reply: (value) => settle(() => connection.reply(id, known, value)),
        fail: (code, message, data) => settle(() => connection.replyError(id, { code, message, data })),
        never: () => settle(() => {}),
      });
      if (result !== undefined) connection.reply(id, known, result);
      else if (!settled) {
        throw new ScriptError(`The script of ${method} gave no answer: return one, or call ctx.never()`);
      }
    } catch (error) {
      if (connection.over) return;
      connection.replyError(id, { code: -32603, message: this.report(error).message });
    }
  }
}

function toEnd({ exit = { code: null, signal: "SIGKILL" }, stderrTail }: DeathOptions): TransportEnd {
  return { exit, ...(stderrTail === undefined ? {} : { stderrTail }) };
}
