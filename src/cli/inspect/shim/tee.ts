import { connect, type Socket } from "node:net";
import type { ShimConfig } from "./config.ts";
import { encodeFrame, type FrameKind } from "./tee_frame.ts";

/** So many bytes may wait for an inspector that is slow; what comes while they do is not told of. */
const MAX_WAITING = 32 * 1024 * 1024;

/** How long the end waits for an inspector that takes nothing. */
const END_MS = 500;

/** Tells the inspector, as long as there is one. Never throws, and nobody ever waits for it but the very end. */
export class Tee {
  #socket: Socket | null;
  #missing: Record<"in" | "out" | "err", number> = { in: 0, out: 0, err: 0 };

  constructor({ port, token }: ShimConfig, hello: unknown) {
    const socket = connect(port, "127.0.0.1");
    this.#socket = socket;
    socket.unref();
    socket.on("error", () => this.#lose());
    socket.on("close", () => this.#lose());
    socket.write(`${token}\n`);
    this.#frame("hello", new TextEncoder().encode(JSON.stringify(hello)));
  }

  tell(kind: "in" | "out" | "err", chunk: Uint8Array): void {
    if (this.#socket === null) return;
    if (this.#socket.writableLength > MAX_WAITING) {
      this.#missing[kind] += chunk.length;
      return;
    }
    this.#gaps();
    this.#frame(kind, chunk);
  }

  /** The last word. */
  async end(how: string): Promise<void> {
    const socket = this.#socket;
    if (socket === null) return;
    this.#gaps();
    this.#frame("end", new TextEncoder().encode(how));
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, END_MS);
      const done = () => {
        clearTimeout(timer);
        resolve();
      };
      socket.on("close", done);
      socket.end(done);
    });
  }

  #gaps(): void {
    for (const [of, bytes] of Object.entries(this.#missing)) {
      if (bytes > 0) this.#frame("gap", new TextEncoder().encode(JSON.stringify({ of, bytes })));
    }
    this.#missing = { in: 0, out: 0, err: 0 };
  }

  #frame(kind: FrameKind, payload: Uint8Array): void {
    this.#socket?.write(encodeFrame({ kind, at: performance.timeOrigin + performance.now(), payload }));
  }

  #lose(): void {
    this.#socket?.destroy();
    this.#socket = null;
  }
}
