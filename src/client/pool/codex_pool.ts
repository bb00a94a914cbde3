import { TransportClosedError } from "../../errors.ts";
import { abortable, anySignal } from "../../util/abort.ts";
import { AsyncContext } from "../../util/async_context.ts";
import { type Deferred, deferred, quiet } from "../../util/deferred.ts";
import { startIdleTimer } from "../../util/timer.ts";
import { Codex } from "../codex.ts";
import { prepareHome } from "./home.ts";
import { checkPoolOptions, checkUse, type CodexPoolOptions, type PoolUseOptions } from "./options.ts";

interface Server {
  readonly tenant: string;
  readonly starting: AbortController;
  /** Settles with the start. */
  codex: Promise<Codex>;
  started: Codex | undefined;
  home: string | null;
  users: number;
  stopTimer: () => void;
}

interface Waiting {
  readonly tenant: string;
  readonly admitted: Deferred<Server>;
}

/**
 * Servers for many tenants, none of whom may see another's threads, login or configuration: each has a server and a home
 * of its own. A server is started when it is first needed, once for all who need it then, and ended when it was idle for a
 * while, or when it is idle and another tenant waits.
 *
 * The tenants' commands run as the same user of the machine: homes keep the servers apart, a sandbox the commands.
 *
 * @example
 * ```ts ignore
 * import { CodexPool, finalResponse } from "@codex-app-server/sdk";
 *
 * await using pool = new CodexPool({ homes: "/srv/codex-homes", maxServers: 20 });
 *
 * const answer = await pool.use("customer-7", async (codex) => {
 *   const thread = await codex.threadStart({ cwd: "/srv/agents/customer-7" });
 *   return finalResponse(await thread.run("What is new?"));
 * });
 * ```
 */
export class CodexPool implements AsyncDisposable {
  readonly #options: CodexPoolOptions;
  readonly #max: number;
  readonly #idleMs: number;
  /** Servers outlive the call that starts them, and so their handlers run in nobody's context but the pool's. */
  readonly #context = new AsyncContext();
  /** By tenant, the longest unused first. */
  readonly #servers = new Map<string, Server>();
  readonly #ending = new Map<Server, Promise<void>>();
  #waiting: Waiting[] = [];
  #closed: TransportClosedError | undefined;

  /**
   * Makes a pool; starts nothing.
   *
   * @throws {TypeError} If there is no such option, it is of another type, or nothing says where the homes are.
   * @throws {RangeError} If a number is out of its range.
   */
  constructor(options: CodexPoolOptions) {
    checkPoolOptions(options);
    this.#options = options;
    this.#max = options.maxServers ?? 8;
    this.#idleMs = options.idleMs ?? 60_000;
  }

  /** How many servers run or are being started. */
  get size(): number {
    return this.#servers.size;
  }

  /**
   * Does something with a tenant's server. What uses it has to be over when `work` returns: the server may end then.
   * Several uses of one tenant share the server.
   *
   * @throws {TypeError} If the tenant's name is empty or is not well-formed, or its home is another tenant's.
   * @throws {CodexNotFoundError} Or another error of the start. The next use tries again.
   * @throws {TransportClosedError} If the pool was closed.
   */
  async use<T>(
    tenant: string,
    work: (codex: Codex) => T | Promise<T>,
    options: PoolUseOptions = {},
  ): Promise<T> {
    checkUse(tenant, work, options);
    const { signal } = options;
    signal?.throwIfAborted();
    const server = this.#admit(tenant) ?? await this.#wait(tenant, signal);
    try {
      return await work(await abortable(server.codex, signal));
    } finally {
      this.#leave(server, signal?.reason);
    }
  }

