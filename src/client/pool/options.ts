import { abortSignal, atLeast, callback, checkOptions, integer, type OptionChecks, wrong } from "../../util/options.ts";
import { checkCodexOptions } from "../option_checks.ts";
import type { CodexOptions } from "../options.ts";

/** Options of {@linkcode CodexPool}. */
export interface CodexPoolOptions {
  /**
   * Where the homes of the tenants are (`CODEX_HOME`: configuration, login, threads): a folder in which each gets one of
   * its own, named after it, or a function that says which it is. Absolute. Homes are made where there are none.
   *
   * May be left out only if `codex` gives every tenant an `env.CODEX_HOME`, or a `transport`.
   */
  readonly homes?: string | ((tenant: string) => string) | undefined;
  /** The options of a tenant's client: the same for all, or made for each one when its server is started. */
  readonly codex?: CodexOptions | ((tenant: string) => CodexOptions | Promise<CodexOptions>) | undefined;
  /** How many servers may run at once, each some 40 MB. Default 8. Further tenants wait for one that is idle. */
  readonly maxServers?: number | undefined;
  /** After how much idleness a server is ended, in milliseconds. 0: at once. Default 60,000. */
  readonly idleMs?: number | undefined;
}

/** What {@linkcode CodexPool.use} is told beside the work. */
export interface PoolUseOptions {
  /** Gives up waiting for a server. Once the work has begun, it means nothing to the pool. */
  readonly signal?: AbortSignal | undefined;
}

const POOL_OPTIONS: OptionChecks<CodexPoolOptions> = {
  homes: (value, what) => {
    if (typeof value !== "string" && typeof value !== "function") {
      throw wrong(what, "the path of a folder, or a function that gives the path of a home", value);
    }
  },
  codex: (value, what) => {
    if (typeof value !== "function") checkCodexOptions(value as CodexOptions, what);
  },
  maxServers: integer(1),
  idleMs: atLeast(0),
};

/**
 * Checks the options of a pool.
 *
 * @throws {TypeError} If there is no such option, it is of the wrong type, or none says where the homes are.
 * @throws {RangeError} If a number is out of its range.
 */
export function checkPoolOptions(given: CodexPoolOptions): void {
  checkOptions("new CodexPool", given ?? null, POOL_OPTIONS);
  const { homes, codex } = given;
  if (homes !== undefined || typeof codex === "function" || codex?.transport !== undefined) return;
  throw new TypeError("new CodexPool: the option homes must say where the tenants' homes are: none may see another's");
}

/** Checks what a pool is asked for. */
export function checkUse(tenant: unknown, work: unknown, given: PoolUseOptions): void {
  const where = "pool.use";
  if (typeof tenant !== "string" || tenant === "" || /\p{Surrogate}/u.test(tenant)) {
    throw wrong(`${where}: the tenant`, "a well-formed, not empty string", tenant);
  }
  callback(work, `${where}: the work`);
  checkOptions(where, given, { signal: abortSignal });
}
