/**
 * The errors of turns that cannot begin or go on: what else runs, the account's limits, a budget.
 *
 * @module
 */
import type { RateLimitSnapshot, RateLimitWindow, ThreadItem, TokenUsageBreakdown, Turn } from "../../gen/mod.ts";
import { CodexError, InvalidRequestError, type JsonRpcErrorDetails, TurnFailedError } from "../errors.ts";

/** What a thread can be at work on: a turn, the compaction of its history, a review, a person's own shell command. */
export type WorkKind = "turn" | "compact" | "review" | "shellCommand";

/** What a thread is at work on. */
export interface Work {
  /** Of what kind it is. */
  readonly kind: WorkKind;
  /** The id of its turn, or `null` if that is not known. */
  readonly turnId: string | null;
}

/**
 * The thread is at work on something that what was asked for cannot join, and would end: a turn, while it is to be
 * compacted or reviewed; a compaction or a review, while it is to be given input. Nothing was done.
 */
export class ActiveTurnError extends InvalidRequestError {
  /** What the thread is at work on. */
  readonly work: Work;

  /** Made by the SDK, before anything was sent or of what the server said; public for tests. */
  constructor(work: Work, details: JsonRpcErrorDetails) {
    super(details, "ACTIVE_TURN");
    this.work = work;
  }
}

/**
 * A turn failed because the account has used up what its plan, or its owner, allows. Thrown by `finalResponse`, as other
 * failures of a turn.
 *
 * @example
 * ```ts
 * import { finalResponse, type Thread, UsageLimitError } from "@codex-app-server/sdk";
 *
 * async function ask(thread: Thread, question: string): Promise<string | null> {
 *   try {
 *     return finalResponse(await thread.run(question));
 *   } catch (error) {
 *     if (!(error instanceof UsageLimitError)) throw error;
 *     return `Come back ${error.resetsAt?.toLocaleString() ?? "later"}.`;
 *   }
 * }
 * ```
 */
export class UsageLimitError extends TurnFailedError {
  /** The window that is used up, if the server told of one: its length in minutes, and when it is over. */
  readonly limit: RateLimitWindow | null;
  /**
   * When the limit is over, or `null` if the server did not say. Taken from `limit`, else from the words of the error,
   * which are in the server's time zone: with a server on another machine, look at those.
   */
  readonly resetsAt: Date | null;
  /** All that the server told of the account's limits right before the turn failed, or `null`. */
  readonly rateLimits: RateLimitSnapshot | null;

  /** Made by the SDK; public for tests. */
  constructor(turn: Turn, rateLimits: RateLimitSnapshot | null = null) {
    super(turn, "USAGE_LIMIT");
    const usedUp = [rateLimits?.primary, rateLimits?.secondary].filter((window) => (window?.usedPercent ?? 0) >= 100);
    this.rateLimits = rateLimits;
    this.limit = usedUp.reduce((one, other) => (other?.resetsAt ?? 0) > (one?.resetsAt ?? 0) ? other : one, null) ??
      null;
    const seconds = this.limit?.resetsAt ?? null;
    this.resetsAt = seconds === null ? timeIn(turn) : new Date(seconds * 1000);
  }
}

/** As in "try again at 3:45 PM." or "try again at Jan 1st, 2030 12:00 AM.": without a day it is that of the failure. */
const TRY_AGAIN = /try again at (?:([A-Z][a-z]{2} \d{1,2})(?:st|nd|rd|th)?, (\d{4}) )?(\d{1,2}:\d{2}\s?[AP]M)/;

function timeIn({ error, completedAt }: Turn): Date | null {
  const [, day, year, time] = TRY_AGAIN.exec(error?.message ?? "") ?? [];
  if (time === undefined || (day === undefined && completedAt == null)) return null;
  const date = day === undefined ? new Date(completedAt! * 1000).toDateString() : `${day} ${year}`;
  const resetsAt = new Date(`${date} ${time}`);
  return Number.isNaN(resetsAt.getTime()) ? null : resetsAt;
}

/** What a turn had used and done when its budget was spent. */
export interface BudgetDetails {
  /** The budget, in tokens. */
  readonly budget: number;
  /** What the turn has used. */
  readonly tokens: TokenUsageBreakdown;
  /** The items that had been completed. */
  readonly items: readonly ThreadItem[];
}

/** A turn has spent its `budget`: it was interrupted, unless it ended by itself in the same moment. */
export class BudgetExceededError extends CodexError {
  /** The budget, in tokens. */
  readonly budget: number;
  /** What the turn has used: the request with which the budget was spent is in it, so it may be more. */
  readonly tokens: TokenUsageBreakdown;
  /** The items that had been completed, in order; the answer is among them if the turn had got so far. */
  readonly items: readonly ThreadItem[];

  /** Made by the SDK; public for tests. */
  constructor(turnId: string, { budget, tokens, items }: BudgetDetails) {
    super(
      "BUDGET_EXCEEDED",
      `Turn ${turnId} was given up: it has used ${tokens.totalTokens} tokens, and its budget was ${budget}. ` +
        "error.items has what it did; raise budget.tokens, or divide the task",
    );
    this.budget = budget;
    this.tokens = tokens;
    this.items = items;
  }
}