  /** Ends every server, also those in use, and everything that waits. May be called more than once. */
  async close(): Promise<void> {
    this.#closed ??= new TransportClosedError("This CodexPool was closed");
    for (const { admitted } of this.#waiting.splice(0)) admitted.reject(this.#closed);
    for (const server of [...this.#servers.values()]) this.#end(server, this.#closed);
    await Promise.all(this.#ending.values());
  }

  /** The same as {@linkcode close}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** A tenant's server, with one user more; `null` if there is none, and none may be started now. */
  #admit(tenant: string): Server | null {
    if (this.#closed !== undefined) throw this.#closed;
    let server = this.#servers.get(tenant);
    if (server === undefined) {
      if (this.#servers.size >= this.#max) {
        const idle = [...this.#servers.values()].find(({ users }) => users === 0);
        if (idle === undefined) return null;
        this.#end(idle);
      }
      server = this.#begin(tenant);
    }
    server.users++;
    server.stopTimer();
    this.#servers.delete(tenant);
    this.#servers.set(tenant, server);
    return server;
  }

  async #wait(tenant: string, signal: AbortSignal | undefined): Promise<Server> {
    const waiting: Waiting = { tenant, admitted: deferred() };
    this.#waiting.push(waiting);
    try {
      return await abortable(waiting.admitted.promise, signal);
    } catch (error) {
      const at = this.#waiting.indexOf(waiting);
      if (at >= 0) this.#waiting.splice(at, 1);
      // It may have been admitted in the very moment in which it gave up.
      else quiet(waiting.admitted.promise.then((server) => this.#leave(server, error)));
      throw error;
    }
  }

  /** Lets in whoever can be, in order; those of tenants that have a server need no place. */
  #pump(): void {
    if (this.#closed !== undefined) return;
    for (const waiting of [...this.#waiting]) {
      const server = this.#admit(waiting.tenant);
      if (server === null) continue;
      this.#waiting.splice(this.#waiting.indexOf(waiting), 1);
      waiting.admitted.resolve(server);
    }
  }

  #leave(server: Server, reason: unknown): void {
    if (--server.users > 0 || this.#servers.get(server.tenant) !== server) return;
    // Nobody wants it any more that is still being started.
    if (server.started === undefined) this.#end(server, reason);
    else if (this.#idleMs === 0) this.#end(server);
    else server.stopTimer = startIdleTimer(this.#idleMs, () => this.#end(server));
    this.#pump();
  }

  #begin(tenant: string): Server {
    const full = this.#servers.size + this.#ending.size >= this.#max;
    const before = [...this.#ending].filter(([other]) => full || other.tenant === tenant).map(([, ended]) => ended);
    const starting = new AbortController();
    const server: Server = {
      ...{ tenant, starting, started: undefined, home: null, users: 0, stopTimer: () => {} },
      codex: this.#context.run(() => this.#start(server, before)),
    };
    this.#servers.set(tenant, server);
    // Registered before anybody else can look at it, so that whoever has seen it end is given another one.
    const over = () => this.#over(server);
    server.codex.then((codex) => void codex.closed.then(over), over);
    return server;
  }

  /** It has ended by itself, or never came to be. */
  #over(server: Server): void {
    if (this.#servers.get(server.tenant) !== server) return;
    server.stopTimer();
    this.#servers.delete(server.tenant);
    this.#pump();
  }

  async #start(server: Server, before: readonly Promise<void>[]): Promise<Codex> {
    await Promise.all(before);
    const { tenant, starting } = server;
    const { codex = {} } = this.#options;
    starting.signal.throwIfAborted();
    const given = typeof codex === "function" ? await codex(tenant) : codex;
    const { home, options } = prepareHome(tenant, this.#options.homes, given);
    const other = home !== null && [...this.#servers.values()].find((each) => each !== server && each.home === home);
    if (other) throw new TypeError(`CodexPool: the home of ${JSON.stringify(tenant)} is that of another tenant`);
    server.home = home;
    const { signal } = options;
    const either = signal === undefined ? starting.signal : anySignal(starting.signal, signal);
    return server.started = await Codex.start({ ...options, signal: either });
  }

  /** Its place is free at once; whoever takes it waits until the process is gone. */
  #end(server: Server, reason?: unknown): void {
    server.stopTimer();
    this.#servers.delete(server.tenant);
    if (server.started === undefined) server.starting.abort(reason);
    const ended = server.codex.then((codex) => codex.close(), () => {}).finally(() => this.#ending.delete(server));
    this.#ending.set(server, ended);
  }
}
