import type { Child, ExitStatus } from "../runtime/child.ts";
import { deferred } from "../util/deferred.ts";
import { RingBuffer } from "../util/ring_buffer.ts";
import { startTimer } from "../util/timer.ts";
import type { Transport, TransportEnd } from "./transport.ts";

/** How a child is listened to and ended. */
export interface ChildTransportOptions {
  readonly onStderr?: ((text: string) => void) | undefined;
  readonly stderrTailBytes?: number | undefined;
  readonly closeGraceMs?: number | undefined;
  readonly killGraceMs?: number | undefined;
}

/** How long a pipe may stay open after its process has exited: a grandchild may hold it for ever. */
const DRAIN_MS = 500;

/** Makes a transport of a running child. */
export function childTransport(child: Child, options: ChildTransportOptions = {}): Transport {
  const encoder = new TextEncoder();
  const stdin = child.stdin.getWriter();
  stdin.closed.catch(() => {});
  let closing: Promise<void> | null = null;
  let failure: { readonly error: unknown } | null = null;

  const exited = child.exited;
  const stdout = new Drain(child.stdout, exited);
  const stderr = new StderrTail(child.stderr, exited, options);

  const writable = new WritableStream<string>({
    async write(line) {
      try {
        await stdin.write(encoder.encode(line + "\n"));
      } catch (error) {
        if (closing === null) {
          failure ??= { error };
          close();
        }
        throw error;
      }
    },
    close: () => stdin.close(),
    abort: (reason) => stdin.abort(reason),
  });

  const closed = Promise.all([exited, stdout.done, stderr.done]).then(([exit]): TransportEnd => ({
    exit,
    stderrTail: stderr.text(),
    ...(failure === null ? {} : { error: failure.error }),
  }));

  function close(): Promise<void> {
    closing ??= end();
    return closing;
  }

  async function end(): Promise<void> {
    child.ref();
    stdout.drain();
    stdin.close().catch(() => {});
    if (!await within(exited, options.closeGraceMs ?? 2000)) {
      child.kill("SIGTERM");
      if (!await within(exited, options.killGraceMs ?? 2000)) child.kill("SIGKILL");
    }
    await closed;
  }

  return {
    readable: stdout.readable,
    writable,
    closed,
    close,
    ref: () => child.ref(),
    unref: () => child.unref(),
  };
}

/** Whether `exited` settles before the deadline. */
async function within(exited: Promise<ExitStatus>, ms: number): Promise<boolean> {
  let cancel = () => {};
  const late = new Promise<false>((resolve) => {
    cancel = startTimer(Math.max(ms, 1), () => resolve(false));
  });
  try {
    return await Promise.race([exited.then(() => true), late]);
  } finally {
    cancel();
  }
}

/**
 * The child's stdout. While the child lives it is read as fast as the consumer asks; after that, or once `drain` was
 * called, it is read to its end at once, so that nothing printed last is lost and the pipe is released.
 */
class Drain {
  readonly readable: ReadableStream<Uint8Array>;
  readonly done: Promise<void>;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  #controller!: ReadableStreamDefaultController<Uint8Array>;
  readonly #done = deferred<void>();
  #draining = false;
  #over = false;

  constructor(source: ReadableStream<Uint8Array>, exited: Promise<unknown>) {
    this.#reader = source.getReader();
    this.done = this.#done.promise;
    this.readable = new ReadableStream<Uint8Array>({
      start: (controller) => {
        this.#controller = controller;
      },
      pull: () => this.#draining ? undefined : this.#readOne(),
      cancel: () => this.#finish(),
    });
    exited.then(() => {
      this.drain();
      const cancel = startTimer(DRAIN_MS, () => this.#finish());
      this.done.then(cancel);
    });
  }

  drain(): void {
    if (this.#draining) return;
    this.#draining = true;
    (async () => {
      while (!this.#over) await this.#readOne();
    })();
  }

  async #readOne(): Promise<void> {
    const result = await this.#reader.read().catch(() => null);
    if (this.#over) return;
    if (result === null || result.done) this.#finish();
    else this.#controller.enqueue(result.value);
  }

  #finish(): void {
    if (this.#over) return;
    this.#over = true;
    this.#reader.cancel().catch(() => {});
    try {
      this.#controller.close();
    } catch {
      // The consumer has cancelled it.
    }
    this.#done.resolve();
  }
}

/** Reads stderr for as long as there is any, whatever happens to the listener, and keeps its tail. */
class StderrTail {
  readonly done: Promise<void>;
  readonly #ring: RingBuffer;

  constructor(source: ReadableStream<Uint8Array>, exited: Promise<unknown>, options: ChildTransportOptions) {
    this.#ring = new RingBuffer(options.stderrTailBytes ?? 64 * 1024);
    const drain = new Drain(source, exited);
    this.done = this.#read(drain, options.onStderr);
  }

  text(): string {
    return this.#ring.text();
  }

  async #read(drain: Drain, listener: ((text: string) => void) | undefined): Promise<void> {
    const decoder = new TextDecoder();
    for await (const chunk of drain.readable) {
      this.#ring.write(chunk);
      try {
        listener?.(decoder.decode(chunk, { stream: true }));
      } catch {
        // A listener's fault must not stall the server.
      }
    }
  }
}
