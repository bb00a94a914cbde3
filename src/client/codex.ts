import type {
  ChatgptDeviceCodeLoginAccountResponse,
  ChatgptLoginAccountResponse,
  GetAccountParams,
  GetAccountResponse,
  InitializeResponse,
  LoginAccountResponse,
  LogoutAccountResponse,
  ModelListParams,
  ModelListResponse,
  NotificationMethod,
  NotificationOf,
  ParamsOf,
  RequestMethod,
  ResultOf,
  ServerRequestMethod,
  ServerRequestResultOf,
  Thread as ThreadRecord,
  ThreadArchiveResponse,
  ThreadListParams,
  ThreadListResponse,
  ThreadStartParams,
} from "../../gen/mod.ts";
import type { RequestId } from "../message/message.ts";
import type { Notification } from "../router/notification.ts";
import type { CodexObserver } from "../router/observer.ts";
import type { CloseInfo } from "../router/closed_error.ts";
import type { PendingServerRequest, ServerRequest } from "../router/server_request.ts";
import { notPending } from "../router/not_pending.ts";
import { parentOf } from "../router/parent_of.ts";
import { Connector } from "./connection/connector.ts";
import type { ServerInfo } from "./connection/server_info.ts";
import { type LoginHandle, startLogin } from "./login.ts";
import type {
  CallOptions,
  CodexOptions,
  ThreadForkOptions,
  ThreadOptions,
  ThreadResumeOptions,
  ThreadsOptions,
} from "./options.ts";
import { checkThreads } from "./option_checks.ts";
import { type EntryOf, type PagedMethod, pages } from "./stream/pages.ts";
import type { Thread } from "./thread/thread.ts";
import type { ThreadOpener } from "./thread/thread_opener.ts";

/**
 * A connection to one `codex app-server`: a process of its own by default, or whatever `options.transport` reaches.
 *
 * `new Codex()` starts nothing; the first awaited call does, once. `Codex.start()` starts at once. Close it when done,
 * best by `await using`: that ends the server, in bounded time.
 *
 * A `Codex` that has nothing to wait for does not keep the program alive; a running turn, a pending request, a login
 * under way and a reader that waits for events do.
 *
 * @example
 * ```ts ignore
 * import { Codex, finalResponse } from "@codex-app-server/sdk";
 *
 * await using codex = await Codex.start();
 * const thread = await codex.threadStart({ cwd: "." });
 * const turn = await thread.run("What does this project do?");
 * console.log(finalResponse(turn));
 * ```
 */
export class Codex implements AsyncDisposable {
  readonly #connector: Connector;
  readonly #options: CodexOptions;
  #opener: Promise<ThreadOpener> | undefined;

  /**
   * Makes a client; starts nothing.
   *
   * @throws {TypeError} If there is no such option (the message names the nearest), one is of another type, or two do not
   * go together.
   * @throws {RangeError} If a number among them is out of its range.
   */
  constructor(options: CodexOptions = {}) {
    this.#options = options;
    this.#connector = new Connector(options, () => this.#threads());
  }

