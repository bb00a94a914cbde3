import { Codex as NativeCodex } from "../client/codex.ts";
import type { CodexOptions as NativeCodexOptions } from "../client/options.ts";
import type { Thread as NativeThread } from "../client/thread/thread.ts";
import type { Diagnostic } from "../message/diagnostic.ts";
import { warningOf } from "./exec_events.ts";
import { nativeOptions } from "./native_options.ts";
import type { CodexOptions } from "./options.ts";
import { Turnstile } from "./turnstile.ts";

/** A thread as it stands in a server. */
export interface LoadedThread {
  readonly native: NativeThread;
  /** What it was opened with: whoever wants it otherwise has to open it anew. */
  readonly settings: string;
  /** What the server had to say when it was opened. */
  readonly warnings: string[];
  /** How many runs it has at the moment. */
  runs: number;
}

/** One server process, from its start to its end. */
export interface Life {
  readonly codex: NativeCodex;
  /** What the server has to say of its configuration. */
  readonly warnings: readonly string[];
  /** The threads that it has open, the one that was opened last at the end. */
  readonly threads: Map<string, LoadedThread>;
}

/**
 * How long a server without a run lives on, in milliseconds. As long as it does, the next run spares its start; but it
 * also holds its threads, so that no other process can go on with them.
 */
const IDLE_MS = 2_000;

/** Servers that nobody uses at the moment. They may hold a thread that somebody else in this program wants. */
const idle = new Set<Server>();

/** The server of one `Codex`: started when it is needed, ended when it is not, and started again. */
export class Server {
  /** Where runs of one thread wait for each other. */
  readonly turnstile: Turnstile = new Turnstile();
  readonly #options: CodexOptions;
  #life: Life | undefined;
  #ending: Promise<void> | undefined;
  #users = 0;
  #pinned = false;

  constructor(options: CodexOptions) {
    this.#options = options;
  }

  /** The client of the server. Whoever has it in hand decides for himself when it ends. */
  get native(): NativeCodex {
    this.pin();
    return this.#alive().codex;
  }

  /** No longer ends the server when nobody uses it. */
  pin(): void {
    this.#pinned = true;
    idle.delete(this);
  }

  /** A thread that the server has open. */
  loaded(threadId: string | null): NativeThread | undefined {
    return threadId === null ? undefined : this.#life?.threads.get(threadId)?.native;
  }

  /** Does something with a server, which lives at least as long. */
  async use<T>(work: (life: Life) => Promise<T>): Promise<T> {
    this.#users++;
    idle.delete(this);
    try {
      await this.#ending;
      return await work(this.#alive());
    } finally {
      this.#users--;
      if (this.#users === 0) this.#rest();
    }
  }

  /** Ends the servers of this program that hold a thread without using it. */
  static async giveWay(threadId: string): Promise<void> {
    const holders = [...idle].filter((server) => server.#life?.threads.has(threadId));
    await Promise.all(holders.map((server) => server.#end()));
  }

  #alive(): Life {
    if (this.#life !== undefined) return this.#life;
    const warnings: string[] = [];
    const life = {
      codex: new NativeCodex(withWarnings(nativeOptions(this.#options), warnings)),
      warnings,
      threads: new Map(),
    };
    this.#life = life;
    life.codex.closed.then(() => {
      if (this.#life === life) this.#life = undefined;
    });
    return life;
  }

  /** Waits a while for the next one to use it. The signal of a time-out keeps no program alive. */
  #rest(): void {
    const life = this.#life;
    if (life === undefined || this.#pinned) return;
    idle.add(this);
    AbortSignal.timeout(IDLE_MS).addEventListener("abort", () => {
      if (this.#life === life && idle.has(this)) void this.#end();
    }, { once: true });
  }

  async #end(): Promise<void> {
    idle.delete(this);
    const life = this.#life;
    this.#life = undefined;
    this.#ending = life?.codex.close();
    await this.#ending;
  }
}

function withWarnings(options: NativeCodexOptions, warnings: string[]): NativeCodexOptions {
  const onDiagnostic = (diagnostic: Diagnostic) => {
    if (diagnostic.type === "config-warning") {
      const { summary, details } = diagnostic;
      const warning = warningOf({ method: "configWarning", params: { summary, details } });
      if (warning !== null) warnings.push(warning);
    }
    options.onDiagnostic?.(diagnostic);
  };
  return { ...options, onDiagnostic };
}
