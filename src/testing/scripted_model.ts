import { serveHttp } from "../runtime/serve.ts";
import { Arrivals, WAIT_TIMEOUT_MS } from "./arrivals.ts";
import { Gate } from "./gate.ts";
import { ModelRequest, type ModelRequestBody } from "./model_request.ts";
import type { ReplyStep } from "./reply_step.ts";
import { type ModelScript, type ReplyMaker, type RequestMatcher, Script } from "./model_script.ts";
import { openReply } from "./model_stream.ts";

/** A scripted model's open listener. */
export interface ModelListener extends AsyncDisposable {
  /** The base URL for the server's configuration: `http://127.0.0.1:PORT/v1`. */
  readonly url: string;
  /** Stops listening and cuts every open reply. */
  close(): Promise<void>;
}

/**
 * A model whose every reply is written by the test: an endpoint of the Responses API.
 *
 * A request takes its reply from the scripts of {@linkcode ScriptedModel.when} that match it, in the order in which those
 * were made; only if none matches, from the model's own queue. A request that finds no reply gets HTTP 501 with a text that says so, which fails its turn, and stands in
 * {@linkcode ScriptedModel.unscripted}.
 *
 * @example
 * ```ts
 * import { command, message, ScriptedModel } from "@codex-app-server/sdk/testing";
 *
 * const model = new ScriptedModel();
 * model.reply(command("ls")).reply(message("There are three files."));
 * await using listener = await model.listen();
 * const response = await fetch(`${listener.url}/responses`, {
 *   method: "POST",
 *   body: JSON.stringify({ model: "mock-model", input: [] }),
 * });
 * await response.text(); // the server-sent events of the command
 * ```
 */
export class ScriptedModel implements ModelScript {
  readonly #own = new Script(() => true);
  readonly #scripts: Script[] = [];
  readonly #requests = new Arrivals<ModelRequest>();
  readonly #unscripted: ModelRequest[] = [];
  readonly #counts = new Map<string, number>();

  /** Every request so far, in order of arrival. */
  get requests(): readonly ModelRequest[] {
    return this.#requests.list;
  }

  /** The requests that no script had a reply for. */
  get unscripted(): readonly ModelRequest[] {
    return this.#unscripted;
  }

  /** How many queued replies have not been asked for. */
  get unused(): number {
    return this.#scripts.reduce((sum, script) => sum + script.left, this.#own.left);
  }

  /** Queues one reply for requests that no `when` chooses. */
  reply(...steps: readonly ReplyStep[] | readonly [ReplyMaker]): this {
    this.#own.reply(...steps);
    return this;
  }

  /** Answers every request that finds no queued reply. */
  always(maker: ReplyMaker): this {
    this.#own.always(maker);
    return this;
  }

  /** Opens a script for some requests only, so that turns which run at the same time do not take each other's replies. */
  when(matcher: RequestMatcher): ModelScript {
    const script = new Script(matcher);
    this.#scripts.push(script);
    return script;
  }

  /** A new gate, to be put among a reply's steps or a message's deltas. */
  gate(): Gate {
    return new Gate();
  }

  /**
   * Waits until `count` requests have come in all.
   *
   * @throws {Error} If they have not come within `timeoutMs` (30 s by default).
   */
  waitForRequests(count: number, options: { readonly timeoutMs?: number } = {}): Promise<readonly ModelRequest[]> {
    const { timeoutMs = WAIT_TIMEOUT_MS } = options;
    const find = (list: readonly ModelRequest[]) => list.length >= count ? list.slice(0, count) : undefined;
    return this.#requests.until(find, timeoutMs, () => `${count} model requests, got ${this.requests.length}`);
  }

  /** The endpoint itself, for any server that takes a fetch handler. */
  readonly fetch = async (request: Request): Promise<Response> => {
    const { pathname } = new URL(request.url);
    if (request.method === "GET" && pathname.endsWith("/models")) {
      return Response.json({ object: "list", data: [], models: [] });
    }
    if (request.method !== "POST" || !pathname.endsWith("/responses")) {
      return new Response(`The scripted model does not serve ${request.method} ${pathname}`, { status: 404 });
    }
    let body: ModelRequestBody;
    try {
      body = await request.json();
    } catch (error) {
      return new Response(`The scripted model got a body that is not JSON: ${error}`, { status: 400 });
    }
    return this.#answer(new ModelRequest(body, Object.fromEntries(request.headers)));
  };

  /** Listens on a free port of 127.0.0.1. */
  async listen(): Promise<ModelListener> {
    const server = await serveHttp(this.fetch);
    const close = () => server.close();
    return { url: `${server.url}/v1`, close, [Symbol.asyncDispose]: close };
  }

  #answer(request: ModelRequest): Response {
    const steps = this.#take(request);
    if (steps === undefined) this.#unscripted.push(request);
    this.#requests.add(request);
    return steps === undefined ? unscripted(request) : openReply(steps, (prefix) => this.#id(prefix));
  }

  #take(request: ModelRequest): readonly ReplyStep[] | undefined {
    const chosen = this.#scripts.filter((script) => script.matches(request));
    if (chosen.length === 0) return this.#own.take(request);
    for (const script of chosen) {
      const steps = script.take(request);
      if (steps !== undefined) return steps;
    }
    return undefined;
  }

  #id(prefix: string): string {
    const count = (this.#counts.get(prefix) ?? 0) + 1;
    this.#counts.set(prefix, count);
    return `${prefix}_${count}`;
  }
}

function unscripted(request: ModelRequest): Response {
  const output = request.toolOutput();
  const after = output === null ? "" : `, after a call that gave ${JSON.stringify(output)}`;
  const text = `Unscripted model request for ${JSON.stringify(request.lastUserText)}${after}. Add a reply() for it.`;
  // Of the statuses that fail a turn, 501 is one whose text the server passes on; the text of a 500 is replaced.
  return Response.json({ error: { type: "unscripted", message: text } }, { status: 501 });
}
