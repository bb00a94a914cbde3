import { deferred } from "../util/deferred.ts";

/** How often a pipe is looked after once its process has exited, in milliseconds. */
const CHECK_MS = 100;
/** So many checks without a byte, and whoever still holds the pipe has nothing to say. */
const QUIET_CHECKS = 3;
/** So many checks in all, and whoever still writes is not the process that was asked. */
const MAX_CHECKS = 20;

/**
 * A child's output, read to its end.
 *
 * While the child lives, the pipe is read as fast as the consumer asks: what is not read waits in the child. Once it
 * has exited, or `drain` was called, the rest is taken in at once, so that the pipe can be let go of and its last words
 * are there whenever the consumer wants them. A grandchild that keeps the pipe open is waited for briefly, not for ever.
 */
export class DrainedStream {
  /** The output. Ends, never errors. */
  readonly readable: ReadableStream<Uint8Array>;
  /** Resolves when nothing more will come; what has come may still wait in `readable`. Never rejects. */
  readonly done: Promise<void>;
  readonly #done = deferred<void>();
  readonly #source: ReadableStreamDefaultReader<Uint8Array>;
  #controller!: ReadableStreamDefaultController<Uint8Array>;
  #draining = false;
  #over = false;
  #exited = false;
  #failure: { readonly error: unknown } | null = null;
  #quietChecks = 0;

  constructor(source: ReadableStream<Uint8Array>, exited: Promise<unknown>) {
    this.#source = source.getReader();
    this.done = this.#done.promise;
    this.readable = new ReadableStream<Uint8Array>({
      start: (controller) => {
        this.#controller = controller;
      },
      pull: () => this.#draining ? undefined : this.#readOne(),
      cancel: () => this.#finish(),
    });
    exited.then(() => {
      this.#exited = true;
      this.drain();
      this.#lookAfter(MAX_CHECKS);
    });
  }

  /** Why the pipe could not be read to its end, if that was not the end of the process. */
  get failure(): { readonly error: unknown } | null {
    return this.#failure;
  }

  /** Takes in everything from now on, asked or not. */
  drain(): void {
    if (this.#draining) return;
    this.#draining = true;
    this.#readAll();
  }

  async #readAll(): Promise<void> {
    while (!this.#over) await this.#readOne();
  }

  async #readOne(): Promise<void> {
    try {
      const { done, value } = await this.#source.read();
      if (this.#over) return;
      this.#quietChecks = 0;
      if (done) this.#finish();
      else this.#controller.enqueue(value);
    } catch (error) {
      // A pipe that breaks because its process died has simply ended.
      if (!this.#exited && !this.#over) this.#failure = { error };
      this.#finish();
    }
  }

  /** Counts checks rather than time: a host that was busy for long has not given the pipe its chance. */
  #lookAfter(checksLeft: number): void {
    if (this.#over) return;
    if (checksLeft === 0 || this.#quietChecks >= QUIET_CHECKS) return this.#finish();
    this.#quietChecks++;
    const timer = setTimeout(() => this.#lookAfter(checksLeft - 1), CHECK_MS);
    this.done.then(() => clearTimeout(timer));
  }

  #finish(): void {
    if (this.#over) return;
    this.#over = true;
    this.#source.cancel().catch(() => {});
    try {
      this.#controller.close();
    } catch {
      // The consumer has cancelled it.
    }
    this.#done.resolve();
  }
}
