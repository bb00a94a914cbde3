import type { TransportClosedError } from "../../errors.ts";
import type { DiagnosticListener } from "../../message/diagnostic.ts";
import type { Router } from "../../router/router.ts";
import { sleep } from "../../util/timer.ts";
import type { CodexOptions, ReconnectOptions } from "../options.ts";
import { backoff } from "../retry.ts";
import type { ThreadRegistry } from "../thread/thread_registry.ts";

const JITTER = 0.2;

/** Opens a new connection when one is lost, if it was asked to. */
export class Reconnector {
  readonly #settings: Required<{ [K in keyof ReconnectOptions]: number }> | undefined;
  readonly #router: Router;
  readonly #threads: ThreadRegistry;
  readonly #onDiagnostic: DiagnosticListener;
  readonly #connect: (signal: AbortSignal, beforeOpen: () => Promise<void>) => Promise<void>;
  readonly #stopped = new AbortController();
  #running: Promise<void> = Promise.resolve();
  /** How many attempts in a row have come to nothing, the one under way included. */
  #attempts = 0;
  #openedAt = -Infinity;

  /** @param connect Opens a connection and shakes hands; calls back before anything else may use it. */
  constructor(
    options: CodexOptions,
    router: Router,
    threads: ThreadRegistry,
    onDiagnostic: DiagnosticListener,
    connect: (signal: AbortSignal, beforeOpen: () => Promise<void>) => Promise<void>,
  ) {
    const { reconnect } = options;
    if (reconnect !== undefined && reconnect !== false) {
      const given = reconnect === true ? {} : reconnect;
      this.#settings = {
        maxAttempts: given.maxAttempts ?? 10,
        initialDelayMs: given.initialDelayMs ?? 250,
        maxDelayMs: given.maxDelayMs ?? 10_000,
      };
    }
    this.#router = router;
    this.#threads = threads;
    this.#onDiagnostic = onDiagnostic;
    this.#connect = connect;
  }

  /** Whether lost connections are opened again. */
  get enabled(): boolean {
    return this.#settings !== undefined;
  }

  /** The connection is lost. Returns whether it will be opened again. */
  begin(error: TransportClosedError): boolean {
    if (this.#settings === undefined || this.#stopped.signal.aborted) return false;
    // A server that only this client used has taken its turns with it.
    if (!this.#router.shared) this.#router.turns.failOpen(error);
    // A connection that breaks at once came to nothing: a server that crashes on its own threads would be started for ever.
    if (performance.now() - this.#openedAt > this.#settings.maxDelayMs) this.#attempts = 0;
    this.#running = this.#loop(error).catch((reason) => {
      // Whoever stopped it ends the router as well.
      if (!this.#stopped.signal.aborted) this.#router.fail(reason);
    });
    return true;
  }

  /** No further attempts. Resolves when the one under way has been given up and has cleaned up. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#running;
  }

  async #loop(lost: TransportClosedError): Promise<void> {
    const { maxAttempts, initialDelayMs, maxDelayMs } = this.#settings!;
    let error: unknown = lost;
    while (this.#attempts < maxAttempts) {
      const attempt = ++this.#attempts;
      const delayMs = backoff(attempt, initialDelayMs, maxDelayMs, JITTER);
      this.#onDiagnostic({ type: "reconnecting", attempt, delayMs, error });
      await sleep(delayMs, this.#stopped.signal);
      try {
        let threadIds: readonly string[] = [];
        await this.#connect(this.#stopped.signal, async () => {
          threadIds = await this.#threads.resume();
        });
        this.#openedAt = performance.now();
        this.#onDiagnostic({ type: "reconnected", attempt, threadIds });
        return;
      } catch (reason) {
        this.#stopped.signal.throwIfAborted();
        if (this.#router.closedError !== undefined) throw reason;
        error = reason;
      }
    }
    throw error;
  }
}
