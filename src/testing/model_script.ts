import type { ModelRequest } from "./model_request.ts";
import type { ReplyStep } from "./reply_step.ts";

/** What chooses a script: the whole text of the last user message, a pattern of it, or a look at the request. */
export type RequestMatcher = string | RegExp | ((request: ModelRequest) => boolean);

/** Makes a reply from the request that asks for it. */
export type ReplyMaker = (request: ModelRequest) => readonly ReplyStep[];

/** Replies for the requests that one matcher chooses, given in order. */
export interface ModelScript {
  /**
   * Queues one reply: its steps, or one function that makes them from the request. The server asks once per round:
   * again after each call that it ran.
   *
   * @throws {TypeError} If `httpError` is not the only step.
   */
  reply(...steps: readonly ReplyStep[] | readonly [ReplyMaker]): this;
  /** Answers every request that is left once the queue is empty. */
  always(maker: ReplyMaker): this;
}

/** One queue of replies. */
export class Script implements ModelScript {
  readonly matches: (request: ModelRequest) => boolean;
  readonly #queue: ReplyMaker[] = [];
  #always: ReplyMaker | undefined;

  constructor(matcher: RequestMatcher) {
    this.matches = typeof matcher === "function" ? matcher : (request) => {
      const text = request.lastUserText;
      return text !== null && (typeof matcher === "string" ? text === matcher : text.search(matcher) >= 0);
    };
  }

  get left(): number {
    return this.#queue.length;
  }

  reply(...steps: readonly ReplyStep[] | readonly [ReplyMaker]): this {
    const [first] = steps;
    if (typeof first === "function") {
      this.#queue.push(first);
      return this;
    }
    const list = steps as readonly ReplyStep[];
    if (list.length > 1 && list.some((step) => typeof step === "object" && "httpStatus" in step)) {
      throw new TypeError("httpError() must be the only step of its reply: a status comes before any event");
    }
    this.#queue.push(() => list);
    return this;
  }

  always(maker: ReplyMaker): this {
    this.#always = maker;
    return this;
  }

  take(request: ModelRequest): readonly ReplyStep[] | undefined {
    return (this.#queue.shift() ?? this.#always)?.(request);
  }
}
