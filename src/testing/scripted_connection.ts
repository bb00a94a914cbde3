import type {
  NotificationMethod,
  NotificationOf,
  RequestMethod,
  ServerRequestMethod,
  ServerRequestParamsOf,
  ServerRequestResultOf,
} from "../../gen/mod.ts";
import { LineSplitter } from "../frame/line_splitter.ts";
import { classify, type Incoming, type RawError, type RequestId } from "../message/message.ts";
import { checkOptions, objectWith, type OptionChecks, text } from "../util/options.ts";
import { type Deferred, deferred, quiet } from "../util/deferred.ts";
import { startTimer } from "../util/timer.ts";
import { type ScriptCheck, ScriptError } from "./script_check.ts";
import type { ServerWire } from "./server_wire.ts";

/** A request of the client, on its way to the script. */
export interface IncomingRequest {
  readonly id: RequestId;
  readonly method: string;
  readonly params: unknown;
}

/** What a connection needs of the server that it belongs to. */
export interface ConnectionOwner {
  readonly check: ScriptCheck;
  /** Answers a request; whatever goes wrong in there is the owner's to report. */
  onRequest(request: IncomingRequest, connection: ScriptedConnection): void;
  onNotification(method: string, params: unknown, connection: ScriptedConnection): void;
}

/** How the server's side breaks off. */
export interface DeathOptions {
  /** How the process is said to have ended. Default: killed by `SIGKILL`. */
  readonly exit?: { readonly code: number | null; readonly signal: string | null };
  /** The last words on its stderr. */
  readonly stderrTail?: string;
}

const DEATH_OPTIONS: OptionChecks<DeathOptions> = {
  exit: objectWith("how a process ends: { code, signal }", "code", "signal"),
  stderrTail: text,
};

/** How long the end of a connection waits for a client that does not read, in milliseconds. */
const DRAIN_MS = 1000;

/** One client of a scripted server: what the server says to it. */
export class ScriptedConnection {
  /** Resolves when the connection is over, for whatever reason. */
  readonly closed: Promise<void>;
  readonly #owner: ConnectionOwner;
  readonly #wire: ServerWire;
  readonly #die: (death: DeathOptions) => void;
  readonly #closed = deferred<void>();
  readonly #asks = new Map<RequestId, { readonly method: ServerRequestMethod; readonly answer: Deferred<unknown> }>();
  #nextAsk = 0;
  #over = false;

  /** @ignore Made by `ScriptedAppServer`. */
  constructor(owner: ConnectionOwner, wire: ServerWire, die: (death: DeathOptions) => void) {
    this.#owner = owner;
    this.#wire = wire;
    this.#die = die;
    this.closed = this.#closed.promise;
  }

  /** Whether the connection is over. */
  get over(): boolean {
    return this.#over;
  }

  /**
   * Sends a notification.
   *
   * @throws {ScriptError} If the params do not fit the protocol and the server validates.
   */
  notify<M extends NotificationMethod>(method: M, params: NotificationOf<M>["params"]): void {
    this.#owner.check.notification(method, params);
    this.#wire.send({ method, params, emittedAtMs: Date.now() });
  }

  /**
   * Asks the client, and resolves with its answer.
   *
   * @throws {ScriptError} If the params, or the client's answer, do not fit the protocol and the server validates.
   * @throws {ClientRefusal} If the client answers with an error.
   */
  async ask<M extends ServerRequestMethod>(
    method: M,
    params: ServerRequestParamsOf<M>,
  ): Promise<ServerRequestResultOf<M>> {
    this.#owner.check.serverRequest(method, params);
    if (this.#over) throw new ScriptError(`Cannot ask ${method}: the connection is over`);
    const id = this.#nextAsk++;
    const answer = deferred<unknown>();
    this.#asks.set(id, { method, answer: { ...answer, promise: quiet(answer.promise) } });
    this.#wire.send({ id, method, params });
    return await answer.promise as ServerRequestResultOf<M>;
  }

  /** Sends a result to a request of the client: also twice, or to an id that was never asked. */
  reply<M extends RequestMethod>(id: RequestId, method: M, result: unknown): void {
    this.#owner.check.result(method, result);
    this.#wire.send({ id, result });
  }

  /** Sends an error to a request of the client. */
  replyError(id: RequestId, error: RawError): void {
    this.#wire.send({ id, error });
  }

  /** Sends text as it is: half a line, a banner, a broken message. Not validated, and no newline is added. */
  sendRaw(text: string): void {
    this.#wire.raw(text);
  }

  /** Breaks the connection off as a crash does, behind what has been sent. */
  async die(death: DeathOptions = {}): Promise<void> {
    checkOptions("die", death, DEATH_OPTIONS);
    await this.#drained();
    this.#die(death);
  }

  /** Ends the connection in an orderly way, behind what has been sent. */
  async close(): Promise<void> {
    await this.#drained();
    this.end();
  }

  /** Resolves when everything sent so far is on its way. */
  flushed(): Promise<void> {
    return this.#wire.flushed();
  }

  /** Called with each line of the client. */
  receive(line: string): void {
    const message = classify(line);
    if (message.kind === "request") this.#owner.onRequest(message, this);
    else if (message.kind === "notification") {
      this.#owner.onNotification(message.notification.method, message.notification.params, this);
    } else if (message.kind !== "skip") this.#settle(message);
  }

  /** Called with bytes of the client, until they end. */
  async receiveAll(readable: ReadableStream<Uint8Array>): Promise<void> {
    const splitter = new LineSplitter({ maxLineBytes: 2 ** 28 });
    for await (const chunk of readable) for (const line of splitter.push(chunk)) this.receive(line);
    const last = splitter.end();
    if (last !== undefined) this.receive(last);
  }

  /** Called when the connection is over. */
  end(): void {
    if (this.#over) return;
    this.#over = true;
    this.#wire.stop();
    for (const { method, answer } of this.#asks.values()) {
      answer.reject(new ScriptError(`${method} was not answered: the connection is over`));
    }
    this.#asks.clear();
    this.#closed.resolve();
  }

  /** What has been sent is on its way, or its reader has not taken it for so long that it never will. */
  async #drained(): Promise<void> {
    let stop = () => {};
    const stalled = new Promise<void>((resolve) => {
      stop = startTimer(DRAIN_MS, resolve);
    });
    await Promise.race([this.#wire.flushed(), this.closed, stalled]);
    stop();
  }

  #settle(message: Extract<Incoming, { readonly id: RequestId }>): void {
    const ask = this.#asks.get(message.id);
    if (ask === undefined) return;
    this.#asks.delete(message.id);
    try {
      if (message.kind !== "result") throw new ClientRefusal(ask.method, "error" in message ? message.error : null);
      this.#owner.check.answer(ask.method, message.result);
      ask.answer.resolve(message.result);
    } catch (error) {
      ask.answer.reject(error);
    }
  }
}

/** The client answered a server request with a JSON-RPC error. */
export class ClientRefusal extends Error {
  /** Says which class this is. */
  override readonly name: string = "ClientRefusal";
  /** The JSON-RPC error, or `null` if the answer had neither result nor error. */
  readonly error: RawError | null;

  /** Made by `ask`. */
  constructor(method: string, error: RawError | null) {
    super(`The client refused ${method}: ${error === null ? "neither result nor error" : JSON.stringify(error)}`);
    this.error = error;
  }
}
