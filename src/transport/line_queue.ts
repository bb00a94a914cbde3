/** What a {@linkcode LineQueue} tells its writer. */
export interface LineQueueOptions {
  /** Called when the reader cancels: nothing will be read any more. */
  readonly onCancel?: (reason: unknown) => void;
}

/**
 * Lines on their way to one reader. Writing never waits; the reader takes them as it likes, and gets every line that was
 * written before {@linkcode end} before it sees the end. `size` is what has been written and not yet read, so that the
 * writer can keep a limit or hold its own producer back.
 *
 * The queue of a `ReadableStream` itself will not do: it is thrown away when the stream errors, and V8 shifts a long
 * array by moving all of it.
 */
export class LineQueue {
  readonly readable: ReadableStream<string>;
  #lines: string[] = [];
  #head = 0;
  #characters = 0;
  #ended = false;
  #error: unknown;
  #controller!: ReadableStreamDefaultController<string>;
  #wanted: (() => void) | null = null;
  #onRead: (() => void) | null = null;

  constructor(options: LineQueueOptions = {}) {
    this.readable = new ReadableStream<string>({
      start: (controller) => {
        this.#controller = controller;
      },
      pull: () => this.#pull(),
      cancel: (reason) => {
        this.#drop();
        options.onCancel?.(reason);
      },
    }, { highWaterMark: 0 });
  }

  /** How many lines wait for the reader. */
  get lines(): number {
    return this.#lines.length - this.#head;
  }

  /** How many characters those lines have. */
  get characters(): number {
    return this.#characters;
  }

  /** Adds a line. Returns `false`, and drops it, after the end. */
  push(line: string): boolean {
    if (this.#ended) return false;
    if (this.#wanted !== null) {
      this.#controller.enqueue(line);
      this.#served();
      return true;
    }
    this.#lines.push(line);
    this.#characters += line.length;
    return true;
  }

  /** Ends the stream behind the lines that wait; with an error, the stream fails there. The first end counts. */
  end(error?: unknown): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#error = error;
    if (this.lines === 0) this.#finish();
    this.#notify();
  }

  /** Resolves once the reader has taken a line or gone away, or the queue has ended. */
  room(): Promise<void> {
    if (this.#ended) return Promise.resolve();
    return new Promise((resolve) => {
      const before = this.#onRead;
      this.#onRead = () => {
        before?.();
        resolve();
      };
    });
  }

  #pull(): void | Promise<void> {
    if (this.lines > 0) {
      this.#controller.enqueue(this.#take());
      if (this.#ended && this.lines === 0) this.#finish();
      this.#notify();
      return;
    }
    return new Promise((resolve) => {
      this.#wanted = resolve;
    });
  }

  #take(): string {
    const line = this.#lines[this.#head]!;
    this.#lines[this.#head] = "";
    this.#head++;
    this.#characters -= line.length;
    if (this.#head === this.#lines.length) {
      this.#lines = [];
      this.#head = 0;
    } else if (this.#head > 1024 && this.#head * 2 > this.#lines.length) {
      this.#lines = this.#lines.slice(this.#head);
      this.#head = 0;
    }
    return line;
  }

  #finish(): void {
    if (this.#error === undefined) this.#controller.close();
    else this.#controller.error(this.#error);
    this.#served();
  }

  #drop(): void {
    this.#ended = true;
    this.#lines = [];
    this.#head = 0;
    this.#characters = 0;
    this.#served();
    this.#notify();
  }

  #served(): void {
    const wanted = this.#wanted;
    this.#wanted = null;
    wanted?.();
  }

  #notify(): void {
    const onRead = this.#onRead;
    this.#onRead = null;
    onRead?.();
  }
}
