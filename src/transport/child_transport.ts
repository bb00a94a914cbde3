import type { Child } from "../runtime/child.ts";
import { deferred, quiet } from "../util/deferred.ts";
import { sleep, startTimer } from "../util/timer.ts";
import { DrainedStream } from "./drained_stream.ts";
import { StderrTail } from "./stderr_tail.ts";
import type { Transport, TransportEnd } from "./transport.ts";

/** How often what a server has left behind is looked after, in milliseconds. */
const CHECK_MS = 50;
/** How long SIGKILL may take to work: it is waited for, as the program may end behind `close()`. */
const KILLED_MS = 1000;

/** How a child is listened to, and how patiently it is ended. */
export interface ChildTransportOptions {
  /** Is given the child's stderr as it comes, cut anywhere. What it throws is dropped. */
  readonly onStderr?: ((text: string) => void) | undefined;
  /** How many bytes of stderr are kept. Default 64 KiB. */
  readonly stderrTailBytes?: number | undefined;
  /** From the end of stdin to SIGTERM, in milliseconds. Default 2,000. */
  readonly closeGraceMs?: number | undefined;
  /** From SIGTERM to SIGKILL, in milliseconds. Default 2,000. */
  readonly killGraceMs?: number | undefined;
}

/** Makes a transport of a running child; owns it from then on. */
export function childTransport(child: Child, options: ChildTransportOptions = {}): Transport {
  const connection = new ChildConnection(child, options);
  return {
    readable: connection.readable,
    writable: connection.writable,
    closed: connection.closed,
    close: () => connection.close(),
    pid: child.pid,
    ref: () => child.ref(),
    unref: () => child.unref(),
  };
}

class ChildConnection {
  readonly readable: ReadableStream<Uint8Array>;
  readonly writable: WritableStream<string>;
  readonly closed: Promise<TransportEnd>;
  readonly #child: Child;
  readonly #options: ChildTransportOptions;
  readonly #stdin: WritableStreamDefaultWriter<Uint8Array>;
  readonly #stdout: DrainedStream;
  readonly #stderr: StderrTail;
  #exited = false;
  #closing: Promise<void> | null = null;
  /** Settles when nothing is left of the server. */
  #remains: Promise<void> = Promise.resolve();
  #failure: { readonly error: unknown } | null = null;
  /** Fails the write that is under way; there is one at a time. */
  #failWrite: (error: Error) => void = () => {};

  constructor(child: Child, options: ChildTransportOptions) {
    this.#child = child;
    this.#options = options;
    this.#stdout = new DrainedStream(child.stdout, child.exited);
    this.#stderr = new StderrTail(
      child.stderr,
      child.exited,
      options.stderrTailBytes ?? 64 * 1024,
      options.onStderr,
    );
    this.#stdin = child.stdin.getWriter();
    this.#stdin.closed.catch(() => {});
    this.readable = this.#stdout.readable;
    const encoder = new TextEncoder();
    this.writable = new WritableStream<string>({
      write: (line) => this.#write(encoder.encode(`${line}\n`)),
      close: () => this.#stdin.close(),
      abort: (reason) => this.#stdin.abort(reason),
    });
    this.closed = this.#end();
  }

  close(): Promise<void> {
    this.#closing ??= this.#shutDown();
    return this.#closing;
  }

  async #write(bytes: Uint8Array): Promise<void> {
    const cut = deferred<never>();
    quiet(cut.promise); // Node 20 can throw from `write` while stdin is being closed; then nobody waits for it
    this.#failWrite = cut.reject;
    try {
      // A pipe that a grandchild keeps open would hold the write for ever.
      await Promise.race([this.#stdin.write(bytes), cut.promise]);
    } catch (error) {
      // A server that takes no requests is of no use. If it is closing or dead, that is the reason and this a symptom.
      if (this.#closing === null && !this.#exited) {
        this.#failure = { error };
        this.close();
      }
      throw error;
    }
  }

  async #end(): Promise<TransportEnd> {
    const exit = await this.#child.exited;
    this.#exited = true;
    const gone = new Error("The server has exited");
    this.#failWrite(gone);
    this.#stdin.abort(gone).catch(() => {});
    this.#remains = this.#endRemains();
    await Promise.all([this.#stdout.done, this.#stderr.done]);
    const end = { exit, stderrTail: this.#stderr.text() };
    const failure = this.#failure ?? this.#stdout.failure;
    return failure === null ? end : { ...end, error: failure.error };
  }

  /** The ladder: end of stdin, SIGTERM, SIGKILL. Each rung has its own deadline; the last needs none. */
  async #shutDown(): Promise<void> {
    const exitedByItself = this.#exited;
    this.#child.ref();
    this.#stdout.drain(); // a server that blocks on its output would not see the end of its input
    this.#stdin.close().catch(() => {});
    if (!await this.#exitsWithin(this.#options.closeGraceMs ?? 2000)) {
      this.#child.kill("SIGTERM");
      await this.#exitsWithin(this.#options.killGraceMs ?? 2000);
      // Also if the server has exited: what it leaves behind in its group goes with it.
      this.#child.kill("SIGKILL");
    }
    await this.closed;
    if (!exitedByItself) await this.#remains;
  }

  /**
   * The same ladder for what runs on in the server's group: a server whose launcher has died, what it had started. They
   * have seen the end of their input by now. Nobody waits for this who is to learn at once that the server has died.
   */
  async #endRemains(): Promise<void> {
    if (await this.#groupEndsWithin(this.#options.closeGraceMs ?? 2000)) return;
    this.#child.kill("SIGTERM");
    if (await this.#groupEndsWithin(this.#options.killGraceMs ?? 2000)) return;
    this.#child.kill("SIGKILL");
    await this.#groupEndsWithin(KILLED_MS);
  }

  async #groupEndsWithin(ms: number): Promise<boolean> {
    for (const end = performance.now() + ms;;) {
      if (!await this.#child.groupRuns()) return true;
      if (performance.now() >= end) return false;
      await sleep(CHECK_MS);
    }
  }

  async #exitsWithin(ms: number): Promise<boolean> {
    const { promise, resolve } = deferred<boolean>();
    const cancel = startTimer(Math.max(ms, 1), () => resolve(false));
    this.#child.exited.then(() => resolve(true));
    try {
      return await promise;
    } finally {
      cancel();
    }
  }
}
