import type { ThreadStartParams } from "../../../gen/mod.ts";
import type { ServerRequestHandlers } from "../../router/server_request.ts";
import type { OwnHandlers } from "../../router/thread_handlers.ts";
import { currentRuntime } from "../../runtime/select.ts";
import { abortable } from "../../util/abort.ts";
import { AsyncContext } from "../../util/async_context.ts";
import { wrong } from "../../util/options.ts";
import { BoundedMap } from "../../util/bounded_map.ts";
import { answeredId } from "../answered_id.ts";
import type { Connector } from "../connection/connector.ts";
import type { CallOptions, CodexOptions, ThreadForkOptions, ThreadOptions, ThreadResumeOptions } from "../options.ts";
import { checkThread } from "../option_checks.ts";
import { resume } from "./resume.ts";
import { type HeldSettings, hiddenOf } from "./settings.ts";
import { briefResume } from "./thread_registry.ts";
import { Thread, type ThreadResponse } from "./thread.ts";
import { TurnServices } from "../turn/turn_services.ts";

/** Opens threads, in the four ways that the protocol has, and gives each its handlers and tools. */
export class ThreadOpener {
  readonly #connector: Connector;
  readonly #services: TurnServices;
  readonly #experimentalApi: boolean | undefined;
  readonly #resuming = new Map<string, Promise<unknown>>();
  /** What threads were given of what cannot be seen in them. */
  readonly #given: BoundedMap<HeldSettings>;

  constructor(connector: Connector, options: CodexOptions) {
    this.#connector = connector;
    this.#services = new TurnServices(connector, options.maxConcurrentTurns);
    this.#experimentalApi = options.experimentalApi;
    const { rememberedBytes } = connector.limits;
    this.#given = new BoundedMap(rememberedBytes, (given) => JSON.stringify(given).length);
  }