  /** All about threads and turns: loaded while the server starts, for nobody needs it before. */
  #threads(): Promise<ThreadOpener> {
    return this.#opener ??= this.#loadThreads();
  }

  async #loadThreads(): Promise<ThreadOpener> {
    await this.#connector.load();
    const { ThreadOpener } = await import("./thread/thread_opener.ts");
    return new ThreadOpener(this.#connector, this.#options);
  }

  /**
   * Starts a server and shakes hands.
   *
   * @throws {CodexNotFoundError} If there is no usable `codex` binary; lists what was tried.
   * @throws {StartError} If the server ended before it answered; carries its exit code and stderr.
   * @throws {TimeoutError} If it did not answer in time (`limits.startTimeoutMs`).
   */
  static async start(options: CodexOptions = {}): Promise<Codex> {
    const codex = new Codex(options);
    try {
      await codex.#connector.start(options.signal);
      return codex;
    } catch (error) {
      await codex.close();
      throw error;
    }
  }

  /**
   * The server's answer to `initialize`, unchanged. Of an older server it may be no more than `userAgent`.
   *
   * @throws {NotStartedError} Before the start.
   */
  get metadata(): InitializeResponse {
    return this.#connector.metadata;
  }

  /**
   * The server's name and version, as in `{ name: "codex", version: "0.169.0" }`, whatever else its user agent says.
   *
   * @throws {NotStartedError} Before the start.
   */
  get server(): ServerInfo {
    return this.#connector.server;
  }

  /**
   * The process id of the server that was started for this client; `null` while there is none, and with a transport that
   * tells none. The process is this client's to end: use it to watch, not to kill.
   */
  get pid(): number | null {
    return this.#connector.loaded?.pid ?? null;
  }

  /** Resolves when the connection is over, for whatever reason, and says how it ended. Never rejects. */
  get closed(): Promise<CloseInfo> {
    return this.#connector.closed;
  }

  /**
   * Ends the connection and the server: its stdin is closed, then it is sent SIGTERM and at last SIGKILL, each after
   * `limits.closeGraceMs`. Whatever waits is settled with a `TransportClosedError`. May be called more than once.
   */
  close(): Promise<void> {
    return this.#connector.close();
  }

  /** The same as {@linkcode close}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /**
   * Starts a new thread.
   *
   * @param params The protocol's own fields of `thread/start`; what is left out is the server's configuration.
   * @param options Handlers and tools of this thread, `signal`, `timeoutMs`.
   */
  async threadStart(params: ThreadStartParams = {}, options: ThreadOptions = {}): Promise<Thread> {
    return await (await this.#threads()).start(params, options);
  }

  /**
   * Goes on with a thread that exists. What is left out of `params` keeps its stored setting; what is given holds
   * afterwards, also if the server has the thread loaded: its settings are then changed, from the next turn on. Without
   * `handlers` and `tools` it keeps those that it has. (The model is told new `developerInstructions` of a thread that has
   * turns only when its history has been compacted.)
   *
   * @throws {InvalidRequestError} If there is no such thread, or no turn of it was ever finished.
   * @throws {ThreadSettingsError} If what is given cannot hold: the thread is loaded, and a turn of it runs under other
   * settings, or the server takes these only when it loads the thread (`config`, `developerInstructions` ...). Nothing is
   * changed then; says what holds.
   */
  async threadResume(threadId: string, params: ThreadResumeOptions = {}, options: ThreadOptions = {}): Promise<Thread> {
    return await (await this.#threads()).resume(threadId, params, options);
  }

  /**
   * Makes a new thread that begins with the history of another one.
   *
   * It keeps that one's folder, approval policy, instructions and tools, and the sandboxes `read-only` and
   * `danger-full-access`. Its model and its effort, and **the sandbox in place of `workspace-write`, are those of the
   * configuration**: give `sandbox`, `model` and what else matters in `params`. `thread.response` says what holds.
   *
   * @throws {InvalidRequestError} If there is no such thread, or no turn of it was ever finished.
   */
  async threadFork(threadId: string, params: ThreadForkOptions = {}, options: ThreadOptions = {}): Promise<Thread> {
    return await (await this.#threads()).fork(threadId, params, options);
  }

  /** Brings an archived thread back. */
  async threadUnarchive(threadId: string, options: ThreadOptions = {}): Promise<Thread> {
    return await (await this.#threads()).unarchive(threadId, options);
  }

  /** Archives a thread: it no longer stands in the list, unless archived ones are asked for. */
  threadArchive(threadId: string, options?: CallOptions): Promise<ThreadArchiveResponse> {
    return this.request("thread/archive", { threadId }, options);
  }

  /** One page of the stored threads. */
  threadList(params: ThreadListParams = {}, options?: CallOptions): Promise<ThreadListResponse> {
    return this.request("thread/list", params, options);
  }

  /**
   * The stored threads, page after page, each page fetched when it is needed. Without `params` the server leaves out:
   *
   * - those of other model providers than the configured one: `modelProviders: []` asks for all;
   * - those that were not begun by a person, as by `codex exec`: name what you want in `sourceKinds`;
   * - those of sub-agents, unless `sourceKinds`, `parentThreadId` or `ancestorThreadId` ask for them; `agents: false`
   *   leaves them out in every case;
   * - archived ones: `archived: true` asks for these alone;
   * - ephemeral ones, which are never stored, and those that have no turn yet.
   */
  async *threads(
    params: ThreadListParams = {},
    options: ThreadsOptions = {},
  ): AsyncGenerator<ThreadRecord, void, void> {
    checkThreads(options);
    const { agents = true, ...call } = options;
    for await (const thread of this.requestAll("thread/list", params, call)) {
      if (agents || parentOf(thread) === null) yield thread;
    }
  }

  /** One page of the models that can be chosen. */
  models(params: ModelListParams = {}, options?: CallOptions): Promise<ModelListResponse> {
    return this.request("model/list", params, options);
  }

  /** The account that the server works for. */
  account(params: GetAccountParams = {}, options?: CallOptions): Promise<GetAccountResponse> {
    return this.request("account/read", params, options);
  }

  /**
   * Logs in with an API key. Done when it resolves.
   *
   * The key is stored as it is in `auth.json` of the home (`CODEX_HOME`), or in the keyring if the configuration says so,
   * and **replaces the login that is there**, also one with ChatGPT, for every program of this user that shares the home.
   * For this program alone give the option `apiKey`: it writes nothing. (`OPENAI_API_KEY` in the environment by itself
   * does nothing.)
   */
  loginApiKey(apiKey: string, options?: CallOptions): Promise<LoginAccountResponse> {
    return this.request("account/login/start", { type: "apiKey", apiKey }, options);
  }

  /** Begins a login with ChatGPT: the user opens `handle.response.authUrl`; `handle.wait()` says how it ended. */
  loginChatgpt(options?: CallOptions): Promise<LoginHandle<ChatgptLoginAccountResponse>> {
    return startLogin(this.#connector, "chatgpt", options);
  }

  /** Begins a login with a code that the user enters on another device; see `handle.response`. */
  loginChatgptDeviceCode(options?: CallOptions): Promise<LoginHandle<ChatgptDeviceCodeLoginAccountResponse>> {
    return startLogin(this.#connector, "chatgptDeviceCode", options);
  }

  /** Logs out. */
  logout(options?: CallOptions): Promise<LogoutAccountResponse> {
    return this.request("account/logout", undefined, options);
  }

  /**
   * Makes any request of the protocol, typed and checked in both directions. Params that are all optional may be
   * `undefined`.
   *
   * @example
   * ```ts
   * import type { Codex } from "@codex-app-server/sdk";
   *
   * async function skills(codex: Codex, cwd: string) {
   *   return (await codex.request("skills/list", { cwds: [cwd] }, { timeoutMs: 5_000 })).data;
   * }
   * ```
   *
   * @throws {InvalidParamsError} If the params do not fit; nothing was sent then.
   * @throws {JsonRpcError} Or one of its children, if the server refuses.
   * @throws {ResponseValidationError} If the answer lacks what the protocol promises.
   * @throws {TransportClosedError} If the connection is over, or ends first.
   */
  request<M extends RequestMethod>(
    method: M,
    params: ParamsOf<M> | (Record<never, never> extends ParamsOf<M> ? undefined : never),
    options?: CallOptions,
  ): Promise<ResultOf<M>> {
    return this.#connector.request(method, params, options);
  }

  /**
   * The entries of any list that the protocol tells by pages, such as a thread's turns and items, and the models: page
   * after page, each fetched when it is needed. `limit` of the params is the size of a page. Ends at a cursor that comes
   * again.
   *
   * @example
   * ```ts
   * import type { Codex } from "@codex-app-server/sdk";
   *
   * async function countItems(codex: Codex, threadId: string): Promise<number> {
   *   let count = 0;
   *   for await (const _entry of codex.requestAll("thread/items/list", { threadId })) count++;
   *   return count;
   * }
   * ```
   *
   * @throws {InvalidParamsError} From the iteration, as whatever else {@linkcode request} rejects with.
   */
  requestAll<M extends PagedMethod>(
    method: M,
    params: ParamsOf<M>,
    options?: CallOptions,
  ): AsyncGenerator<EntryOf<M>, void, void> {
    return pages(method, params, (page) => this.request(method, page, options));
  }

  /** Makes a request that the pinned protocol does not know. Nothing is checked. */
  requestRaw(method: string, params?: unknown, options?: CallOptions): Promise<unknown> {
    return this.#connector.requestRaw(method, params, options);
  }

  /**
   * The server's notifications from now on: all of them, or those of one method. Listens from the moment of the call.
   * Ends when the connection is closed.
   *
   * @throws {TransportClosedError} From the iteration, if the connection is lost.
   */
  notifications(): AsyncIterableIterator<Notification>;
  /** The server's notifications of one method from now on. */
  notifications<M extends NotificationMethod>(method: M): AsyncIterableIterator<NotificationOf<M>>;
  notifications(method?: string): AsyncIterableIterator<Notification> {
    return this.#connector.listen(method === undefined ? {} : { method });
  }

  /**
   * Everything that the server sends from now on, in its order: its notifications, and its requests as they come.
   * Whoever reads them answers nothing by it; an answered one is told by `serverRequest/resolved`. Listens from the
   * moment of the call. Ends when the connection is closed.
   *
   * @throws {TransportClosedError} From the iteration, if the connection is lost.
   */
  events(): AsyncIterableIterator<Notification | ServerRequest> {
    return this.#connector.listen({ requests: true }) as AsyncIterableIterator<Notification | ServerRequest>;
  }

  /**
   * Has an observer told what happens here, as it happens: for telemetry, or a record of who allowed what. It takes no
   * part, starts nothing, and does not keep the program alive.
   *
   * @returns Stops it. May be called more than once.
   * @throws {TypeError} If it is no observer.
   * @example
   * ```ts
   * import type { Codex } from "@codex-app-server/sdk";
   *
   * function audit(codex: Codex, write: (line: string) => void): () => void {
   *   return codex.observe({
   *     settled: ({ method, threadId }, outcome) => write(JSON.stringify({ method, threadId, ...outcome })),
   *   });
   * }
   * ```
   */
  observe(observer: CodexObserver): () => void {
    return this.#connector.observers.add(observer);
  }

  /**
   * Whose sub-agent a thread is: the way from the thread at the top, by its sub-agents, to the thread itself, which is all
   * of it for one that is nobody's. `null` as long as nothing the server sent tells it.
   */
  threadPath(threadId: string): readonly string[] | null {
    return this.#connector.loaded?.family.tree.path(threadId) ?? null;
  }

  /** What the server has asked and nobody has answered yet. */
  pendingServerRequests(): PendingServerRequest[] {
    return this.#connector.loaded?.serverRequests.list() ?? [];
  }

  /**
   * Answers a pending server request, for instance one that a handler has parked. An id that was stored as text meanwhile
   * finds its number.
   *
   * An id is never used again, so that a late answer finds nothing but its own question.
   *
   * @throws {RangeError} If no request of this id is pending; says whether it was answered, resolved elsewhere, refused, or
   * asked over a connection that is lost.
   * @throws {InvalidParamsError} If the result does not fit the request; it stays pending.
   */
  answer<M extends ServerRequestMethod>(id: RequestId, result: ServerRequestResultOf<M>): void {
    const { loaded } = this.#connector;
    if (loaded === undefined) throw notPending(id);
    loaded.serverRequests.answer(id, result);
  }
}
