import {
  InvalidRequestError,
  ServerBusyError,
  type Thread,
  ThreadBusyError,
  ThreadSettingsError,
  type TurnHandle,
  type TurnOptions,
} from "../../mod.ts";
import { deferred } from "../util/deferred.ts";
import { startIdleTimer } from "../util/timer.ts";
import { type ChatHandlerOptions, type ChatSession, checkChatOptions, checkSession } from "./chat_options.ts";
import {
  answersIn,
  type ChatRequest,
  chatRequest,
  inputOf,
  questionsIn,
  readBody,
  routeOf,
  type SentAnswer,
} from "./chat_request.ts";
import { type ChatThread, ChatThreads, unknownThread } from "./chat_threads.ts";
import { explainSafely } from "./explain.ts";
import { askingHandlers } from "./questions.ts";
import type { Reader } from "./reader.ts";
import { PLAIN_HEADERS, Refusal } from "./refusal.ts";
import { Run } from "./run.ts";
import { refuseForeign } from "./same_origin.ts";
import { streamResponse } from "./sse.ts";
import type { UIMessageChunk } from "./ui_message_chunk.ts";
import { frameOf, newChunks } from "./ui_message_stream.ts";

/** Answers the requests of `useChat`; see {@linkcode createChatHandler}. */
export interface ChatHandler {
  /** Answers a request. Never rejects. */
  (request: Request): Promise<Response>;
  /**
   * Starts a thread for a session before anything is said in it. Its id can be the id of a chat.
   *
   * @returns The thread's id.
   */
  startThread(session: ChatSession, request: Request): Promise<string>;
}

/**
 * A handler for the AI SDK's `useChat`, in any server that speaks `Request` and `Response`: `Deno.serve`, `Bun.serve`,
 * Hono, and `node:http` by {@linkcode toNodeListener}.
 *
 * | request | does |
 * |---|---|
 * | `POST /api/chat` | begins or goes on with a thread; or takes the answers to what was asked |
 * | `GET /api/chat/ID/stream` | shows the running turn from its beginning, after a reload; 204 if there is none |
 * | `POST /api/chat/ID/stop` | interrupts it |
 *
 * ID is the `id` of `useChat`, or that of a thread; the path before it is of no importance. What the agent asks for shows
 * as a part in the state `approval-requested`; the response ends there, and the turn waits. The page's next request
 * brings the answer, and its response goes on where the first one ended.
 *
 * A turn goes on when its page goes away. Errors are JSON, `{ "error": "...", "code": "..." }`, with a fitting status.
 *
 * @throws {TypeError} If `authorize` or `codex` is missing, or an option is wrong.
 * @throws {RangeError} If a number among the options is out of its range.
 * @example
 * ```ts
 * import type { Codex } from "@codex-app-server/sdk";
 * import { createChatHandler } from "@codex-app-server/sdk/ai-sdk";
 *
 * export function chat(codex: Codex, userOf: (request: Request) => Promise<string | null>) {
 *   return createChatHandler({
 *     codex,
 *     authorize: async (request) => {
 *       const user = await userOf(request);
 *       return user === null ? null : { id: user };
 *     },
 *     threadParams: { cwd: "/srv/work", sandbox: "workspace-write", approvalPolicy: "on-request" },
 *   });
 * }
 * ```
 */
export function createChatHandler(options: ChatHandlerOptions): ChatHandler {
  checkChatOptions(options);
  const chats = new Chats(options);
  return Object.assign((request: Request) => chats.handle(request), {
    startThread: async (session: ChatSession, request: Request) => {
      checkSession(session);
      return (await chats.start(session, request)).thread.id;
    },
  });
}

/** A turn that is about to begin. */
interface Starting {
  /** Whether it is to be stopped as soon as it has. */
  stopped: boolean;
  /** The turn; `undefined` if it did not begin. */
  readonly run: Promise<Run | undefined>;
}

class Chats {
  readonly #options: ChatHandlerOptions;
  readonly #threads: ChatThreads;
  /** Chats and threads in which a turn is about to begin. */
  readonly #starting = new Map<string, Starting>();

  constructor(options: ChatHandlerOptions) {
    this.#options = options;
    this.#threads = new ChatThreads(options.maxThreads ?? 10_000);
  }

