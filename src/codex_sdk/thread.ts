import type { Thread as NativeThread } from "../client/thread/thread.ts";
import { lookAtWorkspace, type Workspace } from "../runtime/workspace.ts";
import type { ThreadEvent, Usage } from "./events.ts";
import type { ThreadItem } from "./items.ts";
import { type OpenedThread, openThread } from "./open_thread.ts";
import type { Input, RunResult, RunStreamedResult, ThreadOptions, TurnOptions } from "./options.ts";
import { runEvents } from "./run.ts";
import type { Life, Server } from "./server.ts";
import { runTurn } from "./turn.ts";

/**
 * A conversation. Comes from `codex.startThread` or `codex.resumeThread`, which start nothing: the first run does.
 *
 * Runs of one thread take place one after the other, in the order in which they were asked for.
 */
export class Thread {
  readonly #server: Server;
  readonly #options: ThreadOptions;
  #id: string | null;
  /** Whether the server has stored anything of it. Without that it is not to be resumed. */
  #stored: boolean;
  #opening: { readonly life: Life; readonly opened: Promise<OpenedThread> } | undefined;

  /** @ignore Threads come from a `Codex`. */
  constructor(server: Server, options: ThreadOptions | null, id: string | null) {
    this.#server = server;
    this.#options = options ?? {};
    this.#id = id;
    this.#stored = id !== null;
  }

  /** The thread's id, for `codex.resumeThread`. `null` until the first run of a new thread has begun. */
  get id(): string | null {
    return this.#id;
  }

  /**
   * This SDK's own thread: approvals, deltas, steering, tools, everything else. Not in `@openai/codex-sdk`.
   *
   * A promise until the thread is open, which this brings about; then the thread itself. `await` takes both. From then
   * on the server lives for as long as the program, or until `codex.native.close()`.
   *
   * @example
   * ```ts
   * import type { Thread } from "@codex-app-server/sdk/codex-sdk";
   *
   * async function live(thread: Thread, show: (text: string) => void): Promise<void> {
   *   const turn = await (await thread.native).turn("What does this project do?");
   *   for await (const text of turn.text()) show(text);
   * }
   * ```
   */
  get native(): NativeThread | Promise<NativeThread> {
    this.#server.pin();
    return this.#server.life.threads.get(this.#id)?.native ?? this.#server.use(async (life) => {
      const { thread, early } = await this.#open(life);
      await early?.return?.();
      return thread.native;
    });
  }

  /**
   * Runs a turn and waits for its end.
   *
   * @throws {Error} If the turn failed, with the server's message; or if nothing was run: the input is blank, the
   * folder is no Git repository, the configuration is wrong.
   * @throws {AbortError} If `turnOptions.signal` aborts first.
   */
  async run(input: Input, turnOptions: TurnOptions = {}): Promise<RunResult> {
    const items: ThreadItem[] = [];
    let finalResponse = "";
    let usage: Usage | null = null;
    for await (const event of this.#events(input, turnOptions)) {
      if (event.type === "item.completed") {
        if (event.item.type === "agent_message") finalResponse = event.item.text;
        items.push(event.item);
      } else if (event.type === "turn.completed") {
        usage = event.usage;
      } else if (event.type === "turn.failed") {
        throw new Error(event.error.message);
      }
    }
    return { items, finalResponse, usage };
  }

  /**
   * Runs a turn and shows its events as they come. It begins when the first is asked for; whoever stops to read ends it.
   *
   * The iteration throws what {@linkcode run} throws, of a turn that failed behind its last event.
   */
  runStreamed(input: Input, turnOptions: TurnOptions = {}): Promise<RunStreamedResult> {
    return Promise.resolve({ events: this.#events(input, turnOptions) });
  }

  #events(input: Input, options: TurnOptions): AsyncGenerator<ThreadEvent> {
    return runEvents(
      (request, given) =>
        this.#use(given, async (opened, life) => {
          if (given.aborted) return;
          this.#stored = true;
          await runTurn(life, opened, request, given);
        }),
      input,
      options,
    );
  }

  /** Waits until nobody else uses the thread, and opens it. */
  async #use<T>(given: AbortSignal, work: (opened: OpenedThread, life: Life) => Promise<T>): Promise<T> {
    const { turnstile } = this.#server;
    // A thread that is new has no id to wait at before it is open; then nobody else can know it yet.
    const left = [await turnstile.enter(this, given)];
    try {
      if (this.#id !== null) left.push(await turnstile.enter(this.#id, given));
      return await this.#server.use(async (life) => {
        const opened = await this.#open(life);
        if (left.length === 1) left.push(await turnstile.enter(opened.thread.native.id, given));
        try {
          return await life.threads.use(opened.thread.native.id, () => work(opened, life));
        } finally {
          await opened.early?.return?.();
        }
      });
    } finally {
      left.forEach((leave) => leave());
    }
  }

  /** Opens the thread; once, for all who want it meanwhile. */
  async #open(life: Life): Promise<OpenedThread> {
    if (this.#opening?.life === life) return await this.#opening.opened;
    // One that was opened and never spoken to is gone with its server.
    const id = this.#stored || life.threads.get(this.#id) !== undefined ? this.#id : null;
    const opened = Promise.resolve().then(() => openThread(life, id, this.#workspace(), this.#options));
    this.#opening = { life, opened };
    try {
      const { thread } = await opened;
      this.#id = thread.native.id;
      return await opened;
    } finally {
      this.#opening = undefined;
    }
  }

  #workspace(): Workspace {
    const { workingDirectory, skipGitRepoCheck } = this.#options;
    const workspace = lookAtWorkspace(workingDirectory || undefined);
    const { path, kind, repository } = workspace;
    if (kind !== "directory") throw new Error(`The working directory ${path} is not there, or is no folder`);
    if (!skipGitRepoCheck && repository === null) {
      throw new Error(
        `Not inside a trusted directory: ${path} lies in no Git repository. Set skipGitRepoCheck to work there`,
      );
    }
    return workspace;
  }
}