  async start(params: ThreadStartParams, options: ThreadOptions): Promise<Thread> {
    const context = new AsyncContext();
    await checkThread("thread/start", "threadStart", options);
    const { tools, handlers, ...call } = options;
    const byHand = params?.dynamicTools ?? [];
    // What is no list is refused with the other params.
    if (!Array.isArray(byHand) || (tools === undefined && byHand.length === 0)) {
      return await this.#new(context, params, handlers, () => this.#connector.request("thread/start", params, call));
    }
    const { checkSpecs, prepareTools } = await import("../../tools/prepare.ts");
    checkSpecs(byHand);
    const { specs, handler } = await prepareTools(tools ?? [], { experimentalApi: this.#experimentalApi });
    const dynamicTools = [...byHand, ...specs];
    const request = () => this.#connector.request("thread/start", { ...params, dynamicTools }, call);
    return await this.#new(context, params, tools === undefined ? handlers : withTools(handlers, handler), request);
  }

  async resume(threadId: string, params: ThreadResumeOptions, options: ThreadOptions): Promise<Thread> {
    demandId("threadResume", threadId);
    const context = new AsyncContext();
    await checkThread("thread/resume", "threadResume", options);
    return await this.#reopen(context, threadId, options, (call) => {
      const work = () => resume(this.#connector, threadId, params, call, this.#given);
      return this.#oneByOne(threadId, call.signal, work);
    });
  }

  async unarchive(threadId: string, options: ThreadOptions): Promise<Thread> {
    demandId("threadUnarchive", threadId);
    const context = new AsyncContext();
    await checkThread("thread/unarchive", "threadUnarchive", options);
    return await this.#reopen(context, threadId, options, async (call) => {
      const response = await this.#connector.request("thread/unarchive", { threadId }, call);
      // The server has only moved its files: it knows no such thread for a turn until it is resumed.
      await this.#connector.request("thread/resume", briefResume(this.#connector.router, threadId), call);
      return response;
    });
  }

  async fork(threadId: string, params: ThreadForkOptions, options: ThreadOptions): Promise<Thread> {
    demandId("threadFork", threadId);
    const context = new AsyncContext();
    await checkThread("thread/fork", "threadFork", options);
    const { tools, handlers, ...call } = options;
    const all = await this.#handlers(handlers, tools);
    const request = () => this.#connector.request("thread/fork", { ...params, threadId }, call);
    return await this.#new(context, params, all, request);
  }

  /** Two at a time would each take the thread for one that was not loaded before. */
  async #oneByOne<T>(threadId: string, signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
    const before = this.#resuming.get(threadId);
    const mine = before === undefined ? work() : abortable(before, signal).then(work);
    // Who gives up waiting is over before those that it waited for.
    const both = Promise.allSettled([before, mine]);
    this.#resuming.set(threadId, both);
    both.then(() => {
      if (this.#resuming.get(threadId) === both) this.#resuming.delete(threadId);
    });
    return await mine;
  }

  /** Of a thread whose id comes with the reply: until then, it is said that one with handlers is on its way. */
  async #new(
    context: AsyncContext,
    params: object,
    handlers: ServerRequestHandlers | undefined,
    request: () => Promise<ThreadResponse>,
  ): Promise<Thread> {
    const { threads } = this.#connector.router.family;
    const opened = handlers === undefined ? () => {} : threads.open();
    try {
      const response = await request();
      const own = handlers && { handlers, context };
      const threadId = answeredId("thread", response);
      threads.set(threadId, own);
      this.#given.set(threadId, hiddenOf(params ?? {}));
      return this.#open(response, own);
    } finally {
      opened();
    }
  }

  /**
   * A thread that exists may ask at once, so its handlers are in place before the request is made. Without new ones it
   * keeps those that it has.
   */
  async #reopen(
    context: AsyncContext,
    threadId: string,
    { tools, handlers, ...call }: ThreadOptions,
    request: (call: CallOptions) => Promise<ThreadResponse>,
  ): Promise<Thread> {
    const { threads } = this.#connector.router.family;
    const all = await this.#handlers(handlers, tools);
    const own = all === undefined ? threads.get(threadId) : { handlers: all, context };
    const takeBack = threads.set(threadId, own);
    try {
      return this.#open(await request(call), own);
    } catch (error) {
      takeBack();
      throw error;
    }
  }

  /** The server keeps the declarations of a thread's tools; only what answers their calls has to be given again. */
  async #handlers(
    handlers: ServerRequestHandlers | undefined,
    tools: ThreadOptions["tools"],
  ): Promise<ServerRequestHandlers | undefined> {
    if (tools === undefined) return handlers;
    const { toolHandlers } = await import("../../tools/prepare.ts");
    return withTools(handlers, toolHandlers(tools)["item/tool/call"]);
  }

  #open(response: ThreadResponse, own: OwnHandlers | undefined): Thread {
    answeredId("thread", response);
    const thread = new Thread(this.#services, response, own);
    const { router, onDiagnostic } = this.#connector;
    const { cwd } = "cwd" in response ? response : response.thread;
    if (router.isLocal && isMissing(cwd)) onDiagnostic({ type: "missing-folder", threadId: thread.id, cwd });
    this.#connector.hold(thread.id, thread);
    return thread;
  }
}

/** The server takes any folder, and says so only when a command fails. */
function isMissing(cwd: string): boolean {
  try {
    return currentRuntime().stat(cwd).kind === "missing";
  } catch {
    return false; // Deno does not permit a look
  }
}

/** Before anything is kept by it. */
function demandId(method: string, threadId: unknown): void {
  if (typeof threadId === "string" && threadId !== "") return;
  throw wrong(`${method}: the first argument`, "the id of a thread", threadId);
}

type ToolHandler = NonNullable<ServerRequestHandlers["item/tool/call"]>;

/** Calls of tools that are not among these go to the handler that was given beside them. */
function withTools(handlers: ServerRequestHandlers | undefined, tools: ToolHandler): ServerRequestHandlers {
  const other = handlers?.["item/tool/call"];
  if (other === undefined) return { ...handlers, "item/tool/call": tools };
  return {
    ...handlers,
    "item/tool/call": async (params, ctx) => {
      const passed = ctx.pass();
      const answer = await tools(params, ctx);
      return answer === passed ? await other(params, ctx) : answer;
    },
  };
}
