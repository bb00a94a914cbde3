/**
 * The client's side of a connection, below the client: for tests of the kit itself.
 *
 * @module
 */
import type { Incoming, RawError, RawNotification } from "../../src/message/message.ts";
import { Peer } from "../../src/router/peer.ts";
import type { Transport, TransportEnd } from "../../src/transport/transport.ts";

/** Any JSON object. */
export type Json = Record<string, unknown>;

/** Sends and records messages as they are. */
export class RawClient {
  /** Every notification so far. */
  readonly seen: RawNotification[] = [];
  /** Every reply so far. */
  readonly replies: Incoming[] = [];
  /** Every line that was no message, as its reason. */
  readonly skipped: string[] = [];
  /** How the connection ended. */
  readonly ended: Promise<TransportEnd>;
  /** Answers the server's requests; `null` leaves one open. */
  onAsk: (method: string, params: Json) => { readonly result: unknown } | { readonly error: RawError } | null = () => ({
    error: { code: -32601, message: "no" },
  });
  readonly #peer: Peer;
  readonly #replies = new Map<unknown, (message: Incoming) => void>();
  readonly #watchers = new Set<() => void>();
  #id = 0;

  constructor(transport: Transport) {
    this.#peer = new Peer(transport, {
      maxLineBytes: 2 ** 28,
      onDiagnostic: (diagnostic) => {
        if (diagnostic.type === "skipped-line") this.skipped.push(diagnostic.reason);
      },
      onMessage: (message) => this.#handle(message),
    });
    this.ended = this.#peer.ended;
  }

  async request(method: string, params: Json): Promise<Json> {
    const id = ++this.#id;
    const reply = new Promise<Incoming>((resolve) => this.#replies.set(id, resolve));
    await this.#peer.send({ id, method, params });
    const message = await reply;
    if (message.kind === "result") return message.result as Json;
    throw new Error(message.kind === "error" ? message.error.message : message.kind);
  }

  async notify(method: string): Promise<void> {
    await this.#peer.send({ method });
  }

  close(): Promise<void> {
    return this.#peer.close();
  }

  notified(method: string, fits: (params: Json) => boolean = () => true): Promise<Json> {
    return new Promise((resolve) => {
      const look = () => {
        const found = this.seen.find((each) => each.method === method && fits(each.params as Json));
        if (found === undefined) return;
        this.#watchers.delete(look);
        resolve(found.params as Json);
      };
      this.#watchers.add(look);
      look();
    });
  }

  #handle(message: Incoming): void {
    if (message.kind === "notification") {
      this.seen.push(message.notification);
      for (const look of [...this.#watchers]) look();
    } else if (message.kind === "request") {
      const answer = this.onAsk(message.method, message.params as Json);
      if (answer !== null) void this.#peer.send({ id: message.id, ...answer });
    } else if (message.kind !== "skip") {
      this.replies.push(message);
      this.#replies.get(message.id)?.(message);
    }
  }
}
