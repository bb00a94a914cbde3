/**
 * A server in memory that answers at once and sends the events that it is fed with, for what a pipe would only disturb.
 *
 * @module
 */
import { setImmediate } from "node:timers/promises";
import type { Transport } from "@codex-app-server/sdk";
import { ThreadStartResponseSchema } from "@codex-app-server/sdk/protocol";
import { sample } from "@codex-app-server/sdk/testing";

const encoder = new TextEncoder();
export const THREAD_ID = "0199f4b2-7a11-7c52-9d55-0a1b2c3d4e5f";

/** The n-th thread's id; threads are numbered from 1. */
export function threadId(n: number): string {
  return n === 1 ? THREAD_ID : `0199f4b2-7a13-7c52-9d55-${String(n).padStart(12, "0")}`;
}

/** The n-th turn's id; turns are numbered from 1. */
export function turnId(n: number): string {
  return `0199f4b2-7a12-7c52-9d55-${String(n).padStart(12, "0")}`;
}

/** One delta, as it stands on the wire. */
export function deltaLine(turn: number, text: string, thread: number = 1): string {
  const params = {
    threadId: threadId(thread),
    turnId: turnId(turn),
    itemId: "msg_0199f4b27a127c529d550a1b",
    delta: text,
  };
  return `${JSON.stringify({ method: "item/agentMessage/delta", params, emittedAtMs: 1763800000000 })}\n`;
}

/** The end of a turn, as it stands on the wire. */
export function completedLine(n: number): string {
  const params = { threadId: THREAD_ID, turn: turn(n, "completed") };
  return `${JSON.stringify({ method: "turn/completed", params, emittedAtMs: 1763800000000 })}\n`;
}

/** See the module. */
export class FedServer {
  readonly transport: Transport;
  #controller!: ReadableStreamDefaultController<Uint8Array>;
  #threads = 0;
  #turns = 0;

  constructor() {
    this.transport = {
      readable: new ReadableStream<Uint8Array>({
        start: (controller) => {
          this.#controller = controller;
        },
      }),
      writable: new WritableStream<string>({ write: (line) => this.#answer(JSON.parse(line)) }),
      closed: new Promise(() => {}),
      close: () => Promise.resolve(),
    };
  }

  /** Sends bytes. */
  send(bytes: Uint8Array): void {
    this.#controller.enqueue(bytes);
  }

  /** Sends bytes and lets everybody who waits for them have their turn. */
  async feed(bytes: Uint8Array): Promise<void> {
    this.send(bytes);
    await setImmediate();
  }

  #answer({ id, method }: { id?: number; method: string }): void {
    if (id === undefined) return;
    this.#controller.enqueue(encoder.encode(`${JSON.stringify({ id, result: this.#result(method) })}\n`));
  }

  #result(method: string): unknown {
    if (method === "initialize") {
      return { userAgent: "bench/0.169.0 (fed)", codexHome: "/home", platformFamily: "unix", platformOs: "linux" };
    }
    if (method === "turn/start") return { turn: turn(++this.#turns, "inProgress") };
    // Whatever else is asked tells of the first thread: each new id would be remembered.
    const n = method === "thread/start" ? ++this.#threads : 1;
    return sample(ThreadStartResponseSchema, { thread: { id: threadId(n) } });
  }
}

function turn(n: number, status: "inProgress" | "completed"): object {
  return { id: turnId(n), items: [], itemsView: "notLoaded", status };
}
