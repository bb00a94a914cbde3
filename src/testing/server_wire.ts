import { sleep } from "../util/timer.ts";
import { type ByteFaults, cutBytes, type Fault, type FaultRule, type OutgoingMessage } from "./faults.ts";

/** Where a scripted server's bytes go. */
export interface ByteSink {
  /** Resolves when there is room for more. */
  write(chunk: Uint8Array): Promise<void>;
  /** The connection breaks here: nothing more is written. */
  die(): void;
}

/** Sends a scripted server's messages in order, with the faults that its test asked for. */
export class ServerWire {
  readonly #sink: ByteSink;
  readonly #rule: FaultRule | undefined;
  readonly #bytes: ByteFaults;
  readonly #encoder = new TextEncoder();
  /** Lines that fell behind, each with how many messages it still lets pass. */
  #behind: { readonly line: string; left: number }[] = [];
  #queue: Promise<void> = Promise.resolve();
  #waiting = 0;
  #count = 0;
  #sent = 0;
  #dead = false;

  constructor(sink: ByteSink, rule: FaultRule | undefined, bytes: ByteFaults = {}) {
    this.#sink = sink;
    this.#rule = rule;
    this.#bytes = bytes;
  }

  /** Sends a message, subject to the rule. */
  send(message: OutgoingMessage): void {
    const fault = this.#rule?.(message, this.#count++);
    this.#enqueue(() => this.#deliver(JSON.stringify(message), fault));
  }

  /** Sends text as it is, without a newline of its own and without faults of the rule. */
  raw(text: string): void {
    this.#enqueue(() => this.#write(this.#encoder.encode(text)));
  }

  /** Resolves when everything handed over so far has been written. */
  flushed(): Promise<void> {
    return this.#queue;
  }

  /** Nothing is sent any more. */
  stop(): void {
    this.#dead = true;
  }

  #enqueue(step: () => Promise<void>): void {
    this.#waiting++;
    this.#queue = this.#queue.then(step).then(async () => {
      this.#waiting--;
      if (this.#waiting > 0 || this.#behind.length === 0) return;
      // A pause: what fell behind nothing must still arrive, or its client would wait for ever.
      await sleep(0);
      if (this.#waiting === 0) await this.#catchUp(Infinity);
    });
  }

  async #deliver(line: string, fault: Fault | undefined): Promise<void> {
    if (fault === "die") {
      this.#dead = true;
      return this.#sink.die();
    }
    if (typeof fault === "object" && "behind" in fault) {
      this.#behind.push({ line, left: fault.behind });
      return;
    }
    if (typeof fault === "object") await sleep(fault.delayMs);
    if (fault !== "drop") await this.#line(line);
    if (fault === "duplicate") await this.#line(line);
    await this.#catchUp(1);
  }

  /** Counts `passed` messages, and sends the lines that have let enough of them pass. */
  async #catchUp(passed: number): Promise<void> {
    for (const each of this.#behind) each.left -= passed;
    const due = this.#behind.filter((each) => each.left <= 0);
    this.#behind = this.#behind.filter((each) => each.left > 0);
    for (const { line } of due) await this.#line(line);
  }

  async #line(line: string): Promise<void> {
    await this.#write(this.#encoder.encode(line + "\n"));
  }

  async #write(bytes: Uint8Array): Promise<void> {
    for (const chunk of cutBytes(bytes, this.#bytes.chunkBytes)) {
      if (this.#dead) return;
      const room = (this.#bytes.dieAtByte ?? Infinity) - this.#sent;
      const kept = chunk.length < room ? chunk : chunk.subarray(0, room);
      this.#sent += kept.length;
      if (kept.length > 0) await this.#sink.write(kept);
      if (chunk.length < room) continue;
      this.#dead = true;
      return this.#sink.die();
    }
  }
}
