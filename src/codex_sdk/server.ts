import { Codex as NativeCodex } from "../client/codex.ts";
import type { CodexOptions as NativeCodexOptions } from "../client/options.ts";
import type { Diagnostic } from "../message/diagnostic.ts";
import { startIdleTimer } from "../util/timer.ts";
import { warningOf } from "./exec_events.ts";
import { LoadedThreads } from "./loaded_threads.ts";
import { homeOf, nativeOptions } from "./native_options.ts";
import type { CodexOptions } from "./options.ts";
import { Turnstile } from "./turnstile.ts";

/** One server process, from its start to its end. */
export interface Life {
  readonly codex: NativeCodex;
  /** What the server has to say of its configuration. */
  readonly warnings: readonly string[];
  /** The home of its user, as far as it is known. */
  readonly home: string | undefined;
  /** The threads that it has open. */
  readonly threads: LoadedThreads;
}

/** How long a server that nobody uses lives on, in milliseconds: the next run then spares its start. */
const IDLE_MS = 2_000;

/** The server of one `Codex`: started when it is needed, ended when it is not, and started again. */
export class Server {
  /** Where runs of one thread wait for each other. */
  readonly turnstile: Turnstile = new Turnstile();
  readonly #options: CodexOptions;
  #life: Life | undefined;
  #ending: Promise<void> | undefined;
  #users = 0;
  /** How often it has come into use or out of it. */
  #rests = 0;
  #pinned = false;

  constructor(options: CodexOptions) {
    this.#options = options;
  }

  /** The server as it is now, if it was started, and what was started with it. */
  get life(): Life {
    if (this.#life !== undefined) return this.#life;
    const warnings: string[] = [];
    const codex = new NativeCodex(withWarnings(nativeOptions(this.#options), warnings));
    const life = { codex, warnings, home: homeOf(this.#options), threads: new LoadedThreads(codex) };
    this.#life = life;
    codex.closed.then(() => {
      life.threads.clear();
      if (this.#life === life) this.#life = undefined;
    });
    return life;
  }

  /** Leaves it to the program when the server ends and lets go of threads. */
  pin(): void {
    this.#pinned = true;
    this.#life?.threads.pin();
  }

  /** Does something with a server, which lives at least as long. */
  async use<T>(work: (life: Life) => Promise<T>): Promise<T> {
    this.#users++;
    this.#rests++;
    try {
      await this.#ending;
      if (this.#pinned) this.life.threads.pin();
      return await work(this.life);
    } finally {
      this.#users--;
      if (this.#users === 0) this.#rest();
    }
  }

  /** Waits a while for the next one to use it. */
  #rest(): void {
    const life = this.#life;
    const rest = ++this.#rests;
    if (life === undefined || this.#pinned) return;
    startIdleTimer(IDLE_MS, () => {
      if (this.#pinned || this.#rests !== rest || this.#life !== life) return;
      this.#life = undefined;
      this.#ending = life.codex.close();
    });
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