  async handle(request: Request): Promise<Response> {
    try {
      refuseForeign(request, this.#options.origins ?? []);
      const session = await this.#options.authorize(request);
      if (session instanceof Response) return session;
      if (session == null) {
        throw new Refusal(401, "unauthorized", "Log in first.");
      }
      checkSession(session);
      const route = routeOf(request);
      if (route.op === "send") return await this.#post(session, request);
      const threadId = await this.#threads.find(session, route.chatId, null);
      const starting = this.#starting.get(threadId ?? keyOf(session, route.chatId));
      if (route.op === "resume") {
        const run = starting === undefined ? this.#runOf(threadId) : await starting.run;
        return run === undefined ? nothing() : this.#show(run, run.open());
      }
      if (starting !== undefined) starting.stopped = true;
      else if (threadId === null) throw unknownThread();
      await this.#runOf(threadId)?.turn.interrupt().catch(() => {}); // it may be over in this moment
      return nothing();
    } catch (error) {
      return this.#refused(error);
    }
  }

  /** Starts a thread. */
  async start(session: ChatSession, request: Request): Promise<ChatThread> {
    const { codex, threadParams = {}, tools, onThread } = this.#options;
    const params = typeof threadParams === "function" ? await threadParams(session, request) : threadParams;
    const opened: { entry?: ChatThread } = {};
    const thread = await codex.threadStart(params, {
      tools,
      handlers: this.#handlers(opened),
    });
    const entry = opened.entry = { thread, run: undefined };
    await onThread?.(thread.id, session);
    this.#threads.add(session, entry);
    return entry;
  }

  async #post(session: ChatSession, request: Request): Promise<Response> {
    const sent = chatRequest(
      await readBody(request, this.#options.maxBodyBytes ?? 4 * 1024 * 1024),
    );
    const threadId = await this.#threads.find(
      session,
      sent.chatId,
      sent.threadId,
    );
    if (sent.message.role === "assistant") return this.#answer(threadId, sent);
    const input = inputOf(sent.message.parts);
    const key = threadId ?? keyOf(session, sent.chatId);
    if (this.#starting.has(key) || this.#runOf(threadId)?.over === false) throw busy();
    const { promise, resolve } = deferred<Run | undefined>();
    const starting = { stopped: false, run: promise };
    this.#starting.set(key, starting);
    let threadKey = key;
    try {
      const entry = await this.#entry(session, request, threadId, sent);
      // From here on the chat has a thread, and is found by it.
      this.#starting.set(threadKey = entry.thread.id, starting);
      this.#threads.name(session, sent.chatId, entry.thread.id);
      const turn = await entry.thread.turn(input, await this.#turnOptions(session, sent));
      const run = this.#run(entry, turn);
      if (starting.stopped) void turn.interrupt().catch(() => {});
      resolve(run);
      return this.#show(run, run.open());
    } finally {
      resolve(undefined);
      this.#starting.delete(key);
      this.#starting.delete(threadKey);
    }
  }

  async #entry(
    session: ChatSession,
    request: Request,
    threadId: string | null,
    { chatId, threadId: named }: ChatRequest,
  ): Promise<ChatThread> {
    if (threadId === null) return await this.start(session, request);
    try {
      return await this.#open(threadId);
    } catch (error) {
      // The name of a new chat can look like a thread's: to a session that owns whatever it is asked about, say.
      const isName = threadId === chatId && named !== chatId && error instanceof Refusal;
      if (isName) return await this.start(session, request);
      throw error;
    }
  }

  async #open(threadId: string): Promise<ChatThread> {
    const known = this.#threads.get(threadId);
    if (known !== undefined) return known;
    const { codex, tools } = this.#options;
    const opened: { entry?: ChatThread } = {};
    const thread = await codex.threadResume(threadId, {}, {
      tools,
      handlers: this.#handlers(opened),
    })
      .catch((error): Thread => {
        if (
          error instanceof InvalidRequestError &&
          !(error instanceof ThreadBusyError)
        ) throw unknownThread();
        throw error;
      });
    const entry = opened.entry = { thread, run: undefined };
    this.#threads.open(entry);
    return entry;
  }

