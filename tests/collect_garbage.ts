/**
 * Collects garbage until something is gone, on each runtime.
 *
 * @module
 */
import { setTimeout } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

const MOST_ROUNDS = 400;

/** Collects until `isGone` says so, or it has been tried long enough. Returns what it said last. */
export async function collectUntil(isGone: () => boolean, rounds: number = MOST_ROUNDS): Promise<boolean> {
  const collect = collector();
  for (let round = 0; round < rounds && !isGone(); round++) {
    // What was looked at in this turn of the event loop is not collected before its end.
    await setTimeout(10);
    collect();
  }
  return isGone();
}

function collector(): () => void {
  const { Bun, gc } = globalThis as { Bun?: { gc(force: boolean): void }; gc?: () => void };
  if (Bun !== undefined) return () => Bun.gc(true);
  if (gc !== undefined) return gc;
  setFlagsFromString("--expose-gc");
  return (globalThis as { gc?: () => void }).gc ?? runInNewContext("gc") as () => void;
}
