/** How many chunks may wait for the reader before a write waits for it. */
const CAPACITY = 1024;

/** Bytes on their way from a scripted server to its client: written here, read as a stream there. */
export class BytePipe {
  readonly readable: ReadableStream<Uint8Array>;
  #controller!: ReadableStreamDefaultController<Uint8Array>;
  #wanted: (() => void) | null = null;
  #ended = false;

  constructor() {
    this.readable = new ReadableStream<Uint8Array>({
      start: (controller) => {
        this.#controller = controller;
      },
      pull: () => this.#go(),
      cancel: () => {
        this.#ended = true;
        this.#go();
      },
    }, { highWaterMark: CAPACITY });
  }

  /** Resolves when it is written, or when the reader has gone. */
  async write(chunk: Uint8Array): Promise<void> {
    while (!this.#ended && (this.#controller.desiredSize ?? 0) <= 0) {
      await new Promise<void>((resolve) => {
        this.#wanted = resolve;
      });
    }
    if (!this.#ended) this.#controller.enqueue(chunk);
  }

  /** Ends the stream behind what has been written. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#controller.close();
    this.#go();
  }

  #go(): void {
    const wanted = this.#wanted;
    this.#wanted = null;
    wanted?.();
  }
}
