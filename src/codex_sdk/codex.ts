import type { Codex as NativeCodex } from "../client/codex.ts";
import type { CodexOptions, ThreadOptions } from "./options.ts";
import { Server } from "./server.ts";
import { Thread } from "./thread.ts";

/**
 * The agent, with the API of `@openai/codex-sdk`: over one `codex app-server`, which is started when a run needs it and
 * ended a little after the last one, instead of one process a run. There is nothing to close.
 *
 * @example
 * ```ts ignore
 * import { Codex } from "@codex-app-server/sdk/codex-sdk";
 *
 * const thread = new Codex().startThread();
 * const { finalResponse } = await thread.run("What does this project do?");
 * console.log(finalResponse);
 * ```
 */
export class Codex {
  readonly #server: Server;

  /** Makes a client; starts nothing. What is wrong with the options is said by the first run. */
  constructor(options: CodexOptions = {}) {
    this.#server = new Server(options);
  }

  /**
   * This SDK's own client: everything that the server can do. Not in `@openai/codex-sdk`.
   *
   * From then on the server lives for as long as the program, or until it is closed here.
   */
  get native(): NativeCodex {
    this.#server.pin();
    return this.#server.life.codex;
  }

  /** A new conversation. */
  startThread(options: ThreadOptions = {}): Thread {
    return new Thread(this.#server, options, null);
  }

  /** A conversation that exists, by its id. */
  resumeThread(id: string, options: ThreadOptions = {}): Thread {
    // A program that has no id yet, whatever its types say, is given a new thread: so there, so here.
    return new Thread(this.#server, options, id || null);
  }
}
