import type { Transport, TransportEnd, TransportFactory } from "../../../transport/transport.ts";
import { VERSION } from "../../../version.ts";
import type { EventLog } from "./event_log.ts";
import { LineTap } from "./line_tap.ts";
import { Traffic } from "./traffic.ts";

/** A request or an answer made by hand that cannot be sent. The message says what to do. */
export class NotSentError extends Error {
  override readonly name = "NotSentError";
}

/** A longer line of the server, in characters, asks nothing that anybody could read. */
const MAX_QUESTION = 16 * 1024 * 1024;

/** How an own connection is made. */
export interface OwnOptions {
  /** What to call it. */
  readonly title: string;
  readonly open: TransportFactory;
  readonly showSecrets: boolean;
}

/**
 * The inspector as a client: it greets the server, sends what is asked for on the page, and answers nothing by itself.
 * It opens with the first use, and anew if it has ended.
 */
export class OwnConnection {
  readonly #log: EventLog;
  readonly #options: OwnOptions;
  #open: Promise<OpenConnection> | undefined;
  readonly #closing = new AbortController();

  constructor(log: EventLog, options: OwnOptions) {
    this.#log = log;
    this.#options = options;
  }

  /** Opens it, if it is not open. */
  async open(): Promise<void> {
    await this.#opened();
  }

  /** Sends a request; its answer comes into the log. Returns the connection's number and the request's id. */
  async request(method: string, params: unknown): Promise<{ readonly connection: number; readonly id: number }> {
    const open = await this.#opened();
    const id = open.nextId++;
    await open.send({ id, method, ...(params === undefined ? {} : { params }) });
    return { connection: open.traffic.id, id };
  }

  /** Answers a request of the server, with a result or an error. */
  async answer(connection: number, id: number | string, body: Readonly<Record<string, unknown>>): Promise<void> {
    const open = await this.#open?.catch(() => undefined);
    if (open === undefined || open.traffic.id !== connection) {
      throw new NotSentError("This question was asked of another client: it is that one's to answer");
    }
    // Taken away first, so that two pages do not both answer it.
    if (!open.questions.delete(id)) {
      throw new NotSentError(`Nothing asks under the id ${JSON.stringify(id)}, or not any more`);
    }
    await open.send({ id, ...body });
  }

  async close(): Promise<void> {
    this.#closing.abort(new NotSentError("The inspector is about to end"));
    const open = await this.#open?.catch(() => undefined);
    await open?.transport.close();
  }

  #opened(): Promise<OpenConnection> {
    if (this.#closing.signal.aborted) return Promise.reject(this.#closing.signal.reason);
    const opening = this.#open ??= this.#begin();
    opening.catch(() => {
      if (this.#open === opening) this.#open = undefined;
    });
    return opening;
  }

  async #begin(): Promise<OpenConnection> {
    const { title, showSecrets, open: openTransport } = this.#options;
    const early: string[] = [];
    let onStderr = (text: string): void => void early.push(text);
    const transport = await openTransport({
      signal: this.#closing.signal,
      onStderr: (text) => onStderr(text),
    });
    const traffic = new Traffic(this.#log, "own", title, showSecrets);
    onStderr = (text) => traffic.bytes("err", new TextEncoder().encode(text));
    early.forEach(onStderr);
    const open = new OpenConnection(transport, traffic);
    void open.read();
    void transport.closed.then((end) => {
      traffic.end(howEnded(end));
      if (this.#open !== undefined) void this.#open.then((now) => now === open && (this.#open = undefined), () => {});
    });
    const clientInfo = { name: "codex_app_server_sdk_inspector", title: "Inspector", version: VERSION };
    try {
      await open.send({
        id: open.nextId++,
        method: "initialize",
        params: { clientInfo, capabilities: { experimentalApi: true } },
      });
      await open.send({ method: "initialized" });
    } catch (cause) {
      // A pipe that broke says nothing: how the server ended does, and its last words.
      await transport.close();
      const { exit, stderrTail = "" } = await transport.closed;
      const how = howEnded(exit === undefined ? { error: cause } : { exit });
      throw new Error(`The server did not listen: ${how}\n${stderrTail}`.trimEnd(), { cause });
    }
    return open;
  }
}

function howEnded({ error, exit }: TransportEnd): string {
  if (error !== undefined) return String(error instanceof Error ? error.message : error);
  if (exit === undefined) return "closed";
  return exit.signal === null ? `exit code ${exit.code}` : `ended by ${exit.signal}`;
}

class OpenConnection {
  readonly transport: Transport;
  readonly traffic: Traffic;
  /** The ids of what the server has asked and nobody has answered. */
  readonly questions = new Set<number | string>();
  nextId = 1;
  readonly #writer: WritableStreamDefaultWriter<string>;

  constructor(transport: Transport, traffic: Traffic) {
    this.transport = transport;
    this.traffic = traffic;
    this.#writer = transport.writable.getWriter();
    this.#writer.closed.catch(() => {});
    this.#writer.ready.catch(() => {});
  }

  /** Writes one message. */
  async send(message: unknown): Promise<void> {
    const line = JSON.stringify(message);
    this.traffic.line("out", line);
    await this.#writer.write(line);
  }

  /** Reads to the end. */
  async read(): Promise<void> {
    const lines = new QuestionReader(this.questions);
    const reader = this.transport.readable.getReader();
    try {
      for (let next = await reader.read(); !next.done; next = await reader.read()) {
        if (typeof next.value === "string") this.traffic.line("in", next.value);
        else this.traffic.bytes("in", next.value);
        lines.take(next.value);
      }
    } catch {
      // `closed` tells why.
    }
  }
}

/** Looks for the server's requests in what it says. */
class QuestionReader {
  readonly #questions: Set<number | string>;
  readonly #tap = new LineTap((line, length) => length === line.length && this.#line(line), MAX_QUESTION);

  constructor(questions: Set<number | string>) {
    this.#questions = questions;
  }

  take(chunk: string | Uint8Array): void {
    if (typeof chunk === "string") return this.#line(chunk);
    this.#tap.write(chunk);
  }

  #line(line: string): void {
    // Only these have both; most lines are deltas, and need not be read for it.
    if (!line.includes('"id"') || !line.includes('"method"')) return;
    try {
      const { id, method, params } = JSON.parse(line) as Record<string, unknown>;
      if (typeof method !== "string") return;
      if (typeof id === "number" || typeof id === "string") this.#questions.add(id);
      else if (method === "serverRequest/resolved") {
        this.#questions.delete((params as { requestId: number | string }).requestId);
      }
    } catch {
      // No message: nothing asks.
    }
  }
}
