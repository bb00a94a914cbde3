import type { RateLimitSnapshot, TurnError } from "../../gen/mod.ts";

/** Whether a turn failed because the account has used up what its plan, or its owner, allows. */
export function isUsageLimit(error: TurnError | null | undefined): boolean {
  return error?.codexErrorInfo === "usageLimitExceeded";
}

/** By the error of a turn, which stays the same object from the wire to the turn that is returned. */
const SNAPSHOTS = new WeakMap<TurnError, RateLimitSnapshot>();

/** Remembers what the server told of the account's limits right before a turn failed. */
export function rememberLimits(error: TurnError, snapshot: RateLimitSnapshot): void {
  SNAPSHOTS.set(error, snapshot);
}

/** What the server told of the account's limits right before a turn failed with this error. */
export function limitsAt(error: TurnError | null | undefined): RateLimitSnapshot | undefined {
  return error == null ? undefined : SNAPSHOTS.get(error);
}