  /** The turn that pages look at in a thread. */
  #runOf(threadId: string | null): Run | undefined {
    return threadId === null ? undefined : this.#threads.get(threadId)?.run;
  }

  #handlers(opened: { readonly entry?: ChatThread }) {
    return askingHandlers(() => opened.entry?.run, this.#options.policy);
  }

  async #turnOptions(
    session: ChatSession,
    { body, message }: ChatRequest,
  ): Promise<TurnOptions> {
    const { turnOptions = {} } = this.#options;
    const given = typeof turnOptions === "function" ? await turnOptions(session, body) : turnOptions;
    return message.id === null ? given : { clientUserMessageId: message.id, ...given };
  }

  #run(entry: ChatThread, turn: TurnHandle): Run {
    const {
      approvalTimeoutMs = 0,
      maxLogBytes = 4 * 1024 * 1024,
      keepMs = 60_000,
    } = this.#options;
    const run = new Run(turn, newChunks(turn, { ...this.#options, errorText: (error) => this.#explain(error) }), {
      frameMs: frameOf(this.#options),
      maxBytes: maxLogBytes,
      answerTimeoutMs: approvalTimeoutMs,
    });
    entry.run = run;
    const forget = () => {
      if (entry.run === run) entry.run = undefined;
    };
    void run.done.then(() => keepMs === 0 ? forget() : startIdleTimer(keepMs, forget));
    return run;
  }

  /** What a page is told of a turn that failed. */
  #explain(error: unknown): string {
    this.#tell(error);
    return (this.#options.errorText ?? explainSafely)(error);
  }

  #tell(error: unknown): void {
    try {
      this.#options.onError?.(error);
    } catch {
      // It is told of what went wrong, and there is nobody to tell that it went wrong itself.
    }
  }

  /** Takes answers, and goes on behind the last question that the page has seen. */
  #answer(threadId: string | null, { message }: ChatRequest): Response {
    const run = this.#runOf(threadId);
    const answers = answersIn(message.parts);
    for (const { question, ...answer } of answers) run?.answer(question, answer);
    const stale = answers.filter(({ question }) => run?.hasAsked(question) !== true).flatMap(over);
    const seen = questionsIn(message.parts).filter((question) => run?.hasAsked(question));
    // A page that has seen nothing of this turn has nothing to go on with.
    if (run === undefined || seen.length === 0) return streamResponse(stale, null, () => {});
    return this.#show(run, run.open(seen), stale);
  }

  #show(run: Run, reader: Reader, first: readonly UIMessageChunk[] = []): Response {
    return streamResponse(first, reader, (left) => {
      run.leave(reader);
      if (!left || this.#options.stopOnDisconnect !== true || run.watched || run.asks || run.over) return;
      void run.turn.interrupt().catch(() => {});
    });
  }

  #refused(error: unknown): Response {
    if (error instanceof Refusal) return error.toResponse();
    this.#tell(error);
    if (error instanceof ThreadBusyError || error instanceof ThreadSettingsError) return busy().toResponse();
    if (error instanceof ServerBusyError) {
      return new Refusal(
        503,
        "overloaded",
        "The server is overloaded. Try again in a moment.",
      ).toResponse();
    }
    return new Refusal(500, "failed", "The agent could not be asked.")
      .toResponse();
  }
}

/** A question that is over, or was never asked: the page must not wait for it, nor send its answer again and again. */
function over({ toolCallId, question, approved, output }: SentAnswer): UIMessageChunk[] {
  if (toolCallId === question && approved) { // an answered one stays as it is, but is the page's no more
    return [{ type: "tool-output-available", toolCallId, output, dynamic: true, providerExecuted: true }];
  }
  return [{
    type: "tool-output-error",
    toolCallId,
    errorText: "This is not asked any more.",
    dynamic: true,
    providerExecuted: true,
  }];
}

/** A chat that has no thread yet. */
function keyOf(session: ChatSession, chatId: string): string {
  return JSON.stringify([session.id, chatId]);
}

function busy(): Refusal {
  return new Refusal(
    409,
    "busy",
    "A turn runs in this thread. Wait for its end, or stop it.",
  );
}

function nothing(): Response {
  return new Response(null, { status: 204, headers: PLAIN_HEADERS });
}
